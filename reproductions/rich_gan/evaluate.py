"""tmp"""
import numpy as np
from reproductions.rich_gan import data
from reproductions.rich_gan.constants import DLLS
from zoo.metrics import weighted_kolmogorov_smirnov
AT_ONCE = 8192
SCORED = {"P": 4, "eta": 3}

def score(generated, reference):
    cells = [np.searchsorted(np.quantile(reference[n], np.arange(1, k) / k), reference[n]) for n, k in SCORED.items()]
    cell = cells[0] * SCORED["eta"] + cells[1]
    distances = []
    for i in range(12):
        rows = cell == i
        w = reference["weight"][rows]
        distances += [weighted_kolmogorov_smirnov(generated[name][rows], reference[name][rows], w, w) for name in DLLS]
    return float(np.mean(distances))
