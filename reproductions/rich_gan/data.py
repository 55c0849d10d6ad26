"""Tracks of one species with their DLLs: read, checked, split.

The layout is that of `simulate.py`: P (MeV), eta, nSPDHits, weight (1 where it is left out) and the five DLLs, each
(N,). A track set is a dict of them by name, float32; conditions are named as in the models: P, eta, nspdhits.
"""

import os
from pathlib import Path

import numpy as np

from reproductions.rich_gan.constants import CONDITIONS, DLLS, NO_INFORMATION, PARTICLES
from zoo.data import first_use, hdf5
from zoo.data.hdf5 import Field
from zoo.data.splits import split as split_indices
from zoo.data.splits import take
from zoo.errors import InputError

Tracks = dict[str, np.ndarray]

DEFAULT_TRACKS = 400_000
LEAST_MOMENTUM = 500.0  # MeV; tracks that reach the second RICH detector have more than 1,000
PARTS = {"train": 0.65, "validation": 0.05, "test": 0.3}
FIELDS = (
    Field("P", (), "MeV", minimum=0, maximum=7e6),  # the LHC's beam
    Field("eta", (), ""),
    Field("nspdhits", (), "", minimum=0),
    Field("weight", (), "", optional=True),
    *(Field(name, (), "", minimum=NO_INFORMATION) for name in DLLS),
)


def default(particle: str, sample: str = "spectrum", tracks: int | None = None) -> Path:
    """The tracks that the networks are trained on unless others are given: simulated on first use, in a minute, into
    the user's cache.

    Of the spectrum `tracks` are made (None: 400,000), in a file of their own: the smaller one has the first of the
    larger one, whose chunks each have a seed of their own. Other samples have 400,000, for their weights depend on the
    number.
    """
    other = sample == "spectrum" and tracks is not None and tracks != DEFAULT_TRACKS
    number = tracks if other and tracks is not None else DEFAULT_TRACKS

    def make(path: Path) -> None:
        from reproductions.rich_gan.simulate import Flags, simulate

        flags = Flags(out=path, particle=particle, sample=sample, events=number, seed=1)
        command = f"python -m reproductions.rich_gan simulate --particle {particle} --events {number} --seed 1"
        if not other:  # as the cards know the file, by its hash
            command = f"python -m reproductions.rich_gan.simulate --particle {particle} --sample {sample}"
            command += f" --tracks {number} --seed 1"
        print(simulate(flags, command))

    whose = "pions, which others are told from" if particle == "pion" else f"{particle}s"
    name = f"rich_gan_{particle}_{sample}{f'_{number}' if other else ''}.h5"
    return first_use.made(name, make, f"{number} tracks of {whose} (a minute for a million)")


def load(path: str | os.PathLike, tracks: int | None = None) -> Tracks:
    """The first `tracks` (None: all) of the file `path`.

    Raises InputError for everything that `zoo.data.hdf5.read` refuses, for tracks that have RICH information for some
    hypotheses only, for momenta in GeV, and for weights whose sum is not positive.
    """
    found = hdf5.read(path, FIELDS, tracks)
    found.setdefault("weight", np.ones_like(found["P"]))
    missing = matrix(found) == NO_INFORMATION
    if (missing.any(axis=1) != missing.all(axis=1)).any():
        row = (missing.any(axis=1) != missing.all(axis=1)).argmax()
        raise InputError(f"{path}: track {row} has some DLLs of {NO_INFORMATION:g}, expected all five or none")
    if found["P"].min() < LEAST_MOMENTUM:
        looks = ": they look like GeV, expected MeV" if np.median(found["P"]) < LEAST_MOMENTUM else ""
        slowest = f"track {found['P'].argmin()} has P {found['P'].min():g} MeV"
        raise InputError(f"{path}: {slowest}, expected at least {LEAST_MOMENTUM:g}{looks}")
    if found["weight"].sum(dtype=np.float64) <= 0:
        raise InputError(f"{path}: the weights add up to {found['weight'].sum():g}, expected a positive sum")
    return found


def particle(path: str | os.PathLike) -> str:
    """The species in the file `path`, by its attribute. Raises InputError if it is not there or not known."""
    name = hdf5.attributes(path).get("particle")
    if name not in PARTICLES:
        raise InputError(f"{path}: its particle is {name}, expected one of {', '.join(PARTICLES)}")
    return str(name)


def matrix(tracks: Tracks) -> np.ndarray:
    """The DLLs (n, 5)."""
    return np.stack([tracks[name] for name in DLLS], axis=1)


def conditions(tracks: Tracks) -> Tracks:
    """What a generator is asked for: P, eta and nspdhits by name."""
    return {name: tracks[name] for name in CONDITIONS}


def informed(tracks: Tracks) -> np.ndarray:
    """Which tracks have RICH information, (n,) bool."""
    return tracks["RichDLLe"] != NO_INFORMATION


def split(tracks: Tracks, seed: int) -> dict[str, Tracks]:
    """Disjoint parts "train", "validation" and "test" of 65, 5 and 30 %, shuffled by `seed`."""
    parts = split_indices(len(tracks["P"]), tuple(PARTS.values()), seed)
    return {name: take(tracks, part) for name, part in zip(PARTS, parts, strict=True)}
