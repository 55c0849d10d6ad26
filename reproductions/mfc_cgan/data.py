"""Events of the outgoing muon and the force carrier at several beam energies: read, checked, split.

The layout is that of `simulate.py`: a group for each beam energy, with `features` (N, 6) in GeV and the attribute
`beam_energy`. An event set is a dict: beam_energy and the six features mu_E, mu_pT, mu_eta, mfc_E, mfc_pT, mfc_eta by
name, each (n,) float32 in GeV.
"""

import os
from pathlib import Path

import numpy as np

from reproductions.mfc_cgan.constants import ENERGIES, FEATURES
from zoo.data import hdf5
from zoo.data.splits import split as split_indices
from zoo.data.splits import take
from zoo.errors import InputError
from zoo.registry import cache

Events = dict[str, np.ndarray]

DEFAULT_EVENTS = 250_000  # at each energy, of which 100,000 are held out
PARTS = {"train": 0.5, "validation": 0.1, "test": 0.4}
ROUNDING = 1e-5  # by which float32 energies may exceed the beam's
POSITIVE = ("mu_E", "mu_pT", "mfc_E", "mfc_pT")


def default() -> Path:
    """The file of events that networks are trained on unless others are given: made on first use, in a minute."""
    path = cache() / "data" / "mfc_cgan_events.h5"
    if not path.exists():
        from reproductions.mfc_cgan.simulate import Flags, simulate

        print(f"making {path}: {DEFAULT_EVENTS} events at each of {len(ENERGIES)} energies")
        print(simulate(Flags(out=path, energies=ENERGIES, events=DEFAULT_EVENTS, seed=1), command=""))
    return path


def load(path: str | os.PathLike, events: int | None = None) -> Events:
    """The first `events` (None: all) at each energy of the file `path`, energies ascending.

    Raises InputError for everything that `zoo.data.hdf5.read` refuses, for a group without its beam energy, and for
    events with more energy than the beam, or without energy or momentum.
    """
    names = hdf5.groups(path)
    if not names:
        raise InputError(f"{path}: holds no groups, expected one for each beam energy")
    sets = {}
    for name in names:
        energy = hdf5.attributes(path, name).get("beam_energy")
        if energy is None:
            raise InputError(f"{path}: the group '{name}' has no attribute beam_energy, expected GeV")
        field = hdf5.Field(f"{name}/features", (len(FEATURES),), "GeV")
        (features,) = hdf5.read(path, [field], events).values()
        columns = {"beam_energy": np.full(len(features), energy, np.float32)}
        columns |= {feature: features[:, i].copy() for i, feature in enumerate(FEATURES)}
        _check(path, name, columns)
        sets[float(energy)] = columns
    ascending = [sets[energy] for energy in sorted(sets)]
    return {name: np.concatenate([columns[name] for columns in ascending]) for name in ascending[0]}


def carrier_mass(path: str | os.PathLike) -> float:
    """The carrier's mass in GeV, from the attributes of the file `path`. Raises InputError if it is not there."""
    mass = hdf5.attributes(path).get("carrier_mass")
    if mass is None:
        raise InputError(f"{path}: has no attribute carrier_mass, expected GeV")
    return float(mass)


def at(events: Events, energy: float) -> Events:
    """The events of one beam energy."""
    return take(events, events["beam_energy"] == np.float32(energy))


def matrix(events: Events) -> np.ndarray:
    """The features (n, 6)."""
    return np.stack([events[name] for name in FEATURES], axis=1)


def energies(events: Events) -> list[float]:
    """The beam energies of the events, ascending."""
    return np.unique(events["beam_energy"]).tolist()


def split(events: Events, seed: int) -> dict[str, Events]:
    """Disjoint parts "train", "validation" and "test" of 50, 10 and 40 % of each energy, shuffled by `seed`."""
    chosen: dict[str, list] = {name: [] for name in PARTS}
    for energy in energies(events):
        rows = np.flatnonzero(events["beam_energy"] == np.float32(energy))
        for name, part in zip(PARTS, split_indices(len(rows), tuple(PARTS.values()), seed), strict=True):
            chosen[name].append(rows[part])
    return {name: take(events, np.concatenate(rows)) for name, rows in chosen.items()}


def _check(path: str | os.PathLike, name: str, events: Events) -> None:
    beam = events["beam_energy"][0]
    excess = events["mu_E"].astype(np.float64) + events["mfc_E"] > float(beam) * (1 + ROUNDING)
    bad = np.any([events[feature] <= 0 for feature in POSITIVE], axis=0) | excess
    if bad.any():
        event = bad.argmax()
        listing = ", ".join(f"{feature} {events[feature][event]:g}" for feature in FEATURES)
        raise InputError(
            f"{path}: event {event} of {name} has {listing}, expected positive energies and transverse momenta "
            f"and together at most {beam:g} GeV"
        )
