"""Distances between samples whose events carry weights, negative ones too (sWeights)."""

import numpy as np

from zoo.metrics.measurement import Measurement


def weighted_kolmogorov_smirnov(x: np.ndarray, y: np.ndarray, x_weights: np.ndarray, y_weights: np.ndarray) -> float:
    """The largest difference of the weighted cumulative distributions of x (n,) and y (m,).

    Sums of weights up to a value, divided by the sum of all: with negative weights no probability, and the difference
    may exceed 1. Equal values are counted together.
    """
    both = np.concatenate([x, y])
    share = np.concatenate([x_weights / x_weights.sum(dtype=float), -y_weights / y_weights.sum(dtype=float)])
    order = np.argsort(both, kind="stable")
    ordered = both[order]
    last = np.append(ordered[1:] != ordered[:-1], True)
    return float(np.abs(np.cumsum(share[order])[last]).max())


def projected_kolmogorov_smirnov(
    x: np.ndarray,
    y: np.ndarray,
    x_weights: np.ndarray,
    y_weights: np.ndarray,
    *,
    seed: int,
    projections: int = 100,
    level: float = 0.95,
    resamplings: int = 5,
) -> dict[str, Measurement]:
    """The distances of random projections of x (n, d) and y (m, d), standardised by y: mean and quantile at `level`.

    {"mean", "quantile", "mean_floor", "quantile_floor"}. The uncertainties are the spread when events and directions
    are drawn anew, `resamplings` times each; the largest distance of all would depend on their number and on the seed.
    The floors are those of equal parents: events and weights of both, shuffled, as often.
    """
    centre, spread = y.mean(axis=0), y.std(axis=0)
    spread = np.where(spread > 0, spread, 1)
    rng = np.random.default_rng(seed)

    def distances(own: np.ndarray, true: np.ndarray, own_weights: np.ndarray, true_weights: np.ndarray) -> list[float]:
        directions = rng.normal(size=(projections, x.shape[1])) / spread
        found = [
            weighted_kolmogorov_smirnov((own - centre) @ one, (true - centre) @ one, own_weights, true_weights)
            for one in directions
        ]
        return [float(np.mean(found)), float(np.quantile(found, level))]

    redrawn, shuffled = [], []
    both, weights = np.concatenate([x, y]), np.concatenate([x_weights, y_weights])
    for _ in range(resamplings):
        i, j = (rng.integers(len(one), size=len(one)) for one in (x, y))
        redrawn.append(distances(x[i], y[j], x_weights[i], y_weights[j]))
        i, j = np.split(rng.permutation(len(both)), [len(x)])
        shuffled.append(distances(both[i], both[j], weights[i], weights[j]))
    names = ("mean", "quantile")
    values = distances(x, y, x_weights, y_weights)
    spreads, floors, scatter = np.std(redrawn, axis=0, ddof=1), np.mean(shuffled, axis=0), np.std(shuffled, 0, ddof=1)
    found = {name: Measurement(values[k], float(spreads[k])) for k, name in enumerate(names)}
    return found | {f"{name}_floor": Measurement(float(floors[k]), float(scatter[k])) for k, name in enumerate(names)}


def weighted_quantiles(values: np.ndarray, weights: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """The quantiles of weighted values (n,) at `levels`.

    The inverse of the weighted cumulative distribution, interpolated between the middles of its steps; where negative
    weights make it fall, of its upper envelope.
    """
    order = np.argsort(values)
    steps = weights[order].astype(float)
    total = np.cumsum(steps)
    return np.interp(levels, np.maximum.accumulate((total - steps / 2) / total[-1]), values[order].astype(float))
