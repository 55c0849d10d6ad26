"""What events are asked to be: conditions drawn in ranges, by event."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from zoo import noise
from zoo.errors import InputError
from zoo.sampler import Arrays, Condition, split

KINDS = {"uniform": False, "log": True}  # whether the logarithm is what is uniform


class Range(NamedTuple):
    """Of each component of a condition the lowest and the highest value, and whether its logarithm is uniform."""

    low: list[float]
    high: list[float]
    logarithmic: list[bool]


def parse(name: str, texts: Sequence[str], size: int) -> Range:
    """A range as a command line gives it: `size` values, `size` low and then `size` high ones, or `size` KIND:LOW:HIGH.

    Raises InputError for another number of them, what is no finite number, bounds the wrong way round, and the
    logarithm of what is not above 0.
    """
    if any(":" in text for text in texts):
        parts = [_part(name, text) for text in texts]
    else:
        numbers = [_number(name, text) for text in texts]
        high = numbers[size:] or numbers
        parts = [(low, high, False) for low, high in zip(numbers[:size], high, strict=False)]
        parts = parts if len(numbers) in (size, 2 * size) else []
    if len(parts) != size:
        raise InputError(
            f"--{name} has {len(texts)} values, expected {size}, or {2 * size} for a range, or {size} of log:LOW:HIGH"
        )
    for low, high, logarithmic in parts:
        if low > high:
            raise InputError(f"--{name} is the range {low} to {high}, expected the lower bound first")
        if logarithmic and low <= 0:
            raise InputError(f"--{name} is log:{low:g}:{high:g}, expected bounds above 0")
    return Range(*map(list, zip(*parts, strict=True)))


def _part(name: str, text: str) -> tuple[float, float, bool]:
    kind, *bounds = text.split(":")
    if not bounds:
        return _number(name, kind), _number(name, kind), False
    if kind not in KINDS or len(bounds) != 2:
        raise InputError(f"--{name} is {text}, expected a number, {' or '.join(f'{one}:LOW:HIGH' for one in KINDS)}")
    return _number(name, bounds[0]), _number(name, bounds[1]), KINDS[kind]


def _number(name: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError as error:
        raise InputError(f"--{name} is {text}, expected numbers") from error
    if not math.isfinite(number):
        raise InputError(f"--{name} is {text}, expected finite numbers")
    return number


class Ranges:
    """Conditions of event i drawn in ranges by (seed, i) alone. Pickled as what it was made of."""

    def __init__(self, seed: int, ranges: Mapping[str, Range]):
        self.seed, self.ranges = seed, dict(ranges)
        self._sizes = {name: len(one.low) for name, one in ranges.items()}
        bounds = [np.concatenate([np.empty(0), *side]) for side in zip(*ranges.values(), strict=True)] or [[], [], []]
        self._rows = noise.between(*bounds)

    def __reduce__(self) -> tuple:
        return Ranges, (self.seed, self.ranges)

    def __call__(self, first: int, n: int) -> Arrays:
        """The conditions (n, k) of the `n` events from number `first` on."""
        return split(self._rows.take(self.seed, first, n), self._sizes)

    def check(self, conditions: Mapping[str, Condition]) -> None:
        """Raise InputError for ranges that no model takes, and warn of those outside of the training."""
        for name, one in self.ranges.items():
            conditions[name].column(np.reshape([one.low, one.high], (2, *conditions[name].shape)), 2)

    @property
    def plan(self) -> dict[str, Any]:
        """What the conditions depend on."""
        return {name: one._asdict() for name, one in self.ranges.items()}
