"""What events are asked to be: conditions drawn in ranges, or the rows of a file; by event."""

import math
import os
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from zoo import noise
from zoo.data import tables
from zoo.data.files import sha256
from zoo.errors import InputError
from zoo.sampler import Arrays, Condition, split

ROWS = 1 << 16  # of a file of conditions that are read at once
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
    name = name.replace("_", "-")  # as the flag has it
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
        sides = ([one[side] for one in ranges.values()] for side in range(len(Range._fields)))
        self._rows = noise.between(*(np.concatenate([np.empty(0), *side]) for side in sides))

    def __reduce__(self) -> tuple:
        return Ranges, (self.seed, self.ranges)

    def __call__(self, first: int, n: int) -> Arrays:
        """The conditions (n, k) of the `n` events from number `first` on."""
        return split(self._rows.take(self.seed, first, n), self._sizes)

    def check(self, conditions: Mapping[str, Condition], events: int) -> None:
        """Raise InputError for ranges that no model takes, and warn of those outside of the training.

        Of vectors the first `ROWS` events tell, for the corners of a box of components are like few vectors in it.
        """
        drawn = self(0, min(events, ROWS))
        for name, one in self.ranges.items():
            shape = conditions[name].shape
            values = drawn[name] if shape else np.array([one.low, one.high], np.float32)
            conditions[name].column(values.reshape(-1, *shape), len(values))

    @property
    def plan(self) -> dict[str, Any]:
        """What the conditions depend on."""
        return {name: one._asdict() for name, one in self.ranges.items()}


class Table:
    """Conditions of event i from row i of a file that `zoo.data.tables` reads. Pickled as what it was made of.

    A condition is a column of its name, (n,) or (n, k), or k columns NAME_0, NAME_1, ... It has the unit of the card.
    """

    def __init__(self, path: str, sizes: Mapping[str, int]):
        file, tree = tables.split(path)
        # from everywhere, and with the suffix that a link has
        self.path, self.sizes = os.path.abspath(file) + (f":{tree}" if tree else ""), dict(sizes)
        self._block: tuple[int, Arrays] = -1, {}
        with tables.opened(self.path) as columns:
            self._names = {name: _columns_of(self.path, name, size, columns) for name, size in sizes.items()}
            self.rows = min((len(columns[name]) for names in self._names.values() for name in names), default=0)

    def __reduce__(self) -> tuple:
        return Table, (self.path, self.sizes)

    def __call__(self, first: int, n: int) -> Arrays:
        """The conditions (n, k) of the `n` events from number `first` on; memory is a block of the file."""
        blocks = range(first // ROWS, (first + n - 1) // ROWS + 1)
        parts = []
        for block in blocks:
            start = block * ROWS
            held = self._read(block)
            parts.append({name: rows[max(first - start, 0) : first + n - start] for name, rows in held.items()})
        return {name: np.concatenate([part[name] for part in parts]) for name in self.sizes}

    def _read(self, block: int) -> Arrays:
        if self._block[0] != block:
            rows = slice(block * ROWS, (block + 1) * ROWS)
            with tables.opened(self.path) as columns:
                found = {name: [columns[one][rows] for one in names] for name, names in self._names.items()}
            self._block = block, {name: _side_by_side(self.path, name, found[name], self.sizes[name]) for name in found}
        return self._block[1]

    def check(self, conditions: Mapping[str, Condition], events: int) -> None:
        """Raise InputError for fewer rows than `events` and for values that no model takes; warn once of others."""
        if not self.rows:
            raise InputError(f"{self.path}: holds no rows, expected one for each event")
        if self.rows < events:
            raise InputError(f"{self.path}: has {self.rows} rows, expected one for each of {events} events")
        told: set[str] = set()
        for start in range(0, events, ROWS):
            for name, values in self(start, min(ROWS, events - start)).items():
                with warnings.catch_warnings(record=True) as caught:
                    warnings.simplefilter("always")
                    try:
                        conditions[name].column(values.reshape(-1, *conditions[name].shape), len(values))
                    except InputError as error:
                        raise InputError(f"{self.path}: rows {start} to {start + len(values)}: {error}") from error
                if caught and name not in told:
                    told.add(name)
                    warnings.warn(f"{self.path}: {caught[0].message}", UserWarning, stacklevel=2)

    @property
    def plan(self) -> dict[str, Any]:
        """What the conditions depend on."""
        file, tree = tables.split(self.path)
        found = {"file": file.name, "sha256": sha256(file), "columns": sorted(self.sizes)}
        return found | ({"tree": tree} if tree else {})


class Joined:
    """Conditions of several sources, which have different ones."""

    def __init__(self, *sources: Ranges | Table):
        self.sources = sources

    def __call__(self, first: int, n: int) -> Arrays:
        """The conditions (n, k) of the `n` events from number `first` on."""
        return {name: values for source in self.sources for name, values in source(first, n).items()}

    def check(self, conditions: Mapping[str, Condition], events: int) -> None:
        """What the sources check."""
        for source in self.sources:
            source.check(conditions, events)

    @property
    def plan(self) -> dict[str, Any]:
        """What the conditions depend on."""
        return {key: value for source in self.sources for key, value in source.plan.items()}


def _columns_of(path: str, name: str, size: int, columns: tables.Columns) -> list[str]:
    """The columns that hold a condition of `size` numbers."""
    parts = [name] if name in columns else [f"{name}_{i}" for i in range(size)]
    if missing := [part for part in parts if part not in columns]:
        either = f"'{name}'" if size == 1 else f"'{name}' or '{name}_0' to '{name}_{size - 1}'"
        there = ", ".join(columns) or "nothing"
        raise InputError(f"{path}: has no column '{missing[0]}', expected {either}; there is {there}")
    return parts


def _side_by_side(path: str, name: str, parts: list[np.ndarray], size: int) -> np.ndarray:
    arrays = [np.asarray(part) for part in parts]
    if all(array.dtype.kind in "iuf" for array in arrays):
        found = np.concatenate([array.reshape(len(array), -1) for array in arrays], axis=1)
        if found.shape[1] == size:
            return found.astype(np.float32)
    shapes = " and ".join(f"{array.dtype} {array.shape}" for array in arrays)
    raise InputError(f"{path}: {name} is {shapes}, expected {size} numbers for each event")
