"""The figures of the evaluation: each function draws numbers made in evaluate.py and writes one PNG."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm

from reproductions.tpc_gan.constants import BUCKETS, PADS
from reproductions.tpc_gan.data import Events
from reproductions.tpc_gan.moments import MOMENTS
from reproductions.tpc_gan.observables import VARIABLES, bands, observed, variables
from zoo import plotting

LEGEND = {"reference": "held out", "generated": "generated", "raw": "generated, before the threshold"}
COLOURS = {"reference": "0.35", "generated": str(plotting.STYLES["generated"]["color"]), "raw": "#0072b2"}
LABELS = {
    "pad_mean": "pad barycentre [pads]",
    "time_mean": "time barycentre [buckets]",
    "pad_variance": "pad variance [pads$^2$]",
    "time_variance": "time variance [buckets$^2$]",
    "covariance": "covariance [pads buckets]",
    "sum": "$\\log_{10}$ sum [ADC counts]",  # the tail of the energy loss makes the sum's own spread meaningless
    "crossing_angle": "crossing angle [°]",
    "dip_angle": "dip angle [°]",
    "drift_length": "drift length [time buckets]",
    "time_fraction": "fraction of a time bucket",
    "pad_fraction": "fraction of a pad",
}
PANELS = (
    ("pad_variance", "drift_length"),
    ("time_variance", "dip_angle"),
    ("covariance", "crossing_angle"),
    ("pad_mean", "pad_fraction"),
    ("time_variance", "drift_length"),
    ("sum", "dip_angle"),
)
EVERY = [(moment, variable) for moment in MOMENTS for variable in VARIABLES]
BINS = 20
SHOWN = 5  # pairs of responses


def draw(folder: Path, metrics: Mapping, sets: Mapping[str, Events], raw: Events) -> None:
    """All figures; `sets` holds the events "generated" and "reference", `raw` those before the threshold."""
    title = f"responses of {len(raw['amplitude'])} segments: mean and standard deviation"
    profiles(folder / "overview.png", sets, PANELS, 3, title)
    profiles(folder / "profiles.png", sets, EVERY, len(VARIABLES), title)
    examples(folder / "examples.png", sets)
    amplitudes(folder / "amplitudes.png", {**sets, "raw": raw})
    resolution(folder / "resolution.png", metrics["resolution"])


def profiles(
    path: Path,
    sets: Mapping[str, Events],
    pairs: Sequence[tuple[str, str]],
    columns: int,
    title: str,
    legend: Mapping[str, str] = LEGEND,
) -> None:
    """(moment, variable) in each panel: the mean and mean +- standard deviation, as lines with their uncertainties."""
    rows = -(-len(pairs) // columns)
    xs = {name: variables(events["parameters"]) for name, events in sets.items()}
    ys = {name: observed(events) for name, events in sets.items()}
    ys = {name: {**found, "sum": np.log10(found["sum"])} for name, found in ys.items()}
    with plotting.figure(path, 3.1 * columns, 2.2 * rows + 0.4, dpi=90) as page:
        panels = np.ravel(page.subplots(rows, columns))
        for panel, (moment, variable) in zip(panels, pairs, strict=True):
            together = np.concatenate([x[variable] for x in xs.values()])
            edges = np.linspace(together.min(), together.max(), BINS + 1)
            for name in sets:
                _band(panel, edges, bands(xs[name][variable], ys[name][moment], edges), COLOURS[name], legend[name])
            panel.set_xlim(edges[0], edges[-1])
            panel.set_xlabel(LABELS[variable])
            panel.set_ylabel(LABELS[moment])
        handles, names = panels[0].get_legend_handles_labels()
        page.legend(handles, names, loc="outside upper right", ncols=2, fontsize=9)
        page.suptitle(title, x=0.02, ha="left", fontsize=10)


def examples(path: Path, sets: Mapping[str, Events]) -> None:
    """Responses to the same segments, the real one above the generated one."""
    with plotting.figure(path, 10, 3.2) as page:
        panels = page.subplots(2, SHOWN)
        top = max(sets["reference"]["amplitude"][:SHOWN].max(), 10)
        extent = BUCKETS[0] - 0.5, BUCKETS[-1] + 0.5, PADS[-1] + 0.5, PADS[0] - 0.5
        for row, name in zip(panels, ("reference", "generated"), strict=True):
            for panel, picture, parameters in zip(row, sets[name]["amplitude"], sets[name]["parameters"], strict=False):
                shown = np.where(picture > 0, picture, np.nan)
                drawn = plotting.image(panel, shown, norm=LogNorm(1, top), cmap=plotting.SEQUENTIAL, extent=extent)
                panel.set_aspect("auto")
                if name == "reference":
                    panel.set_title("{:.0f}°, {:.0f}°, {:.0f} buckets".format(*parameters[:3]))
            row[0].set_ylabel(LEGEND[name])
        page.colorbar(drawn, ax=panels, shrink=0.9, label="ADC counts")
        page.suptitle("8 pads (down) x 16 time buckets; crossing and dip angle, drift length", fontsize=9)


def amplitudes(path: Path, sets: Mapping[str, Events]) -> None:
    """The spectrum of amplitudes, and the number of digits."""
    with plotting.figure(path, 8, 3) as page:
        left, right = page.subplots(1, 2)
        edges = np.geomspace(0.05, 5000, 101)
        for name, events in sets.items():
            counts = np.histogram(events["amplitude"], edges)[0] / len(events["amplitude"])
            left.stairs(counts, edges, color=COLOURS[name], label=LEGEND[name])
        left.set_xscale("log")
        left.set_yscale("log")
        left.set_xlabel("amplitude [ADC counts]")
        left.set_ylabel("digits of a response in a bin")
        left.legend()
        whole = np.arange(-0.5, 60.5)
        for name in ("reference", "generated"):
            digits = np.count_nonzero(sets[name]["amplitude"], axis=(1, 2))
            right.stairs(np.histogram(digits, whole)[0] / len(digits), whole, color=COLOURS[name], label=LEGEND[name])
        right.set_xlabel("digits of a response")
        right.set_ylabel("fraction of the responses")
        right.legend()


def resolution(path: Path, found: Mapping[str, Mapping]) -> None:
    """Bias and resolution of a hit by centre of gravity, against angle and drift length."""
    columns = [(name, variable) for name in ("pad", "time") for variable in found["reference"][name]]
    with plotting.figure(path, 12, 4.6) as page:
        panels = page.subplots(2, len(columns))
        for column, (name, variable) in zip(panels.T, columns, strict=True):
            for panel, what in zip(column, ("bias", "resolution"), strict=True):
                for source in ("reference", "generated"):
                    one = found[source][name][variable]
                    edges = np.array(one["edges"])
                    values, errors = (
                        np.array([number[key] for number in one[what]], float) for key in ("value", "uncertainty")
                    )
                    panel.errorbar(
                        (edges[1:] + edges[:-1]) / 2,
                        values,
                        errors,
                        marker="o",
                        markersize=3,
                        linewidth=1,
                        color=COLOURS[source],
                        label=LEGEND[source],
                    )
                panel.set_ylabel(f"{name} {what} [{'pads' if name == 'pad' else 'buckets'}]")
                panel.set_xlabel(LABELS[variable])
            column[1].set_ylim(bottom=0)
        handles, names = panels[0, 0].get_legend_handles_labels()
        page.legend(handles, names, loc="outside upper right", ncols=2, fontsize=9)


def _band(panel: Axes, edges: np.ndarray, band: np.ndarray, colour: str, label: str) -> None:
    mean, spread, mean_error, spread_error = band
    centres = (edges[1:] + edges[:-1]) / 2
    error = np.hypot(mean_error, spread_error)
    panel.errorbar(centres, mean, mean_error, color=colour, linewidth=1.2, label=label)
    for sign in (1, -1):
        edge = mean + sign * spread
        panel.plot(centres, edge, color=colour, linewidth=0.6)
        panel.fill_between(centres, edge - error, edge + error, color=colour, alpha=0.3, linewidth=0)
