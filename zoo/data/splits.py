"""Disjoint random parts of a data set."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np

from zoo.errors import InputError

Events = TypeVar("Events")
Parts = TypeVar("Parts")


def split(n: int, fractions: Sequence[float], seed: int) -> tuple[np.ndarray, ...]:
    """`n` indices, shuffled by `seed`, cut into one array for each of `fractions`, which add up to 1.

    The parts are disjoint, together they are 0 ... n-1, and each is within one event of its fraction.
    Raises InputError if a part would be empty.
    """
    if min(fractions) <= 0 or not np.isclose(sum(fractions), 1):
        raise ValueError(f"the fractions {tuple(fractions)} are not positive numbers that add up to 1")
    edges = np.rint(np.cumsum(fractions)[:-1] * n).astype(int)
    parts = tuple(np.split(np.random.default_rng(seed).permutation(n), edges))
    if any(part.size == 0 for part in parts):
        raise InputError(f"{n} events are too few to be split into parts of {', '.join(map(str, fractions))}")
    return parts


def take(events: Mapping[str, np.ndarray], index: np.ndarray | slice | int) -> dict[str, np.ndarray]:
    """The events, arrays (n, ...) by name, at `index`; one event, without the axis n, if that is a number."""
    return {name: values[index] for name, values in events.items()}
