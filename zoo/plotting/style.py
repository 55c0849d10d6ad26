"""The house style, and figures that are written whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import matplotlib
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from zoo.data.files import atomic

SEQUENTIAL, DIVERGING = "viridis", "RdBu_r"

# Who is shown, the same in every figure. The colours stay apart for colour-blind readers (Okabe and Ito).
STYLES = {
    "reference": {"histtype": "fill", "facecolor": "0.84", "edgecolor": "0.55", "linewidth": 0.8},
    "generated": {"histtype": "step", "color": "#d55e00", "linewidth": 1.3},
    "published_reference": {"histtype": "step", "color": "black", "linewidth": 1.0, "linestyle": (0, (2, 1))},
    "published_generated": {"histtype": "step", "color": "#0072b2", "linewidth": 0.9},
}

_HOUSE: dict = {
    "font.size": 8,
    "font.family": "DejaVu Sans",  # ships with matplotlib: the same figure on every machine
    "axes.titlesize": 8,
    "axes.linewidth": 0.7,
    "axes.formatter.limits": (-3, 4),
    "axes.formatter.use_mathtext": True,
    "legend.frameon": False,
    "xtick.direction": "in",
    "ytick.direction": "in",
    "xtick.top": True,
    "ytick.right": True,
    "savefig.facecolor": "white",
}


@contextmanager
def figure(path: str | os.PathLike, width: float, height: float, dpi: int = 120) -> Iterator[Figure]:
    """An empty figure (inches) in the house style, to be drawn on in the block and then written to `path`.

    It belongs to no graphical backend: it needs no display, and there is nothing to close.
    """
    with matplotlib.rc_context(_HOUSE):
        layout = ConstrainedLayoutEngine()
        drawing = Figure(figsize=(width, height), layout=layout)
        yield drawing
        layout.execute(drawing)
        drawing.set_layout_engine("none")  # laid out once: savefig would do it again, and that takes most of its time
        with atomic(path) as temporary:
            drawing.savefig(temporary, dpi=dpi)
