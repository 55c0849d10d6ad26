"""What a figure is made of: panels drawn on given matplotlib axes."""

from collections.abc import Mapping, Sequence

import mplhep
import numpy as np
from matplotlib.axes import Axes
from matplotlib.image import AxesImage
from matplotlib.ticker import LogLocator, NullFormatter

from zoo.plotting.style import DIVERGING, STYLES


def histograms(
    axes: Axes,
    edges: np.ndarray,
    contents: Mapping[str, np.ndarray],
    *,
    label: str,
    log_x: bool = False,
    log_y: bool = False,
) -> None:
    """Draws `contents`, histograms (bins,) under names of `STYLES` with a reference among them, where there is content.

    NaN is drawn as 0. On a linear axis heights above twice the highest reference are cut off, so that one spike cannot
    hide the rest, and so are ends of the axis below 1/300 of the highest reference.
    """
    contents = {name: np.nan_to_num(contents[name]) for name in STYLES if name in contents}
    for name, content in contents.items():  # in the order of STYLES: the filled reference lies below the lines
        mplhep.histplot(content, edges, ax=axes, yerr=False, edges=False, label=name, **STYLES[name])
    heights = np.array(list(contents.values()))
    reference = max(contents[name].max() for name in contents if name.endswith("reference"))
    filled = np.flatnonzero(heights.max(axis=0) > (0 if log_y else reference / 300))
    if log_x:
        axes.set_xscale("log")
    if len(filled):
        low, high = edges[filled[0]], edges[filled[-1] + 1]
        axes.set_xlim(low, high)
        if log_x and np.floor(np.log10(high)) <= np.ceil(np.log10(low)):  # no two powers of ten in it
            axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axes.xaxis.set_major_formatter("{x:g}")
            axes.xaxis.set_minor_formatter(NullFormatter())
        if log_y:
            axes.set_yscale("log")
            axes.set_ylim(heights[heights > 0].min() / 2, heights.max() * 4)
        else:
            axes.set_ylim(0, 1.1 * min(heights.max(), 2 * reference or np.inf))
    axes.set_xlabel(label)


def image(axes: Axes, picture: np.ndarray, **imshow) -> AxesImage:
    """Draws an image, cell by cell and without ticks; `imshow` goes to matplotlib (norm, cmap, extent ...)."""
    axes.set_xticks([])
    axes.set_yticks([])
    return axes.imshow(picture, interpolation="nearest", **imshow)


def matrix(axes: Axes, values: np.ndarray, names: Sequence[str], *, limit: float) -> AxesImage:
    """Draws a square matrix with its numbers, colours from -limit to limit."""
    drawn = axes.imshow(values, cmap=DIVERGING, vmin=-limit, vmax=limit)
    axes.set_xticks(range(len(names)), names)
    axes.set_yticks(range(len(names)), names)
    axes.tick_params(length=0)
    for (row, column), value in np.ndenumerate(values):
        colour = "white" if abs(value) > 0.6 * limit else "black"
        axes.text(column, row, f"{round(value, 2) + 0:.2f}", ha="center", va="center", color=colour)
    return drawn
