"""A generator inside Geant4: electrons end in front of the calorimeter, and it fills the cells; beside the full one.

    python -m reproductions.ecal_gan.fast ecal_gan --events 400 --seed 1 --out runs/inside_geant4

Geometry and beam are those of `simulate`, but that electrons fly through a centimetre of vacuum first. An action looks
at each step: an electron that enters the calorimeter, as the generator was taught them, is stopped there, and its
momentum and entry point are what the generator is asked for (`zoo.data.geant4.Fast`). Geant4 goes on with all else, and
what both leave in a cell adds up.

The folder holds full.h5, fast.h5 (asked at the end of each event) and fast_batches.h5 (asked for many electrons at
once: the same showers, to rounding), in the layout that `data` reads and with two more datasets, and comparison.png.
The electrons are the same in all of them. Files of the generator are made first, and anew by each call.

| dataset          | shape       | unit                                                                |
|------------------|-------------|---------------------------------------------------------------------|
| CPUSeconds       | (N,)        | s, from the event's primary to its last cell, the generator's with it |
| Taken            | (N,)        | electrons that ended in front of the calorimeter                     |
"""

import os
import sys
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from reproductions.ecal_gan import data
from reproductions.ecal_gan.simulate import COMMANDS, CUT, Shashlik, entry, provenance
from zoo import cli
from zoo.cli import flag
from zoo.data import geant4, hdf5
from zoo.data.geant4 import Primary
from zoo.data.simulation import WHERE
from zoo.errors import InputError
from zoo.production import chunks
from zoo.sampler import Sampler

ROOM = "reproductions.ecal_gan"
UPSTREAM = 10.0  # mm
NAMES = {"full": "full simulation", "fast": "generator, one by one", "fast_batches": "generator, in batches"}
COSTS = (hdf5.Field("CPUSeconds", (), "s", minimum=0), hdf5.Field("Taken", (), "", minimum=0))


