"""Random numbers that belong to an event: those of event i depend on the seed and on i alone.

Events are drawn in blocks of `BLOCK`, and each block from a child of the seed, ``SeedSequence(seed, spawn_key=(stream,
block))``. So a sample is the same whatever the sizes of its batches, and a part of it can be made anywhere, in any
order: nothing has to be drawn first.
"""

from collections.abc import Callable
from functools import partial
from threading import Lock

import numpy as np

BLOCK = 256  # events; another number gives other events, and saved distributions have to be made anew
NOISE, CONDITIONS = 0, 1  # streams of a seed: what a network is fed with, and what events are asked to be

Draw = Callable[[np.random.Generator, int], np.ndarray]


class Rows:
    """The rows of random numbers of one stream, by event.

    ``draw(random, n)`` gives the next n rows (n, ...) of a block, whatever the sizes of earlier draws were. The block
    of the last event is kept, for whoever goes on from there.
    """

    def __init__(self, stream: int, draw: Draw):
        self.stream, self.draw = stream, draw
        self._at: tuple[int, int] | None = None  # seed and block of what is kept
        self._lock = Lock()

    def take(self, seed: int, first: int, n: int) -> np.ndarray:
        """The rows of the `n` events from number `first` on, n at least 1."""
        stop, parts = first + n, []
        for block in range(first // BLOCK, (stop - 1) // BLOCK + 1):
            start = block * BLOCK
            with self._lock:
                rows = self._block(seed, block, min(stop - start, BLOCK))
            parts.append(rows[max(first - start, 0) : stop - start])
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _block(self, seed: int, block: int, rows: int) -> np.ndarray:
        """The block, at least its first so many `rows`: few are drawn for a single event."""
        if self._at != (seed, block):
            self._random = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(self.stream, block)))
            self._rows = self.draw(self._random, rows)
            self._at = seed, block
        elif len(self._rows) < rows:
            self._rows = np.concatenate([self._rows, self.draw(self._random, BLOCK - len(self._rows))])
        return self._rows


def normal(size: int) -> Rows:
    """Rows of `size` standard normal numbers, float32: the noise of a generator."""
    return Rows(NOISE, partial(_normal, size))


def uniform(low: np.ndarray, high: np.ndarray) -> Rows:
    """Rows of numbers uniform between `low` (k,) and `high` (k,), float32: conditions of events."""
    return between(low, high, np.zeros(len(low), bool))


def between(low: np.ndarray, high: np.ndarray, logarithmic: np.ndarray) -> Rows:
    """Rows as `uniform` gives them, but of the columns marked in `logarithmic` (k,) the logarithm is uniform."""
    low, high, logarithmic = np.asarray(low, float), np.asarray(high, float), np.asarray(logarithmic, bool)
    return Rows(CONDITIONS, partial(_between, low, high, logarithmic))


def _normal(size: int, random: np.random.Generator, rows: int) -> np.ndarray:
    return random.standard_normal((rows, size), np.float32)


def _between(
    low: np.ndarray, high: np.ndarray, logarithmic: np.ndarray, random: np.random.Generator, rows: int
) -> np.ndarray:
    start, stop = (np.log(side, out=side.copy(), where=logarithmic) for side in (low, high))
    drawn = random.uniform(start, stop, (rows, len(low)))
    return np.clip(np.exp(drawn, out=drawn, where=logarithmic), low, high).astype(np.float32)
