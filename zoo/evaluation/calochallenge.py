"""The layout of the CaloChallenge (arXiv:2410.21611, section 2): showers in cylinders about the incident direction.

| dataset           | shape      |                                                             |
|-------------------|------------|-------------------------------------------------------------|
| incident_energies | (N, 1)     | MeV                                                         |
| showers           | (N, cells) | MeV; layer by layer, in each angle by angle, radius fastest |

The geometry is an XML file: Bins > Bin name= (a particle) > Layer id= r_edges= (mm, separated by commas) n_bin_alpha=;
a layer with fewer than two edges has no cells.
"""

import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import NamedTuple

import h5py
import numpy as np

from zoo.data import hdf5
from zoo.errors import InputError

NAMES = ("incident_energies", "showers")


class Layer(NamedTuple):
    """A layer's number, the edges of its rings in mm, and how many angles each ring is cut into."""

    number: int
    edges: np.ndarray
    angles: int

    @property
    def cells(self) -> int:
        """The number of its cells."""
        return (len(self.edges) - 1) * self.angles

    def positions(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """x, y and r (mm) of the middle of each cell, (cells,) in the order of the file."""
        r = np.tile((self.edges[:-1] + self.edges[1:]) / 2, self.angles)
        angle = np.repeat(2 * np.pi * (np.arange(self.angles) + 0.5) / self.angles, len(self.edges) - 1)
        return r * np.cos(angle), r * np.sin(angle), r


def geometry(path: str, particle: str | None = None) -> list[Layer]:
    """The layers with cells of a geometry file, for `particle` or the only one that is in it.

    Raises InputError for a file that is missing, no XML or has no such particle, and for layers without numbers.
    """
    if not Path(path).is_file():
        raise InputError(f"{path}: no such file")
    try:
        root = ElementTree.parse(path).getroot()
    except ElementTree.ParseError as error:
        raise InputError(f"{path}: is no XML ({error})") from error
    particles = {one.get("name", ""): one for one in root if one.find("Layer") is not None}
    if particle is None and len(particles) == 1:
        (particle,) = particles
    if particle not in particles:
        expected = ", ".join(particles) or "no particle"
        raise InputError(f"{path}: describes {expected}, expected --particle to be one of them, it is {particle}")
    layers = []
    for layer in particles[particle].findall("Layer"):
        try:
            edges = np.array([float(edge) for edge in layer.get("r_edges", "").split(",") if edge.strip()])
            number, angles = int(layer.get("id", "")), int(layer.get("n_bin_alpha", ""))
        except ValueError as error:
            raise InputError(f"{path}: a Layer of {particle} has id, r_edges or n_bin_alpha wrong ({error})") from error
        if len(edges) > 1:
            if (np.diff(edges) <= 0).any() or angles < 1:
                raise InputError(f"{path}: layer {number} of {particle} has edges that do not grow, or no angle")
            layers.append(Layer(number, edges, angles))
    if not layers:
        raise InputError(f"{path}: {particle} has no layer with cells")
    return layers


def read(
    path: str, xml: str, particle: str | None = None
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray], np.ndarray]:
    """Observables (n,) by name, the condition "energy" (GeV), and log(1 + cell / keV) of all cells (n, cells).

    Raises InputError for another layout, another number of cells than the geometry's, and energies that are not finite
    or, for incident ones, not positive.
    """
    layers = geometry(xml, particle)
    with hdf5.opened(Path(path)) as file:
        missing = [name for name in NAMES if not isinstance(file.get(name), h5py.Dataset)]
        if missing:
            raise InputError(f"{path}: {missing[0]} is missing, there is {', '.join(file) or 'nothing'}")
        energy, cells = (np.asarray(file[name], np.float64) for name in NAMES)
    expected = sum(layer.cells for layer in layers)
    if cells.ndim != 2 or cells.shape[1] != expected or energy.size != len(cells) or not len(cells):
        raise InputError(
            f"{path}: incident_energies are {energy.shape} and showers {cells.shape}, "
            f"expected (N, 1) and (N, {expected}) as in {xml}"
        )
    energy = energy.reshape(-1)
    for name, values in zip(NAMES, (energy, cells), strict=True):
        if not np.isfinite(values).all():
            raise InputError(f"{path}: {name} hold NaN or infinity, expected MeV")
    if energy.min() <= 0:
        raise InputError(
            f"{path}: the incident energy of shower {energy.argmin()} is {energy.min():g}, expected MeV > 0"
        )
    low_level = np.log1p(np.maximum(cells, 0) * 1e3)
    return observables(cells, energy, layers), {"energy": energy / 1000}, low_level


def observables(cells: np.ndarray, energy: np.ndarray, layers: list[Layer]) -> dict[str, np.ndarray]:
    """CaloChallenge's high-level features of showers (n, cells) in MeV with incident energies (n,).

    E_tot / E_inc, and of each layer its share of E_inc, the share of its cells that are not empty, and the mean and
    spread of x and y (layers with angles) and of r, weighted by energy, in mm; NaN for an empty layer.
    """
    found = {"response": cells.sum(axis=1) / energy}
    start = 0
    for layer in layers:
        part = cells[:, start : start + layer.cells]
        start += layer.cells
        total = part.sum(axis=1)
        found[f"share_{layer.number}"] = total / energy
        found[f"occupancy_{layer.number}"] = np.mean(part > 0, axis=1)
        places = dict(zip("xyr", layer.positions(), strict=True))
        for name, position in places.items():
            if layer.cells > 1 and (name == "r" or layer.angles > 1):
                mean, spread = _moments(part, total, position)
                found |= {f"mean_{name}_{layer.number}": mean, f"spread_{name}_{layer.number}": spread}
    return found


def _moments(cells: np.ndarray, total: np.ndarray, position: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(total > 0, cells @ position / total, np.nan)
        square = np.where(total > 0, cells @ position**2 / total, np.nan)
    return mean, np.sqrt(np.maximum(square - mean**2, 0))