@dataclass(frozen=True)
class Beam(Shashlik):
    """The calorimeter and its beam, which begins in front of it, and what each event cost."""

    upstream: float = UPSTREAM

    def record(self, primary: Primary, deposits: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """The event's row of each dataset."""
        found = {"CPUSeconds": deposits[geant4.CPU], "Taken": deposits[geant4.TAKEN]}
        return super().record(primary, deposits) | found


@dataclass(frozen=True)
class Calorimeter:
    """A generator of this room as a `zoo.data.geant4.Fast`: it answers for electrons as it was taught them."""

    generator: Sampler
    batch: int = 1
    volume: str = "calorimeter"

    def takes(self, particle: Primary) -> bool:
        """Whether it is an electron whose energy, angle and entry point are in the ranges of the training."""
        if particle.particle != "e-" or particle.direction[2] <= 0:
            return False
        momentum, point = entry(particle)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                self.generator.conditions["momentum"].column(momentum, 1)
                self.generator.conditions["point"].column(point[:2], 1)
            except UserWarning:  # outside of the ranges
                return False
        return True

    def deposits(self, particles: Sequence[Primary], seed: int, first: int) -> dict[str, np.ndarray]:
        """The cells (n, 30, 30), MeV, of each particle."""
        momenta, points = map(np.array, zip(*map(entry, particles), strict=True))
        made = self.generator.sample(len(particles), seed, first=first, momentum=momenta, point=points[:, :2])
        return {"cells": made["energy"]}


@dataclass(frozen=True, kw_only=True)
class Flags(chunks.Flags):
    """The flags of the command, but for the model."""

    out: Path = flag(Path(), "folder for the files", WHERE, required=True, metavar="FOLDER")
    overwrite: bool = flag(False, "replace an existing full.h5", WHERE)


def simulate(generator: Sampler, flags: Flags, command: str) -> None:
    """Write the three files of showers to the folder flags.out. Raises as `zoo.data.geant4.run` does."""
    if generator.card["reproduction"] != ROOM:
        raise InputError(f"{generator.name}: is a model of {generator.card['reproduction']}, expected one of {ROOM}")
    made_by = {"generator": generator.name, "generator_sha256": generator.card["sha256"]["generator.keras"]}
    flags.out.mkdir(parents=True, exist_ok=True)
    for name, batch in {"fast": 1, "fast_batches": chunks.CHUNK, "full": 0}.items():
        beam = Beam()
        file = replace(flags, out=flags.out / f"{name}.h5", overwrite=flags.overwrite or batch > 0)
        origin = provenance(beam) | {"upstream_mm": beam.upstream} | (made_by | {"batch": batch} if batch else {})
        fast = Calorimeter(generator, batch) if batch else None
        geant4.run(
            beam,
            file,
            stream="electrons",
            provenance=origin,
            command=command,
            cut=CUT,
            commands=COMMANDS,
            fast=fast,
        )


def compare(folder: Path) -> str:
    """Draw comparison.png of the three files in `folder`; the table of costs and distances."""
    from reproductions.ecal_gan import figures  # which the processes of Geant4 do without: it takes a second
    from reproductions.ecal_gan.observables import OBSERVABLES, counted, observables
    from zoo.metrics import kolmogorov_smirnov, kolmogorov_smirnov_floor, mean

    showers = {name: data.load(folder / f"{name}.h5") for name in NAMES}
    costs = {name: hdf5.read(folder / f"{name}.h5", COSTS) for name in NAMES}
    values = {name: observables(showers[name]) for name in ("full", "fast")}
    shown = {
        NAMES[name]: (data.beam_energy(showers[name]["momentum"]), 1000 * found["CPUSeconds"])
        for name, found in costs.items()
    }
    counts = {"reference": counted(values["full"]), "generated": counted(values["fast"])}
    figures.inside_geant4(folder / "comparison.png", counts, shown)
    lines = ["| | CPU ms a shower | times | taken | start, CPU s a process |", "|---|---|---|---|---|"]
    for name, found in costs.items():
        lines.append(f"| {NAMES[name]} | {_cost(found, costs['full'])} | {_start(folder / f'{name}.h5', found)} |")
    lines += ["", "| KS distance, full and fast | |", "|---|---|"]
    distances = {name: kolmogorov_smirnov(values["fast"][name], values["full"][name], seed=0) for name in OBSERVABLES}
    for name, one in [*distances.items(), ("mean of the seven", mean(distances.values()))]:
        lines.append(f"| {name} | {_rounded(one, 3)} |")
    n = len(showers["full"]["point"])
    return "\n".join([*lines, f"| of equal parents, {n} showers each | {kolmogorov_smirnov_floor(n, n):.3f} |"])


def _cost(found: Mapping[str, np.ndarray], full: Mapping[str, np.ndarray]) -> str:
    from zoo.metrics import average

    milliseconds = average(1000.0 * found["CPUSeconds"])
    times = full["CPUSeconds"].mean() / found["CPUSeconds"].mean()
    return f"{_rounded(milliseconds, 2)} | {times:.0f} | {found['Taken'].sum():.0f} of {len(found['Taken'])}"


def _start(path: Path, found: Mapping[str, np.ndarray]) -> str:
    """The CPU seconds that a process of at most `CHUNK` events spends before the first of them."""
    processes = -(-len(found["CPUSeconds"]) // chunks.CHUNK)
    return f"{(hdf5.attributes(path)['cpu_seconds'] - found['CPUSeconds'].sum()) / processes:.1f}"


def _rounded(one: tuple[float, float], digits: int) -> str:
    return " ± ".join(f"{number:.{digits}f}" for number in one)


def main() -> None:
    """Simulate in full and with a generator inside Geant4 from the command line."""
    parser = cli.Parser(
        prog=f"python -m {ROOM}.fast",
        what="Let a generator answer for the calorimeter inside Geant4, beside the full simulation.",
        example=f"python -m {ROOM}.fast ecal_gan --events 400 --out runs/inside_geant4",
    )
    parser.add_argument("model", help="name or folder of a model of this room")
    cli.add_flags(parser, Flags)
    args = parser.parse_args()

    import zoo

    os.environ.setdefault("OMP_NUM_THREADS", "1")  # Geant4 has one; more, which wait for each other, cost CPU time
    generator = zoo.load(args.model, runtime="onnx")
    flags = cli.config_from(args, Flags)
    simulate(generator, flags, f"python -m {ROOM}.fast {' '.join(sys.argv[1:])}")
    print(compare(flags.out))


if __name__ == "__main__":
    from reproductions.ecal_gan import fast  # where the processes of Geant4 find the classes

    cli.run(fast.main)
