"""The published figures of arXiv:1812.01319 and the CHEP 2018 talk, as numbers read off their vector graphics.

| file           |                                                                                              |
|----------------|----------------------------------------------------------------------------------------------|
| OBSERVABLE.csv | counts in bins, of Geant4 and of the GAN; exact: densities times bin width are whole numbers |
| occupancy.csv  | fraction of cells above log10(threshold / MeV), mean and band                                |
| mean_image.csv | mean energies (MeV) of 30 x 30 cells                                                         |

Widths come from 10,000 showers, those outside the axes left out; the others from 29,600.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np

FOLDER = Path(__file__).parent
OBSERVABLES = ("width_trans", "width_long", "delta_x", "asymmetry_trans", "asymmetry_long")


class Histogram(NamedTuple):
    """Edges (bins + 1,) and counts (bins,)."""

    edges: np.ndarray
    geant4: np.ndarray
    gan: np.ndarray


class Occupancy(NamedTuple):
    """log10 of the thresholds in MeV, and the mean fractions of cells above, (k,) each."""

    thresholds: np.ndarray
    geant4: np.ndarray
    gan: np.ndarray


def load() -> dict[str, Histogram]:
    """The published histograms by the names of our observables; lengths in cm."""
    found = {}
    for name in OBSERVABLES:
        table = _table(name)
        found[name] = Histogram(np.append(table[:, 0], table[-1, 1]), table[:, 4], table[:, 5])
    return found


def distance(histogram: Histogram) -> float:
    """The largest difference of the cumulative distributions at the edges of the bins, GAN against Geant4.

    >>> distance(Histogram(np.arange(3), np.array([1, 1]), np.array([2, 0])))
    0.5
    """
    below = [np.cumsum(counts) / counts.sum() for counts in (histogram.geant4, histogram.gan)]
    return float(np.abs(below[0] - below[1]).max())


def occupancy() -> Occupancy:
    """The published mean fractions of cells above thresholds."""
    return Occupancy(*_table("occupancy")[:, :3].T)


def mean_image() -> np.ndarray:
    """The published mean shower (30, 30), MeV."""
    return np.loadtxt(FOLDER / "mean_image.csv", delimiter=",")


def _table(name: str) -> np.ndarray:
    return np.loadtxt(FOLDER / f"{name}.csv", delimiter=",", skiprows=1)
