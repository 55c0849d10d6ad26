"""What a room says of its histograms, for the report of a model.

A room's ``panels.py`` holds ``LEGEND``, the names of "reference" and "generated" as its figures have them, and
``panels(saved) -> {name: Panel}``, given the `zoo.data.distributions.Distributions` of a model. A histogram without a
panel is shown under its own name.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

Published = tuple[np.ndarray, np.ndarray]


class Panel(NamedTuple):
    """How a histogram is shown.

    Attributes:
        label: what it is of, with matplotlib's mathtext.
        unit: of the edges.
        log_x, log_y: whether the axes are logarithmic.
        group: the condition for which it holds, such as "50 GeV": histograms of one group stand together.
        published: counts (bins,) and their standard deviations of "published_reference" and "published_generated", NaN
            where unknown.
        edges: of the published histograms, where they have bins of their own and so a picture of their own.
    """

    label: str
    unit: str = ""
    log_x: bool = False
    log_y: bool = False
    group: str = ""
    published: Mapping[str, Published] = {}
    edges: np.ndarray | None = None
