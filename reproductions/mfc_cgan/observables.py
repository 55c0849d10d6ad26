"""What is compared of events: the six features at each beam energy, in 50 bins."""

import numpy as np

from reproductions.mfc_cgan import data
from zoo.data.distributions import Counts
from zoo.metrics import Measurement, hellinger, mean

BINS = 50


def edges(energy: float) -> dict[str, np.ndarray]:
    """The edges (51,) of the histograms of each feature at a beam energy; the first and last bin hold all beyond.

    50 bins: log-uniform in the muon's energy (0.4 to 60 % of the beam's), in what the carrier leaves of the beam's
    energy, and in pT (0.01 to 1.5 GeV); uniform in eta, which grows with log(beam energy).
    """
    share = energy * np.geomspace(0.004, 0.6, BINS + 1)
    pT, boost = np.geomspace(0.01, 1.5, BINS + 1), np.log(energy / 100)
    muon = {"mu_E": share, "mu_pT": pT, "mu_eta": boost + np.linspace(1.5, 8.5, BINS + 1)}
    return muon | {"mfc_E": energy - share[::-1], "mfc_pT": pT, "mfc_eta": boost + np.linspace(4.5, 10.5, BINS + 1)}


def histograms(events: data.Events) -> Counts:
    """Counts in the bins of `edges`, by "100 GeV mu_E" and so on for every beam energy there is; NaN is not counted."""
    counts = {}
    for energy in data.energies(events):
        own = data.at(events, energy)
        for feature, bins in edges(energy).items():
            inside = np.searchsorted(bins[1:-1], own[feature][~np.isnan(own[feature])], side="right")
            counts[histogram_name(energy, feature)] = np.bincount(inside, minlength=BINS)
    return counts


def score(generated: data.Events, reference: data.Events) -> Measurement:
    """The mean Hellinger distance over all features and beam energies: 0 if equal, 1 if disjoint."""
    p, q = histograms(generated), histograms(reference)
    return mean(hellinger(p[name], q[name]) for name in q)


def histogram_name(energy: float, feature: str) -> str:
    """The name of the histogram of a feature at a beam energy."""
    return f"{energy:g} GeV {feature}"
