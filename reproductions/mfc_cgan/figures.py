"""The figures of the evaluation: each function draws numbers made in evaluate.py and writes one PNG."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.gridspec import SubplotSpec

from reproductions.mfc_cgan import data
from reproductions.mfc_cgan.constants import FEATURES
from zoo import plotting

LEGEND = {"reference": "simulator, held out", "generated": "generated"}
SYMBOLS = {
    "mu_E": "$E_\\mu$ [GeV]",
    "mu_pT": "$p_{T,\\mu}$ [GeV]",
    "mu_eta": "$\\eta_\\mu$",
    "mfc_E": "$E_X$ [GeV]",
    "mfc_pT": "$p_{T,X}$ [GeV]",
    "mfc_eta": "$\\eta_X$",
}
NAMES = {feature: symbol.partition(" [")[0] for feature, symbol in SYMBOLS.items()}
BINS = 100
SHARES, LEAST_SHARE = 30, 0.4  # bins of the carrier's energy at one beam energy, which begin at this share of it
COMMON = 0.999  # share of the held-out events that the axes span


def draw(folder: Path, metrics: Mapping, sets: Mapping[str, data.Events]) -> None:
    """All figures; `sets` holds the events "generated" and "reference"."""
    energies = data.energies(sets["reference"])
    title = f"incoming muons of {energies[0]:g}"
    title += f" to {energies[-1]:g} GeV" if len(energies) > 1 else " GeV"
    features(folder / "overview.png", title, sets)
    if len(energies) > 1:
        lowest = {name: data.at(events, energies[0]) for name, events in sets.items()}
        features(folder / "lowest_energy.png", f"incoming muons of {energies[0]:g} GeV", lowest)
    distances(folder / "hellinger.png", metrics["hellinger"], metrics["mean"]["floor"])
    correlations(folder / "correlations.png", metrics["correlations"])
    balance(folder / "balance.png", sets)


def features(path: Path, title: str, sets: Mapping[str, data.Events]) -> None:
    """The six features: densities, and below each the ratio of the GAN to the simulator with statistical errors.

    Of several beam energies also the carrier's energy at each of them.
    """
    several = len(data.energies(sets["reference"])) > 1
    with plotting.figure(path, 10, 9.2 if several else 6.4, dpi=100) as page:
        rows = page.add_gridspec(2 if several else 1, 1, height_ratios=(2.3, 1) if several else (1,))
        panels = np.asarray(rows[0].subgridspec(4, 3, height_ratios=(3, 1, 3, 1)).subplots())
        if several:
            carrier_energies(rows[1], sets)
        for i, feature in enumerate(FEATURES):
            above, below = panels[2 * (i // 3) : 2 * (i // 3) + 2, i % 3]
            log_x = feature.endswith("pT")
            edges = _edges(sets["reference"][feature], log_x)
            counts = {name: np.histogram(events[feature], edges)[0] for name, events in sets.items()}
            symbol, _, unit = SYMBOLS[feature].rstrip("]").partition(" [")
            plotting.comparison(above, below, edges, counts, label=symbol, unit=unit, log_x=log_x)
            for panel in (above, below):
                panel.set_xlim(edges[0], edges[-1])
        handles, names = panels[0, 0].get_legend_handles_labels()
        page.legend(handles, [LEGEND[name] for name in names], loc="outside upper right", ncols=2, fontsize=9)
        page.suptitle(title, x=0.05, ha="left", fontsize=10)


def carrier_energies(grid: SubplotSpec, sets: Mapping[str, data.Events]) -> None:
    """The carrier's energy at each beam energy, with ratios, side by side in the place `grid` of a figure."""
    energies = data.energies(sets["reference"])
    layout = grid.subgridspec(2, len(energies), height_ratios=(3, 1))
    panels = np.asarray(layout.subplots(sharex="col", sharey="row"))
    for column, energy in zip(panels.T, energies, strict=True):
        edges = energy * np.linspace(LEAST_SHARE, 1, SHARES + 1)
        own = {name: data.at(events, energy)["mfc_E"] for name, events in sets.items()}
        counts = {name: np.histogram(values, edges)[0] for name, values in own.items()}
        shares = {name: counts[name] / len(own[name]) for name in counts}
        plotting.histograms(column[0], edges, shares, label="", log_y=True)
        plotting.ratio(column[1], edges, counts, limit=1.3)
        column[0].set_title(f"{energy:g} GeV")
        column[1].set_xlabel(SYMBOLS["mfc_E"])
        column[1].set_xlim(edges[0], edges[-1])
    for panel in panels[:, 1:].flat:
        panel.set_ylabel("")
    panels[0, 0].set_ylim(1e-4, 1)
    panels[0, 0].set_ylabel("fraction in a bin")


def distances(path: Path, hellinger: Mapping[str, Mapping], floor: float) -> None:
    """The Hellinger distance of each feature against the beam energy, with the floor."""
    with plotting.figure(path, 6, 3.6) as page:
        panel = page.subplots()
        energies = [float(energy) for energy in hellinger]
        for i, feature in enumerate(FEATURES):
            values, errors = zip(
                *((row[feature]["value"], row[feature]["uncertainty"]) for row in hellinger.values()), strict=True
            )
            panel.errorbar(energies, values, errors, marker="o", markersize=3, color=f"C{i}", label=NAMES[feature])
        panel.axhline(floor, color="0.4", linestyle=":", label="floor")
        panel.set_ylim(bottom=0)
        panel.set_xlabel("beam energy [GeV]")
        panel.set_ylabel("Hellinger distance")
        panel.legend(ncols=2)


def correlations(path: Path, matrices: Mapping[str, list]) -> None:
    """The correlation matrices of the features over all beam energies, and their difference."""
    tables = {name: np.array(matrix, float) for name, matrix in matrices.items()}
    with plotting.figure(path, 12, 3.6) as page:
        panels = page.subplots(1, 3)
        for panel, values, limit, title in (
            (panels[0], tables["reference"], 1, LEGEND["reference"]),
            (panels[1], tables["generated"], 1, LEGEND["generated"]),
            (panels[2], tables["generated"] - tables["reference"], 0.5, "difference"),
        ):
            drawn = plotting.matrix(panel, values, list(NAMES.values()), limit=limit)
            panel.set_title(title)
            page.colorbar(drawn, ax=panel, shrink=0.8, label="correlation")


def balance(path: Path, sets: Mapping[str, data.Events]) -> None:
    """E_mu + E_X, which energy conservation puts at the beam energy, less the nucleus's recoil."""
    with plotting.figure(path, 6, 3.2) as page:
        panel = page.subplots()
        totals = {name: (events["mu_E"] + events["mfc_E"]) / events["beam_energy"] for name, events in sets.items()}
        edges = np.linspace(0.9, 1.1, 102)  # 1 is the middle of a bin
        shares = {name: np.histogram(total, edges)[0] / len(total) for name, total in totals.items()}
        plotting.histograms(panel, edges, shares, label="$(E_\\mu + E_X) / E_{beam}$", log_y=True)
        panel.set_xlim(edges[0], edges[-1])
        panel.set_ylabel("fraction of the events in a bin")
        handles, names = panel.get_legend_handles_labels()
        panel.legend(handles, [LEGEND[name] for name in names])


def _edges(values: np.ndarray, log: bool) -> np.ndarray:
    low, high = np.quantile(values, [(1 - COMMON) / 2, (1 + COMMON) / 2])
    return np.geomspace(low, high, BINS + 1) if log else np.linspace(low, high, BINS + 1)
