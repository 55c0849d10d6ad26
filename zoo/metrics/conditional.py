"""At fixed condition: what a distribution over all conditions hides.

Observables are mappings of arrays (n,) by name, NaN where an event has none. Slices are of the condition of each event.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from zoo.metrics.measurement import UNDEFINED, Measurement, average, fraction
from zoo.metrics.samples import bootstrap, kolmogorov_smirnov, kolmogorov_smirnov_floor

Values = Mapping[str, np.ndarray]

LEAST = 20  # events of a kind in a slice that is compared
MAD = 1.4826  # of a normal distribution: standard deviation over the median absolute deviation
TAILS = (0.02, 0.03)


def slices(condition: np.ndarray, edges: np.ndarray) -> list[np.ndarray]:
    """Which events (n,) lie in each bin of `edges`; the last bin holds its upper edge."""
    place = np.clip(np.searchsorted(edges, condition, side="right") - 1, -1, len(edges) - 1)
    place = np.where(condition == edges[-1], len(edges) - 2, place)
    return [place == i for i in range(len(edges) - 1)]


def sliced(
    generated: Values, reference: Values, conditions: Sequence[np.ndarray], edges: np.ndarray, *, seed: int
) -> list[dict[str, Any]]:
    """For each slice the Kolmogorov-Smirnov distance of every observable, with its floor and pulls.

    `conditions` are those (n,) of the generated and (m,) of the true events. A slice is {"low", "high", "events":
    {"generated", "reference"}, "observables": {name: {"ks", "floor", "pull", "mean_pull"}}}: "pull" is the normal
    deviate of the distance's p-value (0 where it is a half or more), "mean_pull" the difference of the means over its
    error, with its sign. Observables with fewer than `LEAST` values of a kind are left out.
    """
    places = [slices(condition, edges) for condition in conditions]
    found = []
    for i, (low, high) in enumerate(zip(edges[:-1], edges[1:], strict=True)):
        row: dict[str, Any] = {"low": float(low), "high": float(high), "observables": {}}
        row["events"] = dict(zip(("generated", "reference"), (int(place[i].sum()) for place in places), strict=True))
        for name in reference:
            pair = [values[name][place[i]] for values, place in zip((generated, reference), places, strict=True)]
            x, y = (one[np.isfinite(one)].astype(float) for one in pair)
            if min(len(x), len(y)) >= LEAST:
                row["observables"][name] = _compared(x, y, seed)
        found.append(row)
    return found


def response(values: np.ndarray, *, seed: int) -> dict[str, Measurement]:
    """What a response (n,) is like beyond its mean: {"mean", "spread", "core", "below_2", "below_3"}.

    "spread" is the standard deviation, tails included, over the mean; "core" the median absolute deviation times 1.48,
    which is that of a normal core, over the median; "below_2" and "below_3" the shares of events that lose more than 2
    and 3 % of the median. Undefined for fewer than `LEAST` values.
    """
    values = values[np.isfinite(values)].astype(float)
    names = ("mean", "spread", "core", *(f"below_{100 * tail:.0f}" for tail in TAILS))
    if len(values) < LEAST:
        return dict.fromkeys(names, UNDEFINED)

    def spread(sample: np.ndarray) -> float:
        return float(sample.std(ddof=1) / sample.mean()) if sample.mean() else float("nan")

    def core(sample: np.ndarray) -> float:
        middle = np.median(sample)
        return float(MAD * np.median(np.abs(sample - middle)) / middle) if middle else float("nan")

    tails = [fraction(values < (1 - tail) * np.median(values)) for tail in TAILS]
    widths = [bootstrap(statistic, values, seed=seed) for statistic in (spread, core)]
    return dict(zip(names, (average(values), *widths, *tails), strict=True))


def rank_correlations(generated: Values, reference: Values, *, seed: int, worst: int = 5) -> dict[str, Any]:
    """Spearman's rank correlations of all pairs of observables, at one condition, generated less true.

    {"mean", "largest": of |difference| over the pairs; "mean_floor", "largest_floor": between two random halves of the
    truth, scaled as fluctuations are from these to n generated and m true events; "pairs": the worst ones {"pair",
    "generated", "reference"}; "events": [n, m]}. The uncertainties come from 20 bootstraps of both samples. Events that
    lack an observable, and observables that never vary among the others, are left out.
    """
    names = [name for name in reference if all(_varies(one[name]) for one in (generated, reference))]
    tables = [np.stack([one[name] for name in names or reference], axis=1) for one in (generated, reference)]
    tables = [table[np.isfinite(table).all(axis=1)] for table in tables]
    varying = [k for k in range(len(names)) if all(_varies(table[:, k]) for table in tables)]
    names, tables = [names[k] for k in varying], [table[:, varying] for table in tables]
    if len(names) < 2 or min(map(len, tables)) < 2 * LEAST:
        empty = dict.fromkeys(("mean", "largest", "mean_floor", "largest_floor"), UNDEFINED)
        return {**empty, "pairs": [], "events": [len(table) for table in tables]}
    rng = np.random.default_rng(seed)
    upper = np.triu_indices(len(names), 1)

    def correlations(table: np.ndarray) -> np.ndarray:
        return _ranked(table)[upper]

    def summary(x: np.ndarray, y: np.ndarray) -> list[float]:
        difference = np.abs(correlations(x) - correlations(y))
        return [float(difference.mean()), float(difference.max())]

    def again(table: np.ndarray) -> np.ndarray:
        return table[rng.integers(len(table), size=len(table))]

    x, y = tables
    spreads = np.std([summary(again(x), again(y)) for _ in range(20)], axis=0, ddof=1)
    halves = [np.array_split(y[rng.permutation(len(y))], 2) for _ in range(20)]
    shrink = np.sqrt((1 / len(x) + 1 / len(y)) / (4 / len(y)))  # from halves to these samples
    floors = shrink * np.array([summary(*pair) for pair in halves])
    own, true = correlations(x), correlations(y)
    order = np.argsort(-np.abs(own - true))[:worst]
    pairs = list(combinations(names, 2))
    mean, largest = summary(x, y)
    return {
        "mean": Measurement(mean, float(spreads[0])),
        "largest": Measurement(largest, float(spreads[1])),
        "mean_floor": Measurement(float(floors[:, 0].mean()), float(floors[:, 0].std(ddof=1))),
        "largest_floor": Measurement(float(floors[:, 1].mean()), float(floors[:, 1].std(ddof=1))),
        "pairs": [
            {"pair": " - ".join(pairs[k]), "generated": float(own[k]), "reference": float(true[k])} for k in order
        ],
        "events": [len(x), len(y)],
    }


def ranked_within(columns: np.ndarray, places: Sequence[np.ndarray]) -> np.ndarray:
    """Columns (n, k) as their ranks within the slice that an event is in, from 0 to 1: what the condition does to all
    of them alike is divided out. `places` are those of `slices`; NaN outside all of them."""
    from scipy.stats import rankdata

    found = np.full(columns.shape, np.nan)
    for place in places:
        if place.any():
            found[place] = rankdata(columns[place], axis=0) / place.sum()
    return found


def _compared(x: np.ndarray, y: np.ndarray, seed: int) -> dict[str, Any]:
    from scipy.stats import kstwobign, norm

    distance = kolmogorov_smirnov(x, y, seed=seed, resamplings=20)
    size = np.sqrt(len(x) * len(y) / (len(x) + len(y)))
    error = np.sqrt(x.var(ddof=1) / len(x) + y.var(ddof=1) / len(y))
    return {
        "ks": distance,
        "floor": kolmogorov_smirnov_floor(len(x), len(y)),
        "pull": float(max(norm.isf(max(kstwobign.sf(size * distance.value), 1e-300)), 0.0)),
        "mean_pull": float((x.mean() - y.mean()) / error) if error else 0.0,
    }


def _varies(values: np.ndarray) -> bool:
    known = values[np.isfinite(values)]
    return len(known) >= 2 * LEAST and bool((known != known[0]).any())


def _ranked(table: np.ndarray) -> np.ndarray:
    """Spearman's correlations (k, k); 0 for a column without spread, as a bootstrap may draw."""
    from scipy.stats import rankdata

    ranks = rankdata(table, axis=0)
    ranks = ranks - ranks.mean(axis=0)
    norms = np.sqrt(np.sum(ranks**2, axis=0))
    ranks = ranks / np.where(norms > 0, norms, 1)
    return ranks.T @ ranks
