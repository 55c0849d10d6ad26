"""The photoelectric effect in carbon for stand-ins of Geant4's tables that lack it: polystyrene needs it.

    GEANT4_DATA_DIR=tables python -m reproductions.ecal_gan.carbon

writes what is missing into the folder of the photon tables of GEANT4_DATA_DIR. The cross-sections are those of the
Sandia parametrisation (Biggs and Lighthill), which is compiled into Geant4, and one shell, K, has all of them. With
official tables there is nothing to do, and a file that is there is never replaced.
"""

import os
from pathlib import Path

import numpy as np

from zoo.cli import Parser, run
from zoo.data import geant4
from zoo.data.files import atomic
from zoo.errors import InputError

Z = 6
EDGE = 2.84e-4  # MeV, the K shell, where an interval of the parametrisation begins
LEAST, LARGEST = 1e-5, 1e5  # MeV, of the tables
POINTS = 500  # of a table; Geant4 draws straight lines between them
NEVER = 1e9  # MeV: above it Geant4 takes a formula instead of the table
BARN = 1e-22  # mm2


def cross_section(energy: np.ndarray, edges: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
    """The sum of a_j / E^j, j = 1 to 4, mm2 an atom, at each `energy` (n,), MeV.

    `edges` (k,) are where the intervals begin, MeV, `coefficients` (k, 4) theirs, mm2 MeV^j; below the first edge the
    cross-section stays what it is there.
    """
    inside = np.maximum(energy, edges[0])
    rows = coefficients[np.searchsorted(edges, inside, side="right") - 1]
    return np.sum(rows / inside[:, None] ** np.arange(1, 5), axis=1)


def table(energy: np.ndarray, sigma: np.ndarray) -> str:
    """A table as Geant4's Livermore model reads it: energies (n,), MeV, and E^3 `sigma` (n,), MeV3 barn."""
    rows = [f"{energy[0]:.9e} {energy[-1]:.9e} {len(energy)}", str(len(energy))]
    rows += [f"{e:.9e} {value:.9e}" for e, value in zip(energy, energy**3 * sigma / BARN, strict=True)]
    return "\n".join(rows) + "\n"


def files(edges: np.ndarray, coefficients: np.ndarray) -> dict[str, str]:
    """What Geant4 reads of carbon, by the name of the file, from the intervals of `cross_section`."""
    shells = f"1 1 {NEVER:.1e}\n{EDGE:e} 0 0 0 0 0 0\n"  # one shell, whose formulae are never used
    found = {f"pe-{name}-{Z}.dat": shells for name in ("low", "high")}
    for name, least, largest in (("le-cs", LEAST, EDGE * (1 - 1e-6)), ("cs", EDGE, LARGEST)):
        energy = np.geomspace(least, largest, POINTS)
        energy[[0, -1]] = least, largest
        found[f"pe-{name}-{Z}.dat"] = table(energy, cross_section(energy, edges, coefficients))
    return found


def sandia() -> tuple[np.ndarray, np.ndarray]:
    """Edges and coefficients of carbon, for `cross_section`, from Geant4."""
    g4 = geant4.module()
    material = g4.G4NistManager.Instance().FindOrBuildMaterial("G4_C")
    found = material.GetSandiaTable()  # of the material: 1 / mm
    rows = [[found.GetSandiaCofForMaterial(i, j) for j in range(5)] for i in range(found.GetMatNbOfIntervals())]
    intervals = np.array(rows)
    return intervals[:, 0], intervals[:, 1:] / material.GetTotNbOfAtomsPerVolume()


def main() -> None:
    """Write the tables that are missing, from the command line."""
    command = "python -m reproductions.ecal_gan.carbon"
    Parser(prog=command, what=__doc__).parse_args()
    if "GEANT4_DATA_DIR" not in os.environ:
        raise InputError("GEANT4_DATA_DIR is not set, expected the folder of stand-in tables that lack carbon")
    folders = sorted(Path(os.environ["GEANT4_DATA_DIR"]).glob("G4EMLOW*/epics*/phot"))
    if not folders:
        raise InputError(f"{os.environ['GEANT4_DATA_DIR']}: has no G4EMLOW*/epics*/phot, expected Geant4's tables")
    for name, text in files(*sandia()).items():
        path = folders[-1] / name
        if path.exists():
            print(f"{path}: is there")
            continue
        with atomic(path) as temporary:
            temporary.write_text(text)
        print(path)


if __name__ == "__main__":
    run(main)
