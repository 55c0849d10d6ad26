"""Distances between two histograms on the same bins.

A histogram is an array (bins,) of counts, not necessarily whole numbers; NaN marks a bin whose content is unknown. Such
a bin is left out of both histograms, and both are normalised to the bins that remain.
"""

import numpy as np
from numpy.typing import ArrayLike

from zoo.errors import InputError
from zoo.metrics.measurement import UNDEFINED, Measurement


def triangular_discrimination(
    p: ArrayLike, q: ArrayLike, p_sigma: ArrayLike | None = None, q_sigma: ArrayLike | None = None
) -> Measurement:
    """1/2 sum_i (p_i - q_i)^2 / (p_i + q_i) of the fractions p_i, q_i: 0 if equal, 1 if disjoint.

    HEP calls it separation power (TMVA users' guide, arXiv:physics/0703039). `p` and `q` are counts (bins,), `*_sigma`
    their standard deviations, by default Poissonian. The uncertainty is the linear propagation of these, corrected for
    the chi-squared form of the distance. With k degrees of freedom, c = (1/N + 1/M)/4 and N, M counts, distance / c is
    a non-central chi-squared of variance 2 k + 4 lambda, of which linear propagation sees 4 k + 4 lambda. So 2 k c^2 is
    subtracted; it is also the least the variance can be, the one of equal parents.

    The value is biased: finite samples of equal parents are at `triangular_floor`, not at 0.
    If just one histogram is empty the distance is 1; if both are it is undefined (NaN).
    Raises InputError for counts of different shapes or below zero.

    >>> triangular_discrimination([10, 0], [0, 10]).value
    1.0
    """
    p, q, known = _known(p, q)
    if not p.sum() or not q.sum():
        return Measurement(1.0, 0.0) if p.sum() or q.sum() else UNDEFINED
    variances = _variance(p, p_sigma, known), _variance(q, q_sigma, known)
    n, m = p.sum(), q.sum()
    p, q = p / n, q / m
    total = np.where(p + q > 0, p + q, 1.0)
    slope_p = (p - q) * (p + 3 * q) / (2 * total**2)  # derivatives of the i-th term, before normalisation
    slope_q = (q - p) * (q + 3 * p) / (2 * total**2)
    linear = (
        np.sum((slope_p - slope_p @ p) ** 2 * variances[0]) / n**2
        + np.sum((slope_q - slope_q @ q) ** 2 * variances[1]) / m**2
    )
    least = 2 * (np.count_nonzero(p + q) - 1) * ((1 / n + 1 / m) / 4) ** 2
    return Measurement(float(np.sum((p - q) ** 2 / total) / 2), float(np.sqrt(max(linear - least, least))))


def triangular_floor(p: ArrayLike, q: ArrayLike) -> float:
    """The triangular discrimination that samples as small as these have on average if their parents are equal.

    (k - 1)/4 (1/N + 1/M) for k occupied bins and N, M counts: for equal parents the i-th term has expectation
    Var(p_i - q_i) / (4 p_i) with Var = p_i (1 - p_i) (1/N + 1/M). Good to a few per cent with several counts per bin,
    too high where most bins hold about one. NaN if a histogram is empty. Raises InputError as the distance does.
    """
    p, q, _ = _known(p, q)
    if not p.sum() or not q.sum():
        return float("nan")
    return float((np.count_nonzero(p + q) - 1) / 4 * (1 / p.sum() + 1 / q.sum()))


def hellinger(p: ArrayLike, q: ArrayLike) -> Measurement:
    """H = sqrt(1/2 sum_i (sqrt(p_i) - sqrt(q_i))^2) of the fractions p_i, q_i: 0 if equal, 1 if disjoint.

    Hellinger, J. reine angew. Math. 136 (1909) 210. `p` and `q` are counts (bins,). H^2 / c with c = (1/N + 1/M)/8 is
    about a non-central chi-squared with k degrees of freedom, of variance 2 k + 4 lambda = 4 H^2 / c - 2 k, and at
    least 2 k; the uncertainty of H is that of H^2 divided by 2 H.

    The value is biased: finite samples of equal parents are at `hellinger_floor`, not at 0.
    If just one histogram is empty the distance is 1; if both are it is undefined (NaN).
    Raises InputError for counts of different shapes or below zero.

    >>> hellinger([10, 0], [0, 10]).value
    1.0
    """
    p, q, _ = _known(p, q)
    n, m = p.sum(), q.sum()
    if not n or not m:
        return Measurement(1.0, 0.0) if n or m else UNDEFINED
    squared = np.sum((np.sqrt(p / n) - np.sqrt(q / m)) ** 2) / 2
    c, freedom = (1 / n + 1 / m) / 8, np.count_nonzero(p + q) - 1
    variance = max(4 * squared * c - 2 * freedom * c**2, 2 * freedom * c**2)
    # Nearer to 0 than its own spread, H^2 has no useful derivative: there H is as uncertain as at the floor.
    scale = 2 * np.sqrt(max(squared, freedom * c))
    return Measurement(float(np.sqrt(squared)), float(np.sqrt(variance) / scale) if scale else 0.0)


def hellinger_floor(p: ArrayLike, q: ArrayLike) -> float:
    """The Hellinger distance that samples as small as these have if their parents are equal.

    sqrt((k - 1)/8 (1/N + 1/M)) for k occupied bins and N, M counts, the root of the mean of H^2: near to the mean of H
    for many bins, and as good as the `triangular_floor`. NaN if a histogram is empty.
    """
    return float(np.sqrt(triangular_floor(p, q) / 2))


def _known(p: ArrayLike, q: ArrayLike) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    p, q = np.asarray(p, np.float64), np.asarray(q, np.float64)
    if p.shape != q.shape or p.ndim != 1:
        raise InputError(f"histograms of shapes {p.shape} and {q.shape} cannot be compared, expected the same (bins,)")
    known = ~(np.isnan(p) | np.isnan(q))
    p, q = p[known], q[known]
    if (p < 0).any() or (q < 0).any():
        raise InputError("a histogram has a count below zero, expected counts or densities of at least 0")
    return p, q, known


def _variance(counts: np.ndarray, sigma: ArrayLike | None, known: np.ndarray) -> np.ndarray:
    return counts if sigma is None else np.asarray(sigma, np.float64)[known] ** 2
