"""What is compared of showers: widths, centre shift, asymmetries and sparsity (arXiv:1812.01319, section 4)."""

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from reproductions.ecal_gan.data import CELL, DEPTH, ROWS, beam_energy
from zoo.data.distributions import Counts
from zoo.metrics import Measurement, kolmogorov_smirnov, mean
from zoo.observables import projected

ENERGY_EDGES = np.geomspace(1, 100, 7)  # GeV, bins of response and resolution
THRESHOLDS = np.logspace(0, 3, 50)  # MeV, of the published sparsity
STEEP = 0.3  # slope from which a shower in cells of 2 cm has a direction
MM = 0.1  # cm


class Observable(NamedTuple):
    """What a histogram shows: a label for the axis, its unit, and the edges of the bins."""

    label: str
    unit: str
    edges: np.ndarray


OBSERVABLES = {
    "width_trans": Observable("transverse width", "cm", np.linspace(0, 8, 41)),
    "width_long": Observable("longitudinal width", "cm", np.linspace(0, 12, 41)),
    "delta_x": Observable("$\\Delta X$", "cm", np.linspace(-6, 6, 41)),
    "asymmetry_trans": Observable("transverse asymmetry", "", np.linspace(-1, 1, 41)),
    "asymmetry_long": Observable("longitudinal asymmetry", "", np.linspace(-1, 1, 41)),
    "response": Observable("deposit / beam energy", "", np.linspace(0.08, 0.2, 41)),
    "occupancy": Observable("fraction of cells above 1 MeV", "", np.linspace(0, 0.3, 41)),
}


def observables(showers: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The values (n,) of `OBSERVABLES` for showers {"energy", "momentum", "point"}; NaN where undefined."""
    energy = np.asarray(showers["energy"])
    projection = projected.project(showers["momentum"], showers["point"], ROWS, CELL, DEPTH)
    found = projected.shapes(energy, projection)
    for name in ("width_trans", "width_long", "delta_x"):
        found[name] = found[name] * MM
    deposit = energy.sum(axis=(1, 2), dtype=np.float64)
    return found | {
        "response": deposit / beam_energy(showers["momentum"]) / 1000,
        "occupancy": np.mean(energy > 1, axis=(1, 2)),
    }


def histograms(showers: Mapping[str, np.ndarray]) -> Counts:
    """Counts of `OBSERVABLES` by name for showers {"energy", "momentum", "point"}; undefined values do not count."""
    return counted(observables(showers))


def score(generated: Mapping[str, np.ndarray], reference: Mapping[str, np.ndarray]) -> Measurement:
    """The mean Kolmogorov-Smirnov distance over `OBSERVABLES` of two shower sets: 0 if equal, 1 if disjoint.

    An observable that no generated shower has counts as 1.
    """
    ours, true = observables(generated), observables(reference)
    distances = [kolmogorov_smirnov(ours[name], true[name], seed=0, resamplings=2) for name in OBSERVABLES]
    return mean(Measurement(1.0, 0.0) if math.isnan(one.value) else one for one in distances)


def occupancy(showers: Mapping[str, np.ndarray]) -> np.ndarray:
    """The mean fraction of cells above each of `THRESHOLDS`, (k,)."""
    return projected.occupancy(showers["energy"], THRESHOLDS).mean(axis=0)


def counted(values: Mapping[str, np.ndarray]) -> Counts:
    """Counts of values (n,) by name in the bins of `OBSERVABLES`."""
    return {name: np.histogram(values[name], observable.edges)[0] for name, observable in OBSERVABLES.items()}
