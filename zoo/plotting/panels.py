"""What a figure is made of: panels drawn on given matplotlib axes."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import mplhep
import numpy as np
from matplotlib.axes import Axes
from matplotlib.image import AxesImage
from matplotlib.ticker import FixedLocator, LogLocator, MaxNLocator, NullFormatter, NullLocator

from zoo.plotting.style import DIVERGING, STYLES

JOINED = 200  # events: a ratio is then known to about 15 %
RATIO_LIMITS = (1.1, 1.25, 1.5, 2.0, 5.0, 10.0)


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
    if log_x:
        axes.set_xscale("log")
    if span := limits(edges, contents, log_y):
        low, high, bottom, top = span
        axes.set_xlim(low, high)
        if log_x:
            _number(axes, low, high)
        if log_y:
            axes.set_yscale("log")
        axes.set_ylim(bottom, top)
    axes.set_xlabel(label)


def limits(
    edges: np.ndarray, contents: Mapping[str, np.ndarray], log_y: bool = False
) -> tuple[float, float, float, float] | None:
    """Where the axes of `histograms` end: (left, right, bottom, top); None if all is empty."""
    heights = np.array(list(contents.values()))
    reference = max(contents[name].max() for name in contents if name.endswith("reference"))
    filled = np.flatnonzero(heights.max(axis=0) > (0 if log_y else reference / 300))
    if not len(filled):
        return None
    bottom, top = 0.0, 1.1 * min(heights.max(), 2 * reference or np.inf)
    if log_y:
        bottom, top = heights[heights > 0].min() / 2, heights.max() * 4
    return float(edges[filled[0]]), float(edges[filled[-1] + 1]), float(bottom), float(top)


def comparison(
    above: Axes,
    below: Axes,
    edges: np.ndarray,
    counts: Mapping[str, np.ndarray],
    others: Mapping[str, np.ndarray] | None = None,
    *,
    label: str,
    unit: str = "",
    log_x: bool = False,
    log_y: bool = False,
) -> None:
    """Draws densities of `counts` (bins,), "reference" and "generated", above and their `ratio` below.

    `others` are densities that stand above, too, under names of `STYLES`. `unit` is that of the `edges`.
    """
    densities = {name: count / (max(count.sum(), 1) * np.diff(edges)) for name, count in counts.items()}
    histograms(above, edges, densities | dict(others or {}), label="", log_x=log_x, log_y=log_y)
    above.set_ylabel(f"density [1/{unit}]" if unit else "density")
    above.tick_params(labelbottom=False, which="both")
    ratio(below, edges, counts)
    low, high = above.get_xlim()
    if log_x:
        below.set_xscale("log")
        _number(below, low, high)
    below.set_xlim(low, high)
    below.set_xlabel(f"{label} [{unit}]" if unit else label)


def _number(axes: Axes, low: float, high: float) -> None:
    """Plain numbers on the logarithmic axis of x from `low` to `high`, where no two powers of ten are in it."""
    if np.floor(np.log10(high)) > np.ceil(np.log10(low)):
        return
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)) if high > 5 * low else MaxNLocator(5))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())


class Quotient(NamedTuple):
    """A ratio of histograms in the bins with `edges` (k + 1,), on an axis from `low` to `high`.

    `values` and their statistical `errors` (k,) hold where `filled`. A bin is `over` or `under` whose ratio lies beyond
    the axis, or where one histogram has at least five events and the other none.
    """

    edges: np.ndarray
    values: np.ndarray
    errors: np.ndarray
    filled: np.ndarray
    over: np.ndarray
    under: np.ndarray
    low: float
    high: float

    @property
    def logarithmic(self) -> bool:
        """Whether the axis of the ratio is, for ratios of 2 and more."""
        return self.high >= 2


def quotient(edges: np.ndarray, counts: Mapping[str, np.ndarray], limit: float | None = None) -> Quotient:
    """The ratio of "generated" to "reference" of `counts` (bins,), each over its sum, with the errors of Poisson.

    The axis holds all ratios that are known to 20 %: to `limit`, or the least of 1.1, 1.25, 1.5, 2, 5 and 10 that
    suffices; from 2 on it is logarithmic. Neighbours are joined until they hold `JOINED` events together.
    """
    starts = _joined(counts["generated"] + counts["reference"])
    generated, reference = (np.add.reduceat(counts[name], starts).astype(float) for name in ("generated", "reference"))
    filled = (generated > 0) & (reference > 0)
    values, errors = np.ones(len(starts)), np.zeros(len(starts))
    scale = max(reference.sum(), 1) / max(generated.sum(), 1)
    values[filled] = generated[filled] / reference[filled] * scale
    errors[filled] = values[filled] * np.sqrt(1 / generated[filled] + 1 / reference[filled])
    if limit is None:
        known = filled & (errors < 0.2 * values)
        far = np.exp(np.abs(np.log(values[known])).max(initial=0.0))
        limit = next((one for one in RATIO_LIMITS if far <= one), RATIO_LIMITS[-1])
    low = 1 / limit if limit >= 2 else 2 - limit
    over = (filled & (values > limit)) | ((reference == 0) & (generated >= 5))
    under = (filled & (values < low)) | ((generated == 0) & (reference >= 5))
    return Quotient(edges[[*starts, len(edges) - 1]], values, errors, filled, over, under, low, limit)


def ratio(axes: Axes, edges: np.ndarray, counts: Mapping[str, np.ndarray], limit: float | None = None) -> None:
    """Draws the `quotient` of `counts`; a triangle at the end of the axis stands for a bin beyond it."""
    one = quotient(edges, counts, limit)
    centres = (one.edges[1:] + one.edges[:-1]) / 2
    axes.axhline(1, color="0.5", linewidth=0.8)
    drawn: dict[str, Any] = {"linestyle": "none", "color": STYLES["generated"]["color"]}
    inside = one.filled & ~one.over & ~one.under
    widths = np.diff(one.edges)[inside] / 2
    axes.errorbar(centres[inside], one.values[inside], one.errors[inside], widths, linewidth=0.7, **drawn)
    for beyond, at, marker in ((one.over, 0.92, "^"), (one.under, 0.08, "v")):
        heights = np.full(beyond.sum(), at)
        axes.plot(centres[beyond], heights, marker, markersize=2.5, transform=axes.get_xaxis_transform(), **drawn)
    if one.logarithmic:
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(FixedLocator([one.low, 1, one.high]))
        axes.yaxis.set_major_formatter("{x:.3g}")
        axes.yaxis.set_minor_locator(NullLocator())
    axes.set_ylim(one.low, one.high)
    axes.set_ylabel("ratio")


def _joined(events: np.ndarray) -> list[int]:
    """Where joined bins begin: each has at least `JOINED` of `events` (bins,), the last has what is left."""
    starts, held = [0], 0
    for i, number in enumerate(events[:-1], 1):
        held += number
        if held >= JOINED:
            starts.append(i)
            held = 0
    return starts


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
