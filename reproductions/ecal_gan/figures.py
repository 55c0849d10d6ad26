"""The figures of the evaluation: each function draws numbers made in evaluate.py and writes one PNG."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm

from reproductions.ecal_gan import published
from reproductions.ecal_gan.data import CELL, ROWS, Showers, beam_energy
from reproductions.ecal_gan.observables import ENERGY_EDGES, OBSERVABLES, THRESHOLDS
from zoo import plotting
from zoo.data.distributions import Counts

LEGEND = {
    "reference": "Geant4 (held out)",
    "generated": "generated",
    "library": "shower library",
    "published_reference": "Geant4, published",
    "published_generated": "GAN, published",
}
LIBRARY: dict[str, Any] = {"color": "#009e73", "linewidth": 0.9, "linestyle": (0, (4, 1))}
GENERATED = plotting.STYLES["generated"]["color"]
COLOURS = {"reference": "0.45", "generated": GENERATED, "library": LIBRARY["color"]}
EXTENT = ROWS * CELL / 20  # cm from the centre to the edge
EDGES = (-EXTENT, EXTENT, -EXTENT, EXTENT)
LEAST = 1.0  # MeV, the smallest energy on a colour scale
ENERGY_TICKS = (1, 2, 5, 10, 20, 50, 100)  # GeV
SHOWN = (2.0, 10.0, 30.0, 80.0)  # GeV, about the energies of the showers that are drawn


def overview(path: Path, counts: Mapping[str, Counts]) -> None:
    """Six observables, with the ratio to Geant4."""
    with plotting.figure(path, 9, 6.4, dpi=90) as page:
        panels = page.subplots(4, 3, height_ratios=(3, 1, 3, 1))
        _comparisons(panels, counts)
        handles, labels = panels[0, 0].get_legend_handles_labels()
        page.legend(handles, [LEGEND[label] for label in labels], loc="outside upper right", ncols=2, fontsize=9)
        page.suptitle("electron showers in the LHCb ECAL", x=0.05, ha="left", fontsize=10)


def inside_geant4(path: Path, counts: Mapping[str, Counts], costs: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> None:
    """Full and fast simulation by the same Geant4, few showers of each: six observables, and what a shower costs.

    `counts` are of "reference", the full one, and "generated". `costs`, by legend, are energies (n,), GeV, and CPU
    milliseconds (n,); the first is the full simulation.
    """
    with plotting.figure(path, 11, 6.4, dpi=90) as page:
        ((left, right),) = page.subfigures(1, 2, squeeze=False, width_ratios=(2.6, 1))
        panels = left.subplots(4, 3, height_ratios=(3, 1, 3, 1))
        _comparisons(panels, counts, join=2)
        panel = right.subplots()
        for (name, (energy, cost)), colour in zip(costs.items(), ("0.45", GENERATED, "#0072b2"), strict=True):
            panel.plot(energy, cost, ".", markersize=2.5, color=colour, label=f"{name}, mean {cost.mean():.3g}")
        panel.set_xscale("log")
        panel.set_yscale("log")
        panel.set_xticks(ENERGY_TICKS, [f"{energy:g}" for energy in ENERGY_TICKS])
        panel.set_xticks([], minor=True)
        panel.set_xlabel("energy of the electron [GeV]")
        panel.set_ylabel("CPU time of a shower [ms]")
        panel.set_ylim(top=4 * panel.get_ylim()[1])
        panel.legend(loc="upper left", markerscale=3, fontsize=7)
        handles, _ = panels[0, 0].get_legend_handles_labels()
        page.legend(
            handles, ("full simulation", "generator inside Geant4"), loc="outside upper right", ncols=2, fontsize=9
        )
        page.suptitle("the same electrons, full and fast", x=0.05, ha="left", fontsize=10)


def shapes(path: Path, counts: Mapping[str, Counts], metrics: Mapping) -> None:
    """Every observable, ours above; below the published ones, of their own simulation, with their definitions."""
    theirs = published.load()
    with plotting.figure(path, 15, 5.6) as page:
        panels = page.subplots(2, len(OBSERVABLES))
        for i, (name, (above, below)) in enumerate(zip(OBSERVABLES, panels.T, strict=True)):
            _histogram(above, name, counts)
            above.set_title(f"KS {metrics['generated']['ks'][name]['value']:.3f}")
            if name not in theirs:
                below.set_axis_off()
                continue
            one = theirs[name]
            densities = {
                "published_reference": _density(one.geant4, one.edges),
                "published_generated": _density(one.gan, one.edges),
            }
            plotting.histograms(below, one.edges, densities, label=_label(name))
            below.set_title(f"KS {metrics['published'][name]:.3f}")
            if i == 0:
                _legend(above)
                _legend(below)


def showers(path: Path, sets: Mapping[str, Showers]) -> None:
    """A shower of each of four energies, and what the generator and the library make of its momentum and point."""
    beam = beam_energy(sets["reference"]["momentum"])
    chosen = [np.abs(np.log(beam / energy)).argmin() for energy in SHOWN]
    with plotting.figure(path, 9, 7) as page:
        panels = page.subplots(len(sets), len(chosen))
        for row, (source, one) in zip(panels, sets.items(), strict=True):
            for panel, event in zip(row, chosen, strict=True):
                norm = LogNorm(LEAST, sets["reference"]["energy"][event].max())
                drawn = _image(panel, one["energy"][event], norm)
                if source == "reference":
                    panel.set_title(f"{beam[event]:.1f} GeV")
                page.colorbar(drawn, ax=panel, label="cell energy [MeV]" if panel is row[-1] else None)
            row[0].set_ylabel(LEGEND[source])


def mean_images(path: Path, sets: Mapping[str, Showers]) -> None:
    """The mean showers, ours and the published one, which are wider in cells: see the README."""
    images = {LEGEND[source]: one["energy"].mean(axis=0) for source, one in sets.items()}
    images["Geant4, published"] = published.mean_image()
    with plotting.figure(path, 12, 3.2) as page:
        for panel, (title, picture) in zip(page.subplots(1, len(images)), images.items(), strict=True):
            drawn = _image(panel, picture, LogNorm(0.1, 500))
            panel.set_title(title)
        page.colorbar(drawn, ax=page.axes, label="mean cell energy [MeV]")


def sparsity(path: Path, fractions: Mapping[str, np.ndarray]) -> None:
    """The mean fraction of cells above a threshold, ours and the published ones."""
    theirs = published.occupancy()
    with plotting.figure(path, 5, 4) as page:
        panel = page.subplots()
        for source, values in fractions.items():
            width = 4 if source == "reference" else 1.2  # the library may lie on it
            panel.plot(THRESHOLDS, values, color=COLOURS[source], linewidth=width, label=LEGEND[source])
        for source, values in (("published_reference", theirs.geant4), ("published_generated", theirs.gan)):
            style: dict[str, Any] = {key: plotting.STYLES[source][key] for key in ("color", "linewidth")}
            panel.plot(10**theirs.thresholds, values, linestyle=(0, (2, 1)), label=LEGEND[source], **style)
        panel.set_xscale("log")
        panel.set_yscale("log")
        panel.set_ylim(1e-5, 0.5)
        panel.set_xlabel("threshold [MeV]")
        panel.set_ylabel("mean fraction of cells above")
        panel.legend()


def response(path: Path, rows: Mapping[str, list]) -> None:
    """Response and resolution against the energy of the electron."""
    centres = np.sqrt(ENERGY_EDGES[1:] * ENERGY_EDGES[:-1])
    with plotting.figure(path, 8, 3.4) as page:
        for panel, (key, label) in zip(
            page.subplots(1, 2), {"mean": "deposit / energy", "resolution": "relative resolution"}.items(), strict=True
        ):
            for i, (source, bins) in enumerate(rows.items()):
                value, error = (
                    [np.nan if one[key][part] is None else one[key][part] for one in bins]
                    for part in ("value", "uncertainty")
                )
                panel.errorbar(
                    centres * (1 + 0.04 * (i - 1)),
                    value,
                    error,
                    color=COLOURS[source],
                    marker="o",
                    markersize=3,
                    linestyle="none",
                    label=LEGEND[source],
                )
            panel.set_xscale("log")
            panel.set_xticks(ENERGY_TICKS, [f"{energy:g}" for energy in ENERGY_TICKS])
            panel.set_xticks([], minor=True)
            panel.set_xlabel("energy [GeV]")
            panel.set_ylabel(label)
            panel.set_ylim(bottom=0 if key == "resolution" else None)
        panel.legend()


def asymmetries(path: Path, counts: Mapping[str, Counts], reference: Counts, distances: Mapping) -> None:
    """The asymmetries of several models, by name, each against Geant4, with their KS distances."""
    names = ("asymmetry_long", "asymmetry_trans")
    with plotting.figure(path, 3.4 * len(counts), 5.4) as page:
        columns = page.subplots(len(names), len(counts), squeeze=False).T
        for column, (model, found) in zip(columns, counts.items(), strict=True):
            for panel, name in zip(column, names, strict=True):
                _histogram(panel, name, {"reference": reference, "generated": found})
                one = distances[model][name]
                panel.set_title(f"{model}: KS {one.value:.3f} ± {one.uncertainty:.3f}")
        _legend(columns[0, 0])


def _comparisons(panels: np.ndarray, counts: Mapping[str, Counts], join: int = 1) -> None:
    """Six observables on axes (4, 3), each above its ratio; of their bins so many are joined."""
    names = ("width_trans", "width_long", "response", "asymmetry_trans", "asymmetry_long", "delta_x")
    for i, name in enumerate(names):
        above, below = panels[2 * (i // 3) : 2 * (i // 3) + 2, i % 3]
        shown = {source: counts[source][name].reshape(-1, join).sum(axis=1) for source in ("reference", "generated")}
        symbol, _, unit = _label(name).rstrip("]").partition(" [")
        plotting.comparison(above, below, OBSERVABLES[name].edges[::join], shown, label=symbol, unit=unit)


def _histogram(panel: Axes, name: str, counts: Mapping[str, Counts]) -> None:
    edges = OBSERVABLES[name].edges
    densities = {source: _density(found[name], edges) for source, found in counts.items()}
    plotting.histograms(panel, edges, densities, label=_label(name))
    if "library" in densities:
        panel.stairs(densities["library"], edges, label="library", **LIBRARY)
    panel.set_ylim(top=1.3 * panel.get_ylim()[1])


def _legend(panel: Axes) -> None:
    handles, names = panel.get_legend_handles_labels()
    panel.legend(handles, [LEGEND[name] for name in names], fontsize=6, loc="upper right")


def _image(panel: Axes, picture: np.ndarray, norm: LogNorm):
    # x to the right and y upwards, cells below the scale white
    masked = np.ma.masked_less(picture.T, norm.vmin or 0)
    return plotting.image(panel, masked, norm=norm, cmap=plotting.SEQUENTIAL, origin="lower", extent=EDGES)


def _density(content: np.ndarray, edges: np.ndarray) -> np.ndarray:
    return content / (max(content.sum(), 1) * np.diff(edges))


def _label(name: str) -> str:
    observable = OBSERVABLES[name]
    return observable.label + (f" [{observable.unit}]" if observable.unit else "")
