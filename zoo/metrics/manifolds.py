"""Precision, recall, density, coverage, diversity, holes and copies: does a generator make what is there, all of it,
and of its own?

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


def holes(x: np.ndarray, y: np.ndarray, truth: np.ndarray, *, percent: float = 99.0) -> dict:
    """The share of true events y (m, features) that have no generated event x (n, features) near: holes in phase space.

    Near is what `percent` of them have a true event of `truth` (k, features), the same numbers of x and `truth` being
    used. The bound comes from the first half of y, which is in random order; the share is that of the second, beside
    the floor, the same for `truth`.
    {"value", "uncertainty", "floor", "pull": share less floor over both uncertainties, "percent"}. Features and
    refusals as in `precision_recall_density_coverage`.
    """
    size = min(len(x), len(truth))
    (x, scaled), (truth, _) = (_scaled(one[:size], y, 1) for one in (x, truth))
    bounding, judged = np.split(np.arange(len(y)), [len(y) // 2])
    to_truth, to_generated = (_distances(one, scaled)[:, 0] for one in (truth, x))
    bound = np.quantile(to_truth[bounding], percent / 100)
    share, floor = (fraction(distances[judged] > bound) for distances in (to_generated, to_truth))
    error = np.hypot(share.uncertainty, floor.uncertainty)
    pull = float((share.value - floor.value) / error) if error else 0.0
    return {**share._asdict(), "floor": floor, "pull": pull, "percent": percent}


def copies(x: np.ndarray, training: np.ndarray, held_out: np.ndarray, *, seed: int) -> dict:
    """Whether generated x (n, features) are nearer to `training` (k, features) than to `held_out` events (l, features).

    Training and held-out events are of one parent: however wrong a generator is, without memory its events are nearest
    to a kind as often as this has events. {"share": of x that are nearest to a training event, "expected": k / (k + l),
    "pull": the excess, "p": one-sided, of no memory}; the uncertainty is that of giving the names "training" and "held
    out" at random to these events, for which each counts as often as it is nearest.
    "ratio": the median distance from x to the nearest training event, over that of held-out events; "events": of x.
    Features and refusals as in `precision_recall_density_coverage`.
    """
    from scipy.stats import norm

    (x, held_out), (training, _) = (_scaled(one, held_out, 1) for one in (x, training))
    both, known = np.concatenate([training, held_out]), len(training)
    nearest = _nearest(both, x)
    counts, n = np.bincount(nearest, minlength=len(both)), len(both)
    share, expected = float(np.mean(nearest < known)), known / n
    variance = np.sum((counts - counts.mean()) ** 2) * known * (n - known) / (n * (n - 1))
    error = float(np.sqrt(variance)) / len(x)
    pull = (share - expected) / error if error else 0.0

    def ratio(own: np.ndarray, true: np.ndarray) -> float:
        scale = np.median(true)
        return float(np.median(own) / scale) if scale else float("nan")

    distances = (_distances(training, one)[:, 0] for one in (x, held_out))
    return {
        "share": Measurement(share, error),
        "expected": expected,
        "pull": pull,
        "p": float(norm.sf(pull)),
        "ratio": bootstrap(ratio, *distances, seed=seed),
        "events": len(x),
    }


def _scaled(x: np.ndarray, y: np.ndarray, neighbours: int) -> tuple[np.ndarray, np.ndarray]:
    """Both from the mean of y in units of its spread, in double precision, in which their squares differ by what they
    should; refuses what has no k-th neighbour."""
    if x.ndim != 2 or y.ndim != 2 or x.shape[1] != y.shape[1]:
        raise InputError(f"samples of shapes {x.shape} and {y.shape} cannot be compared, expected the same features")
    if min(len(x), len(y)) < neighbours + 2:
        raise InputError(f"samples of {len(x)} and {len(y)} events are too small, expected {neighbours + 2} each")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise InputError("a feature is not finite")
    x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
    centre, spread = y.mean(axis=0), y.std(axis=0)
    spread = np.where(spread > 0, spread, 1)
    return (x - centre) / spread, (y - centre) / spread


def _distances(events: np.ndarray, queries: np.ndarray | None = None, neighbours: int = 1) -> np.ndarray:
    """From each of `queries` to its nearest `events`; without them from each event to the others."""
    return _searched(events, queries, neighbours)[0]


def _nearest(events: np.ndarray, queries: np.ndarray) -> np.ndarray:
    """Which of `events` is nearest to each of `queries`."""
    return _searched(events, queries, 1)[1][:, 0]


def _searched(events: np.ndarray, queries: np.ndarray | None, neighbours: int) -> tuple[np.ndarray, np.ndarray]:
    from sklearn.neighbors import NearestNeighbors
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        return NearestNeighbors(n_neighbors=neighbours).fit(events).kneighbors(queries)


def _squares(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.sum(x**2, axis=1)[:, None] + np.sum(y**2, axis=1) - 2 * x @ y.T
