"""Distances between samples whose events carry weights, negative ones too (sWeights)."""

import numpy as np


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
    x: np.ndarray, y: np.ndarray, x_weights: np.ndarray, y_weights: np.ndarray, *, seed: int, projections: int = 100
) -> float:
    """The largest of the distances of random projections of x (n, d) and y (m, d), standardised by y."""
    centre, spread = y.mean(axis=0), y.std(axis=0)
    spread = np.where(spread > 0, spread, 1)
    directions = np.random.default_rng(seed).normal(size=(projections, x.shape[1])) / spread
    return max(
        weighted_kolmogorov_smirnov((x - centre) @ one, (y - centre) @ one, x_weights, y_weights) for one in directions
    )


def weighted_quantiles(values: np.ndarray, weights: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """The quantiles of weighted values (n,) at `levels`.

    The inverse of the weighted cumulative distribution, interpolated between the middles of its steps; where negative
    weights make it fall, of its upper envelope.
    """
    order = np.argsort(values)
    steps = weights[order].astype(float)
    total = np.cumsum(steps)
    return np.interp(levels, np.maximum.accumulate((total - steps / 2) / total[-1]), values[order].astype(float))
