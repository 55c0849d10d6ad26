"""What is compared of responses: profiles of moments against variables, their score (arXiv:2012.04595, section 4)."""

import math
from collections.abc import Mapping

import numpy as np
from keras import ops

from reproductions.tpc_gan.data import Events
from reproductions.tpc_gan.moments import MOMENTS, moments
from zoo.data.distributions import Counts
from zoo.metrics import spread

VARIABLES = ("crossing_angle", "dip_angle", "drift_length", "time_fraction", "pad_fraction")
SCORED = MOMENTS[:5]  # the paper's score leaves the sum out
BINS = 19  # of a variable
# What a histogram shows, of moments relative to the track: name, edges. The first and last bin hold all beyond.
EDGES = {
    "pad_residual": np.linspace(-0.3, 0.3, 41),
    "time_residual": np.linspace(-1, 1, 41),
    "pad_variance": np.linspace(0.1, 0.6, 41),
    "time_variance": np.linspace(0.4, 3.2, 41),
    "covariance": np.linspace(-0.5, 0.5, 41),
    "log_sum": np.linspace(1.6, 4.4, 41),
    "log_largest": np.linspace(0.6, 3.4, 41),
    "digits": np.arange(2.5, 50, 1.0),
}


def variables(parameters: np.ndarray) -> dict[str, np.ndarray]:
    """The `VARIABLES` (n,) of parameters (n, 4 or 6)."""
    crossing, dip, drift, pad = parameters[:, :4].astype(np.float64).T
    return dict(zip(VARIABLES, (crossing, dip, drift, drift % 1, pad % 1), strict=True))


def observed(events: Events) -> dict[str, np.ndarray]:
    """The `MOMENTS` (n,) by name; NaN for a response without amplitudes."""
    found = ops.convert_to_numpy(moments(events["amplitude"].astype(np.float32))).astype(np.float64)
    found[found[:, -1] <= 0] = np.nan
    return dict(zip(MOMENTS, found.T, strict=True))


def bands(x: np.ndarray, values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Mean and standard deviation of `values` in the bins of x, and the uncertainties of both: (4, bins).

    NaN among the values is left out, and a bin with fewer than two is NaN.
    """
    found = np.full((4, len(edges) - 1), np.nan)
    where = np.clip(np.searchsorted(edges, x, side="right") - 1, 0, len(edges) - 2)
    for i in range(len(edges) - 1):
        inside = values[(where == i) & np.isfinite(values)]
        n = len(inside)
        if n > 1:
            wide = spread(inside)
            found[:, i] = inside.mean(), wide.value, wide.value / math.sqrt(n - 1), wide.uncertainty
    return found


def profile_terms(generated: Events, reference: Events) -> np.ndarray:
    """The terms of the score, (moments, variables, bins, 2); NaN where a bin holds fewer than two of either kind.

    (b - b')^2 / (e^2 + e'^2) for each band b = mean +- standard deviation of `SCORED` moments in 19 equal bins of each
    variable, with e^2 the squared uncertainties of mean and standard deviation, added (as published with the paper).
    """
    sets = generated, reference
    xs, ys = [variables(events["parameters"]) for events in sets], [observed(events) for events in sets]
    terms = np.empty((len(SCORED), len(VARIABLES), BINS, 2))
    for j, variable in enumerate(VARIABLES):
        edges = even_edges(*(x[variable] for x in xs))
        for i, moment in enumerate(SCORED):
            p, q = (bands(x[variable], y[moment], edges) for x, y in zip(xs, ys, strict=True))
            squared = np.sum(p[2:] ** 2 + q[2:] ** 2, axis=0)
            for k, sign in enumerate((1, -1)):
                difference = p[0] + sign * p[1] - q[0] - sign * q[1]
                terms[i, j, :, k] = difference**2 / np.where(squared > 0, squared, np.nan)
    return terms


def score(generated: Events, reference: Events) -> float:
    """The paper's score, the sum of the 950 `profile_terms`: about 950 if samples differ by chance, more if they do."""
    return float(np.nansum(profile_terms(generated, reference)))


def histograms(events: Mapping[str, np.ndarray]) -> Counts:
    """Counts in the bins of `EDGES` by name, of events {"amplitude", "drift_length", "pad_coordinate", ...}.

    Residuals are barycentres less where the track is. Values that are undefined are not counted.
    """
    amplitude = events["amplitude"]
    values = observed({"amplitude": amplitude})
    with np.errstate(divide="ignore"):
        values |= {"log_sum": np.log10(values["sum"]), "log_largest": np.log10(amplitude.max(axis=(1, 2)))}
    values |= {"digits": np.count_nonzero(amplitude, axis=(1, 2)).astype(float)}
    values["pad_residual"] = values["pad_mean"] - np.ravel(events["pad_coordinate"]) % 1
    values["time_residual"] = values["time_mean"] - np.ravel(events["drift_length"]) % 1
    counts = {}
    for name, edges in EDGES.items():
        inside = np.searchsorted(edges[1:-1], values[name][np.isfinite(values[name])], side="right")
        counts[name] = np.bincount(inside, minlength=len(edges) - 1)
    return counts


def even_edges(*samples: np.ndarray, bins: int = BINS) -> np.ndarray:
    """The edges (bins + 1,) of equal bins from the least to the largest of all `samples`."""
    return np.linspace(min(x.min() for x in samples), max(x.max() for x in samples), bins + 1)
