"""Frechet and kernel physics distance: how far two samples of many features are apart (arXiv:2211.10295).

Features are divided by the largest absolute value of each in the reference. Numbers are comparable with published ones
only if the features and the sample sizes are: CaloChallenge's (arXiv:2410.21611) and JetNet's are of 50,000 events and
more.
"""

import numpy as np

from zoo.errors import InputError
from zoo.metrics.measurement import Measurement

KPD_QUANTILES = (0.16275, 0.83725)  # half their distance is the standard deviation of a normal distribution


def frechet_physics_distance(
    x: np.ndarray,
    y: np.ndarray,
    *,
    seed: int,
    least: int | None = None,
    most: int | None = None,
    batches: int = 20,
    points: int = 10,
) -> Measurement:
    r"""FPD of generated x (n, features) and true y (m, features): that of normal distributions with their moments,

    .. math:: |\mu_x - \mu_y|^2 + \mathrm{tr}(C_x + C_y - 2 (C_x C_y)^{1/2})

    extrapolated to infinitely many events (Chong, Forsyth, arXiv:1911.07023): means over `batches` draws with
    replacement for each of `points` sizes from `least` to `most`, equally spaced in 1 / size, and a straight line whose
    intercept and slope are not negative. `most` is 50,000 and `least` 20,000 for samples as large (as in JetNet), or
    the smaller sample's size and two fifths of it. The uncertainty is that of the intercept in the fit; it covers the
    draws and not the samples, whose own fluctuations are in the floor, the distance of two true samples of these sizes.
    Raises InputError for other features, values that are not finite, and fewer than 10 events.
    """
    x, y = _scaled(x, y)
    largest = min(len(x), len(y), 50_000) if most is None else most
    smallest = max(2 * largest // 5, 2) if least is None else least
    sizes = (1 / np.linspace(1 / smallest, 1 / largest, points)).astype(int)
    rng = np.random.default_rng(seed)
    means = []
    for size in sizes:
        found = []
        for _ in range(batches):
            true = y[rng.choice(len(y), size)]
            found.append(_frechet(true, x[rng.choice(len(x), size)]))
        means.append(np.mean(found))
    return _intercept(1 / sizes, np.array(means))


def kernel_physics_distance(
    x: np.ndarray, y: np.ndarray, *, seed: int, size: int = 5000, batches: int = 10
) -> Measurement:
    r"""KPD of generated x (n, features) and true y (m, features): the squared MMD, without bias, of the kernel

    .. math:: k(a, b) = (a \cdot b / d + 1)^4

    in d features: the median over `batches` draws of `size` events with replacement (at most the smaller sample's
    size), and half the distance of its 16 and 84 % quantiles. It may be below 0; an event that is drawn twice adds to
    it, and to its floor. Raises InputError as the FPD does.
    """
    x, y = _scaled(x, y)
    size = min(size, len(x), len(y))
    found = []
    for batch in range(batches):
        rng = np.random.default_rng(seed + 1000 * batch)
        true = y[rng.choice(len(y), size)]
        found.append(_squared_mmd(true, x[rng.choice(len(x), size)]))
    low, high = np.quantile(found, KPD_QUANTILES)
    return Measurement(float(np.median(found)), float(high - low) / 2)


def _scaled(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if x.ndim != 2 or y.ndim != 2 or x.shape[1] != y.shape[1]:
        raise InputError(f"samples of shapes {x.shape} and {y.shape} cannot be compared, expected the same features")
    if min(len(x), len(y)) < 10:
        raise InputError(f"samples of {len(x)} and {len(y)} events are too small, expected at least 10 each")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise InputError("a feature is not finite")
    x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
    scale = np.abs(y).max(axis=0)
    scale = np.where(scale > 0, scale, 1)
    return x / scale, y / scale


def _frechet(x: np.ndarray, y: np.ndarray) -> float:
    """The trace of (C_x C_y)^(1/2) is that of (S C_y S)^(1/2), S S = C_x, whose eigenvalues are not negative."""
    first, second = (np.atleast_2d(np.cov(sample, rowvar=False)) for sample in (x, y))
    values, vectors = np.linalg.eigh(first)
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    mixed = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ second @ root), 0)).sum()
    shift = x.mean(axis=0) - y.mean(axis=0)
    return float(shift @ shift + np.trace(first) + np.trace(second) - 2 * mixed)


def _intercept(x: np.ndarray, values: np.ndarray) -> Measurement:
    """Intercept of a line through values at x, neither it nor the slope below 0, and its standard error."""
    from scipy.optimize import nnls

    scale = x.max()
    columns = np.column_stack([np.ones_like(x), x / scale])
    (intercept, slope), _ = nnls(columns, values)
    residuals = values - columns @ [intercept, slope]
    covariance = np.linalg.inv(columns.T @ columns) * (residuals @ residuals) / (len(x) - 2)
    return Measurement(float(intercept), float(np.sqrt(covariance[0, 0])))


def _squared_mmd(x: np.ndarray, y: np.ndarray) -> float:
    def kernel(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return np.square(np.square(a @ b.T / a.shape[1] + 1))  # faster than a power

    def within(sample: np.ndarray) -> float:
        values, n = kernel(sample, sample), len(sample)
        return (values.sum() - np.trace(values)) / (n * (n - 1))

    return float(within(x) + within(y) - 2 * kernel(x, y).mean())
