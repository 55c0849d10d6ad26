"""What is compared of tracks: the DLLs in bins of P and eta."""

import numpy as np

from reproductions.rich_gan import data
from reproductions.rich_gan.constants import DLLS
from zoo.data.distributions import Counts
from zoo.metrics import weighted_kolmogorov_smirnov

HISTOGRAM_BINS = 50
SCORED = {"P": 4, "eta": 3}  # bins in which the score compares
RANGES = {name: (-80.0, 80.0) for name in DLLS} | {"RichDLLmu": (-50.0, 50.0)}  # of the histograms


def edges() -> dict[str, np.ndarray]:
    """The edges (51,) of the histograms of the DLLs; the first and last bin hold all beyond.

    The bins are narrower near 0, where muons and pions are alike: sinh-spaced.
    """
    grid = np.linspace(-1, 1, HISTOGRAM_BINS + 1)
    return {name: high * np.sinh(4 * grid) / np.sinh(4) for name, (_, high) in RANGES.items()}


def histograms(tracks: data.Tracks) -> Counts:
    """Counts in the bins of `edges`, for tracks below and above 20 GeV; 0 and -999 are counted with their bins."""
    fast = tracks["P"] > 20e3
    counts = {}
    for name, bins in edges().items():
        for label, rows in (("slow", ~fast), ("fast", fast)):
            inside = np.searchsorted(bins[1:-1], tracks[name][rows], side="right")
            counts[f"{name} {label}"] = np.bincount(inside, minlength=HISTOGRAM_BINS)
    return counts


def score(generated: data.Tracks, reference: data.Tracks) -> float:
    """The mean Kolmogorov-Smirnov distance of each DLL in 4 x 3 bins of P and eta of the reference."""
    cell = np.zeros(len(reference["P"]), int)
    for name, bins in SCORED.items():
        cell = cell * bins + binned(reference[name], reference[name], bins)
    distances = []
    for one in np.unique(cell):
        rows = cell == one
        weights = reference["weight"][rows]
        distances += [
            weighted_kolmogorov_smirnov(generated[name][rows], reference[name][rows], weights, weights) for name in DLLS
        ]
    return float(np.mean(distances))


def binned(values: np.ndarray, reference: np.ndarray, bins: int) -> np.ndarray:
    """The bin of each value, among `bins` evenly filled by the reference."""
    return np.searchsorted(np.quantile(reference, np.arange(1, bins) / bins), values, side="right")
