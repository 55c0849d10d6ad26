"""What is compared of showers: the 23 observables of the paper's histograms (arXiv:1705.02355), in its bins."""

import numpy as np

from reproductions.calogan.data import Showers
from reproductions.calogan.published import load
from zoo.data.distributions import Counts
from zoo.metrics import (
    Measurement,
    mean,
    triangular_discrimination,
)
from zoo.observables.calorimeter import shower_shapes


def histograms(showers: Showers) -> Counts:
    """Counts of the 23 observables in their published bins, by name; undefined values are not counted."""
    shapes = shower_shapes(showers)
    return {
        name: np.histogram(shapes[name][np.isfinite(shapes[name])], observable.edges)[0]
        for name, observable in load().items()
    }


def score(generated: Showers, reference: Showers) -> Measurement:
    """The mean triangular discrimination over the 23 published binnings: 0 if equal, 1 if disjoint.

    Samples of finite size do not reach 0, see `zoo.metrics.triangular_floor`. An observable that no generated shower
    has in range counts as 1.
    """
    p, q = histograms(generated), histograms(reference)
    return mean(triangular_discrimination(p[name], q[name]) for name in q)
