"""Distances between two samples of one observable, with bootstrap uncertainties.

Samples are arrays (n,) and may differ in length; NaN entries (undefined for that event) are dropped. A distance to a
sample without any value left is undefined: NaN.
"""

import math
from collections.abc import Callable

import numpy as np

from zoo.metrics.measurement import UNDEFINED, Measurement


def kolmogorov_smirnov(x: np.ndarray, y: np.ndarray, *, seed: int, resamplings: int = 50) -> Measurement:
    """The largest difference of the two cumulative distributions, from 0 (equal) to 1 (disjoint)."""

    def largest_difference(x: np.ndarray, y: np.ndarray) -> float:  # scipy's ks_2samp spends its time on a p-value
        both = np.concatenate([x, y])
        below = [np.searchsorted(np.sort(sample), both, side="right") / len(sample) for sample in (x, y)]
        return np.max(np.abs(below[0] - below[1]))

    return _distance(largest_difference, x, y, seed, resamplings)


def kolmogorov_smirnov_floor(n: float, m: float) -> float:
    """The distance that samples of n and m events of the same parent have on average: sqrt(pi/2) ln 2 sqrt(1/n + 1/m).

    The mean of Kolmogorov's distribution; for large samples of a continuous observable.
    """
    return math.sqrt(math.pi / 2) * math.log(2) * math.sqrt(1 / n + 1 / m)


def wasserstein(x: np.ndarray, y: np.ndarray, *, seed: int, resamplings: int = 50) -> Measurement:
    """The area between the two cumulative distributions, in the unit of x; scipy's wasserstein_distance."""
    from scipy.stats import wasserstein_distance

    return _distance(wasserstein_distance, x, y, seed, resamplings)


def bootstrap(statistic: Callable[..., float], *samples: np.ndarray, seed: int, resamplings: int = 50) -> Measurement:
    """`statistic(*samples)` and its standard deviation when every sample's events are redrawn with replacement.

    The first axis of a sample counts its events. Efron, Annals of Statistics 7 (1979) 1.
    """
    rng = np.random.default_rng(seed)
    redrawn = [statistic(*(s[rng.integers(len(s), size=len(s))] for s in samples)) for _ in range(resamplings)]
    return Measurement(float(statistic(*samples)), float(np.std(redrawn, ddof=1)))


def _distance(statistic: Callable, x: np.ndarray, y: np.ndarray, seed: int, resamplings: int) -> Measurement:
    x, y = x[~np.isnan(x)], y[~np.isnan(y)]
    return bootstrap(statistic, x, y, seed=seed, resamplings=resamplings) if len(x) and len(y) else UNDEFINED
