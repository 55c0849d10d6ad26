"""What a shower of CaloGAN costs Geant4 now, where Geant4 and its tables are."""

import importlib.util
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from reproductions.calogan.data import PARTICLES, RANGE
from reproductions.calogan.simulate import Calorimeter, Flags
from zoo.data import geant4
from zoo.data.geant4 import Primary
from zoo.errors import InputError


@dataclass(frozen=True)
class Timed(Calorimeter):
    """The calorimeter, of whose showers nothing is kept but what they cost."""

    def record(self, primary: Primary, deposits: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """cpu_seconds () of the event, without what starts Geant4."""
        return {geant4.CPU: deposits[geant4.CPU]}


def available() -> bool:
    """Whether Geant4 can run without a download."""
    try:
        return bool(importlib.util.find_spec("geant4_pybind") and geant4.tables())
    except InputError:
        return False


def costs(showers: int, seed: int) -> dict[str, np.ndarray]:
    """CPU seconds (showers,) of showers of each particle, 1 to 100 GeV, in one process at a time."""
    found = {}
    for particle in PARTICLES:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "showers.h5"
            flags = Flags(particle=particle, events=showers, out=file, seed=seed, jobs=1)
            setup = Timed(particle, *RANGE)
            geant4.run(setup, flags, stream=particle, provenance={}, command="python -m benchmarks.calogan")
            with h5py.File(file) as showers_file:
                found[particle] = showers_file[geant4.CPU][:]
    return found
