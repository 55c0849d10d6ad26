"""Events of the outgoing muon and the force carrier at several beam energies: read, checked, split.

The layout is that of `simulate.py`: a group for each beam energy, with `features` (N, 6) in GeV and the attribute
`beam_energy`. An event set is a dict: beam_energy and the six features mu_E, mu_pT, mu_eta, mfc_E, mfc_pT, mfc_eta by
name, each (n,) float32 in GeV.
"""

import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from reproductions.mfc_cgan.constants import ENERGIES, FEATURES, MUON
from zoo.data import first_use, hdf5
from zoo.data.splits import split as split_indices
from zoo.data.splits import take
from zoo.errors import InputError

Events = dict[str, np.ndarray]

DEFAULT_EVENTS = 250_000  # at each energy, of which 100,000 are held out
PARTS = {"train": 0.5, "validation": 0.1, "test": 0.4}
ROUNDING = 1e-5  # by which float32 energies may exceed the beam's
MASS_ROUNDING = 1e-5  # the part of E^2 by which float32 features may be off a mass shell
POSITIVE = ("mu_E", "mu_pT", "mfc_E", "mfc_pT")


def default(events: int | None = None) -> Path:
    """The file of events that networks are trained on unless others are given: made on first use, in a minute.

    Only `events` (None: 250,000) at each energy are made if that is fewer: they are the first of the larger file.
    """
    fewer = events is not None and events < DEFAULT_EVENTS
    number = events if fewer and events is not None else DEFAULT_EVENTS

    def make(path: Path) -> None:
        from reproductions.mfc_cgan.simulate import Flags, simulate

        print(simulate(Flags(out=path, energies=ENERGIES, events=number, seed=1), command=""))

    name = f"mfc_cgan_events{f'_{number}' if fewer else ''}.h5"
    return first_use.made(name, make, f"{number} events at each of {len(ENERGIES)} energies (a minute)")


def load(path: str | os.PathLike, events: int | None = None) -> Events:
    """The first `events` (None: all) at each energy of the file `path`, energies ascending.

    Groups of the same beam energy are joined, in the order of their names.
    Raises InputError for everything that `zoo.data.hdf5.read` refuses, for a group without its beam energy, for groups
    of one energy that begin with the same event, and for what is not in GeV or cannot be, see `_check` and
    `_check_units`.
    """
    names = hdf5.groups(path)
    if not names:
        raise InputError(f"{path}: holds no groups, expected one for each beam energy")
    _check_layout(path)
    groups: dict[float, dict[str, Events]] = {}
    for name in names:
        own = _group(path, name)
        groups.setdefault(float(own["beam_energy"][0]), {})[name] = own
    ascending = [_joined(path, groups[energy], events) for energy in sorted(groups)]
    return {name: np.concatenate([columns[name] for columns in ascending]) for name in ascending[0]}


def carrier_mass(path: str | os.PathLike) -> float:
    """The carrier's mass in GeV, from the attributes of the file `path`. Raises InputError if it is not there."""
    return _positive(path, hdf5.attributes(path), "carrier_mass", "has")


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


def _group(path: str | os.PathLike, name: str) -> Events:
    """The events of the group `name`, checked."""
    energy = _positive(path, hdf5.attributes(path, name), "beam_energy", f"the group '{name}' has")
    (features,) = hdf5.read(path, [hdf5.Field(f"{name}/features", (len(FEATURES),), "GeV")]).values()
    columns = {"beam_energy": np.full(len(features), energy, np.float32)}
    columns |= {feature: features[:, i].copy() for i, feature in enumerate(FEATURES)}
    _check_units(path, name, columns)
    _check(path, name, columns)
    return columns


def _joined(path: str | os.PathLike, groups: dict[str, Events], events: int | None) -> Events:
    """The groups of one beam energy as one, the first `events` of it."""
    first: dict[tuple, str] = {}
    for name, columns in groups.items():
        before = first.setdefault(tuple(columns[feature][0] for feature in FEATURES), name)
        if before != name:
            raise InputError(f"{path}: {before} and {name} begin with the same event, expected runs of different seeds")
    joined = {name: np.concatenate([own[name] for own in groups.values()]) for name in ("beam_energy", *FEATURES)}
    found = len(joined["beam_energy"])
    if events is not None and not 1 <= events <= found:
        raise InputError(f"{path}: {' and '.join(groups)} holds {found} events, expected at least {max(events, 1)}")
    return take(joined, slice(events))


def _positive(path: str | os.PathLike, attributes: Mapping[str, Any], name: str, where: str) -> float:
    """The attribute `name` as a number: alone, in an array of one, or as text. Raises InputError for any other."""
    if name not in attributes:
        raise InputError(f"{path}: {where} no attribute {name}, expected GeV")
    try:
        value = float(_text(attributes[name]))
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise InputError(f"{path}: {where} {name} {attributes[name]}, expected a positive number of GeV")
    return value


def _text(value: Any) -> str:
    """An attribute as text, whether HDF5 holds it as text, bytes, a number or an array of one of them."""
    value = np.asarray(value)
    value = value.item() if value.size == 1 else value
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _check_layout(path: str | os.PathLike) -> None:
    """Raises InputError if the file says that its numbers are not in GeV or its features others than ours."""
    attributes = {name: _text(value) for name, value in hdf5.attributes(path).items()}
    if "GeV" not in attributes.get("units", "GeV"):
        raise InputError(f"{path}: has units {attributes['units']}, expected GeV")
    for name in {"features", "columns"} & set(attributes):
        found = [column.strip() for column in attributes[name].split(",")]
        # Others may call them otherwise, but not one as another.
        if len(found) != len(FEATURES) or any(a != b and a in FEATURES for a, b in zip(found, FEATURES, strict=True)):
            raise InputError(f"{path}: has {name} {attributes[name]}, expected {', '.join(FEATURES)}")
    if "carrier_mass" in attributes:
        carrier_mass(path)


def _check_units(path: str | os.PathLike, name: str, events: Events) -> None:
    """Raises InputError where beam energy, features or masses do not agree: some are in MeV, or are something else."""
    beam = float(events["beam_energy"][0])
    total = float(np.median(events["mu_E"].astype(np.float64) + events["mfc_E"]))
    if not 0.5 < total / beam < 2:
        raise InputError(
            f"{path}: muon and carrier of {name} have together {total:g} GeV (median) and the beam {beam:g}, "
            "expected about the same, in GeV"
        )
    attributes = hdf5.attributes(path)
    masses = {"mu": MUON} | ({"mfc": carrier_mass(path)} if "carrier_mass" in attributes else {})
    for particle, mass in masses.items():
        E, pT, eta = (events[f"{particle}_{column}"].astype(np.float64) for column in ("E", "pT", "eta"))
        slow = np.argsort(np.where(E > 0, E, np.inf))[: 1 + len(E) // 10]  # whose E^2 - p^2 rounding hurts the least
        square = np.median(E[slow] ** 2 - (pT[slow] * np.cosh(eta[slow])) ** 2)
        if not abs(square - mass**2) < 0.5 * mass**2 + MASS_ROUNDING * np.median(E[slow]) ** 2:
            raise InputError(
                f"{path}: E and p of {particle} of {name} belong to a mass of {abs(square) ** 0.5:g}, "
                f"expected {mass:g}, in GeV"
            )


def _check(path: str | os.PathLike, name: str, events: Events) -> None:
    """Raises InputError for events with more energy than the beam, or without energy or momentum."""
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
