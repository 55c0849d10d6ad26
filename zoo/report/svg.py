"""Pictures as SVG: nothing but shapes with classes, whose colours the style sheet of the page chooses.

Why not a library: a page of forty pictures is then some hundred kilobytes instead of the four megabytes of a plotting
library inlined, is seen without running a line of script, prints, follows the reader's colour scheme, and the script
that tells of the bin under the pointer reads the table behind the picture.
"""

from collections.abc import Callable, Sequence

import numpy as np
from markupsafe import Markup
from matplotlib.ticker import LogLocator, MaxNLocator

from zoo import plotting
from zoo.report.pictures import Curve, Histogram, Pair, Series
from zoo.report.text import number

WIDTH, LEFT, RIGHT = 360, 52, 344
TOP, BOTTOM = 16, 166  # of the histograms, or of a curve
RATIO_TOP, RATIO_BOTTOM = 176, 226
HEIGHT, CURVE_HEIGHT = 246, 186
GAP = 12  # between a frame and the numbers below it

Transform = Callable[[np.ndarray], np.ndarray]


def histogram(picture: Histogram) -> Markup:
    """Densities of all series above, ratios of all pairs below, each with its error."""
    panel, edges = picture.panel, picture.edges
    densities = {one.style: np.nan_to_num(one.fractions[0] / np.diff(edges)) for one in picture.series}
    log_x, log_y = panel.log_x and edges[0] > 0, panel.log_y
    left, right, bottom, top = plotting.limits(edges, densities, log_y) or (edges[0], edges[-1], 0.0, 1.0)
    x, y = _scale(left, right, LEFT, RIGHT, log_x), _scale(bottom, top, BOTTOM, TOP, log_y)
    shapes = [_frame(TOP, BOTTOM), _x_ticks(x, left, right, log_x, RATIO_BOTTOM), _y_ticks(y, bottom, top, log_y)]
    shapes += [_text("name", LEFT, TOP - 5, f"density [1/{panel.unit}]" if panel.unit else "density")]
    shapes += [_steps(one, x(edges), y(densities[one.style]), bool(i)) for i, one in enumerate(picture.series)]
    shapes += [_frame(RATIO_TOP, RATIO_BOTTOM), *_ratios(picture.pairs, edges, x)]
    shapes += [f'<rect class="cursor" y="{TOP}" height="{RATIO_BOTTOM - TOP}" hidden=""/>']
    return _svg(HEIGHT, picture.title.striptags(), "; ".join(picture.summary()), x(edges), shapes)


def curve(picture: Curve) -> Markup:
    """A line through what was logged; logarithmic where all is positive."""
    values, hours = picture.values, picture.hours
    log = bool((values > 0).all()) and values.max() > 3 * values.min()
    low, high = (values.min() / 1.2, values.max() * 1.2) if log else _around(values)
    x, y = _scale(0.0, hours.max() * 1.02 or 1.0, LEFT, RIGHT), _scale(low, high, BOTTOM, TOP, log)
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x(hours), y(values), strict=True))
    middles = np.concatenate([[0.0], (hours[1:] + hours[:-1]) / 2, [hours.max() * 1.02]])
    shapes = [_frame(TOP, BOTTOM), _x_ticks(x, 0.0, hours.max() * 1.02, False, BOTTOM), _y_ticks(y, low, high, log)]
    shapes += [_text("name", LEFT, TOP - 5, picture.title), f'<polyline class="line generated" points="{points}"/>']
    shapes += [
        f'<circle class="point generated" cx="{a:.1f}" cy="{b:.1f}" r="2"/>'
        for a, b in zip(x(hours), y(values), strict=True)
    ]
    shapes += [f'<rect class="cursor" y="{TOP}" height="{BOTTOM - TOP}" hidden=""/>']
    about = f"{len(values)} epochs, the last {values[-1]:.4g}, the least {values.min():.4g}"
    return _svg(CURVE_HEIGHT, picture.title, about, x(middles), shapes)


def _svg(height: int, title: str, about: str, places: np.ndarray, shapes: Sequence[str]) -> Markup:
    start = Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}" data-x="{}">')
    places = np.clip(places, LEFT, RIGHT)
    head = start.format(WIDTH, height, f"{title}: {about}", " ".join(f"{place:.1f}" for place in places))
    return head + Markup("".join(shapes)) + Markup("</svg>")


def _scale(low: float, high: float, first: float, last: float, log: bool = False) -> Transform:
    """From numbers to places on the page; what is beyond the ends is put there."""
    change = np.log10 if log else np.asarray
    start, end = (float(change(one)) for one in (low, high))

    def place(values: np.ndarray) -> np.ndarray:
        values = np.maximum(values, low / 10) if log else np.asarray(values, float)
        share = np.clip((change(values) - start) / ((end - start) or 1.0), 0, 1)
        return first + share * (last - first)

    return place


