"""Precision and recall of a generator: does it make only what is there, and all of it?"""

import numpy as np

from zoo.errors import InputError
from zoo.metrics.measurement import Measurement

ANGLES = 2001
CLUSTERINGS, RESAMPLINGS = 10, 20


def prd_auc(x: np.ndarray, y: np.ndarray, *, seed: int, clusters: int = 20) -> Measurement:
    r"""The area under the precision-recall curve of generated events x (n, features) against real ones y (m, features).

    .. math:: \alpha(\lambda) = \sum_i \min(\lambda p_i, q_i), \qquad \beta(\lambda) = \alpha(\lambda) / \lambda

    (Sajjadi et al., arXiv:1806.00035, equations 4 to 6), with the fractions p of y and q of x in `clusters` that
    k-means finds in both together, features in standard deviations of y. 1: the same; 0: disjoint. The mean over ten
    clusterings; the larger sample is cut to the size of the smaller. The uncertainty is that of the samples, by drawing
    the numbers of events in the clusters anew, and the standard error over the clusterings, in quadrature.
    Samples of equal parents do not reach 1: compare with two true ones of the same size.
    Raises InputError for fewer events than clusters, other features, and values that are not finite.
    """
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    size = min(len(x), len(y))
    if x.ndim != 2 or y.ndim != 2 or x.shape[1] != y.shape[1]:
        raise InputError(f"samples of shapes {x.shape} and {y.shape} cannot be compared, expected the same features")
    if size < clusters:
        raise InputError(f"samples of {len(x)} and {len(y)} events are too small, expected at least {clusters} each")
    both = np.concatenate([x[:size], y[:size]]) / np.maximum(y.std(axis=0), 1e-12)
    if not np.isfinite(both).all():
        raise InputError("a feature is not finite")
    rng = np.random.default_rng(seed)
    areas, variances = [], []
    for run in range(CLUSTERINGS):
        with threadpool_limits(1):
            labels = KMeans(clusters, n_init=1, random_state=seed + run).fit_predict(both)
        q, p = (np.bincount(part, minlength=clusters) / size for part in (labels[:size], labels[size:]))
        areas.append(area(p, q))
        redrawn = [area(*(rng.multinomial(size, one) / size for one in (p, q))) for _ in range(RESAMPLINGS)]
        variances.append(np.var(redrawn, ddof=1))
    variance = np.mean(variances) + np.var(areas, ddof=1) / CLUSTERINGS
    return Measurement(float(np.mean(areas)), float(np.sqrt(variance)))


def area(p: np.ndarray, q: np.ndarray) -> float:
    """The area under the precision-recall curve of real fractions p (k,) and generated ones q (k,)."""
    slopes = np.tan(np.linspace(1e-6, np.pi / 2 - 1e-6, ANGLES))
    precision = np.minimum(slopes[:, None] * p, q).sum(axis=1)
    recall = precision / slopes
    order = np.argsort(recall)
    return float(np.trapezoid(precision[order], recall[order]))
