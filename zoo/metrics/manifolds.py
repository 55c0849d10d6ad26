"""Precision, recall, density, coverage and diversity: does a generator make only what is there, and all of it?

By the nearest neighbours of each event (Kynkaanniemi et al., arXiv:1904.06991; Naeem et al., arXiv:2002.09797).
"""

import numpy as np

from zoo.errors import InputError
from zoo.metrics.measurement import Measurement, average, fraction
from zoo.metrics.samples import bootstrap


def precision_recall_density_coverage(x: np.ndarray, y: np.ndarray, *, neighbours: int = 5) -> dict[str, Measurement]:
    """{"precision", "recall", "density", "coverage"} of generated x (n, features) and true y (m, features).

    A ball about an event reaches to its k-th neighbour of its own kind. Precision: the share of generated events in a
    ball of a true one; recall: of true events in a ball of a generated one; density: true balls that a generated event
    is in, over k; coverage: the share of true balls that hold a generated event. Features count in units of their
    standard deviation in y. A perfect generator has a density of 1 and a precision, a recall and a coverage that depend
    on the numbers of events and features: compare with two true samples. The uncertainty is the standard error over the
    events judged; that the balls, too, are of events adds to it (up to a factor of two, see the test).
    Raises InputError for other features, values that are not finite, and fewer than k + 2 events.
    """
    x, y = _scaled(x, y, neighbours)
    radii = [_distances(one, neighbours=neighbours)[:, -1] for one in (x, y)]
    in_true, in_generated, holds, inside = (np.zeros(len(one)) for one in (x, y, y, x))
    for start in range(0, len(x), 1000):  # of the matrix of all distances
        rows = slice(start, start + 1000)
        distances = np.sqrt(np.maximum(_squares(x[rows], y), 0))
        of_true = distances < radii[1]
        inside[rows] = of_true.sum(axis=1) / neighbours
        in_true[rows] = of_true.any(axis=1)
        holds = np.maximum(holds, of_true.any(axis=0))
        in_generated = np.maximum(in_generated, (distances < radii[0][rows, None]).any(axis=0))
    return {
        "precision": fraction(in_true),
        "recall": fraction(in_generated),
        "density": average(inside),
        "coverage": fraction(holds),
    }


def nearest_neighbours(x: np.ndarray, y: np.ndarray, *, seed: int) -> dict[str, Measurement]:
    """{"diversity", "distance"} of generated x (n, features) and true y (m, features): medians of distances.

    Diversity: from a generated event to the nearest of its kind; well below 1: they repeat themselves. Distance: to the
    nearest true one; well below 1: they are copies of these. Both over that from a true event to the nearest of its
    kind, among as many events; features and refusals as in `precision_recall_density_coverage`. The uncertainty
    comes from a bootstrap of the distances; undefined where most true events have twins.
    """
    x, y = (one[: min(len(x), len(y))] for one in _scaled(x, y, 1))
    true = _distances(y)[:, 0]

    def ratio(distances: np.ndarray, of_true: np.ndarray) -> float:
        scale = np.median(of_true)
        return float(np.median(distances) / scale) if scale else float("nan")

    found = {"diversity": _distances(x)[:, 0], "distance": _distances(y, x)[:, 0]}
    return {name: bootstrap(ratio, distances, true, seed=seed) for name, distances in found.items()}


def _scaled(x: np.ndarray, y: np.ndarray, neighbours: int) -> tuple[np.ndarray, np.ndarray]:
    """Both in units of the spread of y; refuses what has no k-th neighbour."""
    if x.ndim != 2 or y.ndim != 2 or x.shape[1] != y.shape[1]:
        raise InputError(f"samples of shapes {x.shape} and {y.shape} cannot be compared, expected the same features")
    if min(len(x), len(y)) < neighbours + 2:
        raise InputError(f"samples of {len(x)} and {len(y)} events are too small, expected {neighbours + 2} each")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise InputError("a feature is not finite")
    spread = y.std(axis=0)
    spread = np.where(spread > 0, spread, 1)
    return x / spread, y / spread


def _distances(events: np.ndarray, queries: np.ndarray | None = None, neighbours: int = 1) -> np.ndarray:
    """From each of `queries` to its nearest `events`; without them from each event to the others."""
    from sklearn.neighbors import NearestNeighbors
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        return NearestNeighbors(n_neighbors=neighbours).fit(events).kneighbors(queries)[0]


def _squares(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.sum(x**2, axis=1)[:, None] + np.sum(y**2, axis=1) - 2 * x @ y.T