def _around(values: np.ndarray) -> tuple[float, float]:
    margin = 0.08 * (np.ptp(values) or abs(values[0]) or 1.0)
    return float(values.min() - margin), float(values.max() + margin)


def _frame(top: int, bottom: int) -> str:
    return f'<rect class="frame" x="{LEFT}" y="{top}" width="{RIGHT - LEFT}" height="{bottom - top}"/>'


def _text(kind: str, x: float, y: float, text: str) -> str:
    return str(Markup('<text class="{}" x="{}" y="{}">{}</text>').format(kind, f"{x:.1f}", f"{y:.1f}", text))


def _ticks(low: float, high: float, log: bool, most: int) -> np.ndarray:
    if log and high > 30 * low:
        ticks = LogLocator(numticks=most).tick_values(low, high)
    elif log and high > 5 * low:
        ticks = LogLocator(subs=(1, 2, 5), numticks=most).tick_values(low, high)
    else:
        ticks = MaxNLocator(most, steps=[1, 2, 5, 10]).tick_values(low, high)
    margin = 1e-9 * (high - low)
    return np.array([tick for tick in ticks if low - margin <= tick <= high + margin])


def _x_ticks(x: Transform, low: float, high: float, log: bool, bottom: int) -> str:
    ticks = _ticks(low, high, log, 6)
    return "".join(
        f'<path class="tick" d="M{place:.1f} {bottom}v-4"/>' + _text("x", place, bottom + GAP, number(tick))
        for tick, place in zip(ticks, x(ticks), strict=True)
    )


def _y_ticks(y: Transform, low: float, high: float, log: bool) -> str:
    ticks = _ticks(low, high, log, 5)
    return "".join(
        f'<path class="tick" d="M{LEFT} {place:.1f}h4"/>' + _text("y", LEFT - 4, place + 3.5, number(tick))
        for tick, place in zip(ticks, y(ticks), strict=True)
    )


def _steps(one: Series, x: np.ndarray, heights: np.ndarray, above: bool) -> str:
    """A histogram as steps; the first one, which lies below the others, filled."""
    path = f"M{x[0]:.1f} {BOTTOM}" + "".join(
        f"V{height:.1f}H{place:.1f}" for height, place in zip(heights, x[1:], strict=True)
    )
    return f'<path class="{"line" if above else "filled"} {one.style}" d="{path}V{BOTTOM}"/>'


def _ratios(pairs: Sequence[Pair], edges: np.ndarray, x: Transform) -> list[str]:
    """One axis for all ratios, that of ours: what was published may lie beyond it."""
    ours = [pair for pair in pairs if not pair.generated.style.startswith("published")] or pairs
    limit = max(_quotient(pair, edges).high for pair in ours)
    found = [_quotient(pair, edges, limit) for pair in pairs]
    low, high, log = found[0].low, found[0].high, found[0].logarithmic
    y = _scale(low, high, RATIO_BOTTOM, RATIO_TOP, log)
    ticks = np.array([low, 1.0, high])
    shapes = [_text("y", LEFT - 4, place + 3.5, number(round(t, 3))) for t, place in zip(ticks, y(ticks), strict=True)]
    shapes += [f'<path class="one" d="M{LEFT} {y(np.array(1.0)):.1f}H{RIGHT}"/>']
    for pair, one in zip(pairs, found, strict=True):
        shapes += [_points(pair.generated.style, one, x, y)]
    return shapes


def _quotient(pair: Pair, edges: np.ndarray, limit: float | None = None) -> plotting.Quotient:
    counts = {"generated": pair.generated.counts, "reference": pair.reference.counts}
    return plotting.quotient(edges, {name: np.nan_to_num(values) for name, values in counts.items()}, limit)


def _points(style: str, one: plotting.Quotient, x: Transform, y: Transform) -> str:
    """A ratio as points with errors, joined bins as bars; triangles at the end of the axis for what is beyond."""
    left, right = x(one.edges[:-1]), x(one.edges[1:])
    path, beyond = "", ""
    for i in np.flatnonzero(one.filled & ~one.over & ~one.under & (right > left)):
        middle = (left[i] + right[i]) / 2
        low, place, high = y(one.values[i] + one.errors[i] * np.array([-1, 0, 1]))
        path += f"M{left[i]:.1f} {place:.1f}H{right[i]:.1f}M{middle:.1f} {low:.1f}V{high:.1f}"
    for chosen, at, up in ((one.over, RATIO_TOP + 2, 1), (one.under, RATIO_BOTTOM - 2, -1)):
        for middle in ((left + right) / 2)[chosen & (right > left)]:
            beyond += f"M{middle:.1f} {at}l2.5 {4 * up}h-5z"
    return f'<path class="line {style}" d="{path}"/>' + (
        f'<path class="beyond {style}" d="{beyond}"/>' if beyond else ""
    )
