"""Events by name: conditions and a seed in, arrays in physical units out, whatever runs the network."""

from __future__ import annotations

import operator
import os
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from zoo import noise
from zoo.errors import InputError, NotFinite

Arrays = dict[str, np.ndarray]
EVENTS = 2**53  # the largest number of an event


class Sampler(ABC):
    """A network and the card that says what its inputs and outputs mean; how it is run is up to the subclasses.

    The network maps named inputs, noise (b, size) and conditions (b, 1) or (b, k), to named outputs in physical units.
    Noise is drawn here and never in the network. That of event i, counted from 0, depends on (seed, i) alone, so a seed
    gives the same events, to rounding, on every backend, in batches of any size and in any order.
    """

    def __init__(self, card: Mapping[str, Any]):
        refuse_after_fork()
        _Process.threads = True
        self.card = card
        self.name: str = card["name"]
        self.conditions = {name: Condition(name, spec) for name, spec in card["conditions"].items()}
        self._rows = noise.normal(sum(card["latent"].values()))
        self.source: tuple | None = None  # arguments of registry.reload, of what was loaded from a folder

    def __repr__(self) -> str:
        made = ", ".join(self.shapes)
        return f"<{type(self).__name__} {self.name}: {', '.join(self.conditions) or 'no conditions'} -> {made}>"

    def __reduce__(self) -> tuple:
        """What was loaded from a folder is pickled, and copied, as its name and its hash, not by its weights."""
        from zoo.registry import reload

        return (reload, self.source) if self.source else self._reduced()

    @abstractmethod
    def _reduced(self) -> tuple:
        """What pickle makes of what was not loaded from a folder."""

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of one event of each output."""
        return {name: tuple(spec["shape"]) for name, spec in self.card["outputs"].items()}

    def sample(self, n: int, seed: int = 0, batch_size: int = 1024, first: Any = 0, **conditions: ArrayLike) -> Arrays:
        """`n` events as float32 arrays (n, *shape), in the units of the card: those from number `first` on of `seed`.

        Each condition is one value for all events or one for each: shape () or (n,), for a vector (k,) or (n, k).
        Event i depends on the seed, on i and on its conditions, to rounding: sample(n) is sample(k) and behind it
        sample(n - k, first=k). Memory is the result and one batch.
        A condition outside the range of the training warns. Raises InputError for a condition that is missing, unknown,
        not finite, negative or 0 where the training has positive values only, or of the wrong length, for events that
        do not fit into memory, and NotFinite for a network that makes NaN or infinity.
        """
        chunks = self.iterate(n, seed, batch_size, first, **conditions)
        try:
            events = {name: np.empty((n, *shape), np.float32) for name, shape in self.shapes.items()}
        except (MemoryError, ValueError) as error:
            size = 4e-9 * n * sum(int(np.prod(shape)) for shape in self.shapes.values())
            raise InputError(f"n is {n}: so many events are {size:.3g} GB, expected what fits into memory") from error
        start = 0
        for chunk in chunks:
            stop = start + len(next(iter(chunk.values())))
            for name, values in chunk.items():
                events[name][start:stop] = values
            start = stop
        return events

    def iterate(
        self, n: int, seed: int = 0, batch_size: int = 1024, first: Any = 0, **conditions: ArrayLike
    ) -> Iterator[Arrays]:
        """The events of `sample` in consecutive chunks of at most `batch_size`, for results larger than memory."""
        n, seed, batch_size, first = self._checked(n, seed, batch_size, first, conditions)
        values = {}
        for name, condition in self.conditions.items():
            values[name] = condition.column(conditions[name], n)

        def asked(start: int, size: int) -> Arrays:
            return {name: column[start - first : start - first + size] for name, column in values.items()}

        return (events for _, events in self._chunks(n, seed, batch_size, first, asked))

    def uniform(
        self, n: int, seed: int = 0, batch_size: int = 1024, first: Any = 0, **ranges: ArrayLike
    ) -> Iterator[tuple[Arrays, Arrays]]:
        """Chunks (conditions, events) of `n` events whose conditions are uniform in ranges (2, *shape): low, then high.

        As the noise, the conditions of event i depend on (seed, i) alone. They come as columns (b, k). A single value
        holds for all events.
        """
        n, seed, batch_size, first = self._checked(n, seed, batch_size, first, ranges)
        rows = noise.uniform(*self._bounds(ranges))
        sizes = {name: condition.size for name, condition in self.conditions.items()}

        def asked(start: int, size: int) -> Arrays:
            return split(rows.take(seed, start, size), sizes)

        return self._chunks(n, seed, batch_size, first, asked)

    def asked(
        self, n: int, conditions: Callable[[int, int], Arrays], seed: int = 0, batch_size: int = 1024, first: Any = 0
    ) -> Iterator[tuple[Arrays, Arrays]]:
        """Chunks as `uniform` gives them, of events whose conditions ``conditions(number of the first, n)`` says."""
        n, seed, batch_size, first = self._checked(n, seed, batch_size, first, self.conditions)
        return self._chunks(n, seed, batch_size, first, conditions)

    def noise(self, n: int, seed: int, first: int = 0) -> np.ndarray:
        """The noise of `n` events, at least 1, from number `first` on: all noise inputs side by side."""
        return self._rows.take(seed, first, n)

    def _checked(self, n: int, seed: int, batch_size: int, first: Any, conditions: Iterable[str]) -> tuple[int, ...]:
        refuse_after_fork()
        n, seed = whole("n", n), whole("seed", seed)
        batch_size, first = whole("batch_size", batch_size, least=1), whole("first", first)
        if first + n > EVENTS:
            raise InputError(f"the last event is number {first + n}, expected at most {EVENTS}")
        if set(conditions) != set(self.conditions):
            given = ", ".join(sorted(conditions)) or "none"
            raise InputError(f"{self.name} needs the conditions {', '.join(self.conditions) or 'none'}, got {given}")
        return n, seed, batch_size, first

    def _bounds(self, ranges: Mapping[str, ArrayLike]) -> np.ndarray:
        """The ranges of all conditions side by side, (2, columns)."""
        bounds = [condition.column(ranges[name], 2) for name, condition in self.conditions.items()]
        for name, (low, high) in zip(self.conditions, bounds, strict=True):
            if (low > high).any():
                raise InputError(f"{name} is the range {low} to {high}, expected the lower bound first")
        return np.concatenate([np.empty((2, 0)), *bounds], axis=1)

    def _chunks(
        self, n: int, seed: int, batch_size: int, first: int, asked: Callable[[int, int], Arrays]
    ) -> Iterator[tuple[Arrays, Arrays]]:
        """(conditions, events) in chunks; ``asked(start, size)`` gives those of the events from `start` on."""
        length = self._length(n, batch_size)
        for start in range(0, n, batch_size):
            size = min(batch_size, n - start)
            conditions = asked(first + start, size)
            inputs = split(self.noise(size, seed, first + start), self.card["latent"]) | conditions
            outputs = self._run({name: _padded(values, length) for name, values in inputs.items()})
            events = {name: np.asarray(values, np.float32)[:size] for name, values in outputs.items()}
            self._check(events, first + start)
            yield conditions, events

    @abstractmethod
    def _run(self, inputs: Arrays) -> Mapping[str, Any]:
        """The outputs of the network by name; the number of rows is that of `_length` at least."""

    def _length(self, n: int, batch_size: int) -> int:
        """How many rows all batches of `n` events have at least: the last is filled up."""
        return padded_size(n, batch_size)

    def _check(self, events: Arrays, first: int) -> None:
        for name, values in events.items():
            if not np.isfinite(values).all():
                bad = ~np.isfinite(values)
                number = first + int(np.argwhere(bad)[0, 0])
                raise NotFinite(
                    f"{self.name}: {name} of event {number} holds {values[bad][0]}, expected finite numbers"
                )

    def _match(self, inputs: Mapping[str, tuple], outputs: Mapping[str, tuple]) -> None:
        """Raise InputError if the names and shapes of one event in a network are not those in the card."""
        expected = {name: (size,) for name, size in self.card["latent"].items()}
        expected |= {name: (condition.size,) for name, condition in self.conditions.items()}
        if inputs != expected:
            raise InputError(f"{self.name}: the card declares the inputs {expected}, the model has {inputs}")
        if outputs != self.shapes:
            raise InputError(f"{self.name}: the card declares the outputs {self.shapes}, the model has {outputs}")


class Condition:
    """What an event is asked to be, from the card: a number or a vector, its unit, and the range of the training.

    `shape` is () or (k,), `range` is [low, high]: numbers, or one list each with a bound for every component. A vector
    may have `magnitude`, too, the [low, high] of its length, and `angle`, of its angle to the last axis in degrees.
    """

    def __init__(self, name: str, spec: Mapping[str, Any]):
        self.name: str = name
        self.unit: str = spec["unit"]
        self.shape = tuple(spec["shape"])
        self.size = int(np.prod(self.shape))
        self.low, self.high = np.asarray(spec["range"], np.float32)
        self.magnitude, self.angle = spec.get("magnitude"), spec.get("angle")

    def column(self, value: ArrayLike, n: int) -> np.ndarray:
        """`value`, one for all events or `n`, as float32 (n, size). Raises and warns as `Generator.sample` says."""
        values = self._numbers(value)
        if values.shape not in (self.shape, (n, *self.shape)):
            one, many = self.shape, (n, *self.shape)
            raise InputError(f"{self.name} has shape {values.shape}, expected {one} for all events or {many}")
        if not np.isfinite(values).all():
            raise InputError(f"{self.name} is {values[~np.isfinite(values)][0]}, expected a finite number")
        negative = (values < 0) & (self.low >= 0)
        if negative.any():
            found = f"{values[negative][0]:g} {self.unit}".rstrip()
            raise InputError(f"{self.name} is {found}, expected no negative number")
        if ((values == 0) & (self.low > 0)).any():  # logarithms of it are taken
            raise InputError(f"{self.name} is {f'0 {self.unit}'.rstrip()}, expected more")
        outside = (values < self.low) | (values > self.high)
        if outside.any():
            warnings.warn(
                f"{self.name} {values[outside][0]:g} {self.unit} is outside the range of the training, "
                f"{self.low} to {self.high} {self.unit}: the generator extrapolates",
                UserWarning,
                stacklevel=4,  # the line that called sample()
            )
        self._warn_of_vectors(np.atleast_2d(values))
        return np.broadcast_to(values, (n, *self.shape)).reshape(n, self.size)

    def _warn_of_vectors(self, vectors: np.ndarray) -> None:
        """A box of components holds vectors that are too short, too long or too far off the axis."""
        for what, limits, unit in (("magnitude", self.magnitude, self.unit), ("angle", self.angle, "degrees")):
            if limits is None:
                continue
            length = np.linalg.norm(vectors, axis=1)
            cosine = vectors[:, -1] / np.where(length > 0, length, 1)
            found = length if what == "magnitude" else np.degrees(np.arccos(np.clip(cosine, -1, 1)))
            tolerance = 1e-5 * limits[1]  # of float32
            outside = (found < limits[0] - tolerance) | (found > limits[1] + tolerance)
            if outside.any():
                warnings.warn(
                    f"the {what} {found[outside][0]:g} {unit} of {self.name} is outside the range of the training, "
                    f"{limits[0]} to {limits[1]} {unit}: the generator extrapolates",
                    UserWarning,
                    stacklevel=5,  # the line that called sample()
                )

    def _numbers(self, value: ArrayLike) -> np.ndarray:
        try:
            return np.asarray(value, dtype=np.float32)
        except (TypeError, ValueError) as error:
            raise InputError(f"{self.name} is {value!r}, expected numbers") from error


def whole(name: str, value: Any, least: int = 0) -> int:
    """`value` as a whole number of at least `least`. Raises InputError for another."""
    try:
        number = operator.index(value)
    except TypeError as error:
        raise InputError(f"{name} is {value!r}, expected a whole number") from error
    if number < least:
        raise InputError(f"{name} is {number}, expected at least {least}")
    return number


def split(rows: np.ndarray, sizes: Mapping[str, int]) -> Arrays:
    """The columns of `rows` (n, k) by name, in the order and with the numbers of `sizes`."""
    parts = np.split(rows, np.cumsum(list(sizes.values()))[:-1], axis=1)
    return dict(zip(sizes, map(np.ascontiguousarray, parts), strict=False))  # no names, and still one empty part


def padded_size(n: int, batch_size: int) -> int:
    """The size of the batches that `n` events are run in: `batch_size`, or for few events a power of 2.

    Networks are compiled for each size: with few sizes it is rarely done. The last batch is as large as the others.
    """
    return min(batch_size, 1 << (n - 1).bit_length()) if n else 0


def _padded(values: np.ndarray, length: int) -> np.ndarray:
    return np.pad(values, [(0, length - len(values)), (0, 0)], mode="edge") if len(values) < length else values


class _Process:
    """Whether this process can run networks: a child that was forked has none of the threads of its parent."""

    threads = False  # a network is here, and with it the threads of what runs it
    forked = False


def _forked() -> None:
    _Process.forked = _Process.threads


if hasattr(os, "register_at_fork"):  # not on Windows, where nothing forks
    os.register_at_fork(after_in_child=_forked)


def refuse_after_fork() -> None:
    """Raise InputError in a child process forked from one that had loaded a generator: its networks would hang."""
    if _Process.forked:
        raise InputError(
            "this process was forked from one that had loaded a generator, where networks hang: "
            "start processes with multiprocessing.get_context('spawn'), or load in the child alone"
        )
