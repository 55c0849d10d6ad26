"""The figures of the evaluation and of the simulator: each function writes one PNG."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from reproductions.rich_gan import data, published
from reproductions.rich_gan.constants import DLLS, NO_INFORMATION
from zoo import plotting

LEGEND = {"reference": "simulation, held out", "generated": "generated"}
SYMBOLS = {
    name: f"DLL$_{{{label}}}$"
    for name, label in zip(DLLS, ("e\\pi", "\\mu\\pi", "K\\pi", "p\\pi", "bt\\,\\pi"), strict=True)
}
FEATURES = {"P": "P [MeV]", "eta": "$\\eta$", "nspdhits": "nSPDHits", "pT": "$p_T$ [MeV]"}
SHOWN = ("0.05", "0.5", "0.75", "0.95")  # quantiles in the figures of efficiency ratios
# Published columns, with the data set that stands beside each
COLUMNS = {"TrackP": "P", "TrackPt": "pT", "TrackEta": "eta", **{name: name for name in DLLS}}
COMMON = 0.98  # share of the held-out tracks that an axis spans
SEPARATING = {"electron": "RichDLLe", "muon": "RichDLLmu", "kaon": "RichDLLk", "proton": "RichDLLp", "pion": "RichDLLk"}


def draw(folder: Path, metrics: Mapping, sets: Mapping[str, data.Tracks], particle: str) -> None:
    """All figures; `sets` holds the tracks "generated" and "reference"."""
    overview(folder / "overview.png", particle, sets)
    for name, features in metrics["ratios"].items():
        ratios(folder / f"ratio_{name}.png", name, particle, features)
    regions(folder / "regions.png", particle, sets)
    if metrics["separation"]:
        separation(folder / "separation.png", particle, metrics["separation"])


def overview(path: Path, particle: str, sets: Mapping[str, data.Tracks]) -> None:
    """The five DLLs of tracks with RICH information, and the difference of two whose ties are exact."""
    with plotting.figure(path, 10, 6.6, dpi=100) as page:
        grid = page.subplots(4, 3, height_ratios=(3, 1, 3, 1))
        panels = [(grid[2 * row, column], grid[2 * row + 1, column]) for row in range(2) for column in range(3)]
        for pair, name in zip(panels, DLLS, strict=False):
            _with_ratio(pair, {kind: _informed(tracks, name) for kind, tracks in sets.items()}, SYMBOLS[name])
        differences = {kind: _informed(t, "RichDLLp") - _informed(t, "RichDLLbt") for kind, t in sets.items()}
        _with_ratio(panels[5], differences, "DLL$_{p\\pi}$ - DLL$_{bt\\,\\pi}$, 0 below threshold")
        _legend(page, grid[0, 0], f"{particle} tracks in the RICH detectors")


def ratios(path: Path, name: str, particle: str, features: Mapping[str, Mapping]) -> None:
    """Efficiency ratios of one DLL against each feature, with binomial errors."""
    with plotting.figure(path, 10, 5.4, dpi=90) as page:
        for panel, (feature, one) in zip(page.subplots(2, 2).ravel(), features.items(), strict=True):
            edges = np.array(one["edges"])
            centres = (edges[1:] + edges[:-1]) / 2
            if feature in ("P", "pT"):
                centres = np.sqrt(edges[1:] * edges[:-1])
                panel.set_xscale("log")
            for i, level in enumerate(SHOWN):
                values, errors = (
                    [np.nan if m[key] is None else m[key] for m in one["q"][level]] for key in ("value", "uncertainty")
                )
                panel.errorbar(
                    centres * (1 + 0.006 * i), values, errors, marker="o", markersize=3, linewidth=0.8,
                    color=f"C{i}", label=f"{float(level):.0%} quantile",
                )  # fmt: skip
            panel.axhline(1, color="0.5", linewidth=0.8)
            panel.set_ylim(0.7, 1.3)
            panel.set_xlabel(FEATURES[feature])
            panel.set_ylabel("efficiency, generated / simulation")
        _legend(page, panel, f"{particle} tracks: {SYMBOLS[name]}", names=None, columns=4)


def stability(path: Path, particle: str, found: Mapping[str, Mapping]) -> None:
    """Ratios of efficiencies at the median, of the species' own DLL and the proton's, for each of several generators.

    `found` holds what `efficiencies.ratios` gives by the generators' names.
    """
    with plotting.figure(path, 11, 5, dpi=80) as page:
        grid = page.subplots(2, len(FEATURES), sharey=True, sharex="col")
        for row, name in zip(grid, (SEPARATING[particle], "RichDLLp"), strict=True):
            for panel, (feature, label) in zip(row, FEATURES.items(), strict=True):
                for i, (kind, ratios) in enumerate(found.items()):
                    edges = np.array(ratios[name][feature]["edges"])
                    centres = (edges[1:] + edges[:-1]) / 2
                    if feature in ("P", "pT"):
                        centres = np.sqrt(edges[1:] * edges[:-1])
                    values, errors = np.array(ratios[name][feature]["q"]["0.5"]).T
                    centres = centres * (1 + 0.01 * i)
                    panel.errorbar(centres, values, errors, color=f"C{i}", label=kind, marker=".", linewidth=0.8)
                panel.axhline(1, color="0.5", linewidth=0.8)
                panel.set_xscale("log" if feature in ("P", "pT") else "linear")
                panel.set_xlabel(label)
                panel.label_outer()
            row[0].set_ylabel(f"efficiency, {SYMBOLS[name]}\ngenerated / simulation")
        _legend(page, panel, f"{particle}s of $B \\to K^{{*}} \\mu\\mu$, above the median", names=None, columns=3)


def regions(path: Path, particle: str, sets: Mapping[str, data.Tracks]) -> None:
    """The DLL that tells the species apart in 3 x 3 evenly filled bins of P and eta."""
    name, reference = SEPARATING[particle], sets["reference"]
    p_edges, eta_edges = (np.quantile(reference[key], np.linspace(0, 1, 4)) for key in ("P", "eta"))
    with plotting.figure(path, 10, 7, dpi=90) as page:
        panels = page.subplots(3, 3)
        for (i, j), panel in np.ndenumerate(panels):
            chosen = {}
            for kind, tracks in sets.items():
                inside = (tracks["P"] >= p_edges[i]) & (tracks["P"] <= p_edges[i + 1])
                inside &= (tracks["eta"] >= eta_edges[j]) & (tracks["eta"] <= eta_edges[j + 1])
                chosen[kind] = _informed(data.take(tracks, inside), name)
            _compare(panel, chosen, SYMBOLS[name])
            low, high = p_edges[i : i + 2] / 1e3
            panel.set_title(f"P {low:.1f} to {high:.1f} GeV, $\\eta$ {eta_edges[j]:.2f} to {eta_edges[j + 1]:.2f}")
        _legend(page, panels[0, 0], f"{particle} tracks")


def separation(path: Path, particle: str, found: Mapping) -> None:
    """The difference of areas under the ROC curve against pions, in bins of P and eta."""
    with plotting.figure(path, 6.4, 4.4, dpi=90) as page:
        panel = page.subplots()
        values = np.array([[m["value"] for m in row] for row in found["difference"]], float)
        errors = np.array([[m["uncertainty"] for m in row] for row in found["difference"]], float)
        limit = max(np.nanmax(np.abs(values)), 1e-3)
        drawn = panel.imshow(values, cmap=plotting.DIVERGING, vmin=-limit, vmax=limit, origin="lower", aspect="auto")
        for (i, j), value in np.ndenumerate(values):
            text = "too few\ntracks" if np.isnan(value) else f"{value:.3f}\n± {errors[i, j]:.3f}"
            colour = "white" if abs(value) > 0.6 * limit else "black"
            panel.text(j, i, text, ha="center", va="center", fontsize=6, color=colour)
        for axis, edges, unit in ((panel.xaxis, found["eta_edges"], 1), (panel.yaxis, found["P_edges"], 1e3)):
            axis.set_ticks(np.arange(len(edges)) - 0.5, [f"{edge / unit:.1f}" for edge in edges])
        panel.set_xlabel("$\\eta$")
        panel.set_ylabel("P [GeV]")
        panel.set_title(f"AUC of {SYMBOLS[found['dll']]} between {particle}s and pions, generated - simulation")
        page.colorbar(drawn, ax=panel, label="difference of AUC")


def validation(path: Path, particle: str, tracks: data.Tracks) -> None:
    """Quartiles of the simulator against the published ones."""
    tracks = {**tracks, "pT": tracks["P"] / np.cosh(tracks["eta"])}
    with plotting.figure(path, 10, 5.4, dpi=90) as page:
        for panel, (column, name) in zip(page.subplots(2, 4).ravel(), COLUMNS.items(), strict=True):
            expected = published.quartiles(particle, (column,))[:, 0]
            found = np.quantile(tracks[name], (0.25, 0.5, 0.75))
            low, high = min(*expected, *found), max(*expected, *found)
            margin = 0.15 * (high - low)
            panel.plot([low - margin, high + margin], [low - margin, high + margin], color="0.6", linewidth=0.8)
            panel.plot(expected, found, marker="o", linestyle="none", color=plotting.STYLES["generated"]["color"])
            panel.set_xlim(low - margin, high + margin)
            panel.set_ylim(low - margin, high + margin)
            panel.set_title(SYMBOLS.get(name, FEATURES.get(name, name)))
            panel.set_xlabel("LHCb's simulation")
            panel.set_ylabel("this simulator")
        page.suptitle(f"{particle} tracks: quartiles", x=0.05, ha="left", fontsize=10)


def marginals(path: Path, found: Mapping[str, Mapping]) -> None:
    """The DLLs of calibration muons of `validate.marginals` beside the published ones."""
    names = {"generated": "this simulator", "reference": "LHCb's simulation"}
    with plotting.figure(path, 10, 5.4, dpi=90) as page:
        panels = page.subplots(2, 3).ravel()
        for panel, (name, one) in zip(panels, found.items(), strict=False):
            shown = {"generated": one["simulated"], "reference": one["published"]}
            plotting.histograms(panel, one["edges"], shown, label=SYMBOLS[name], log_y=True)
            panel.set_ylabel("density")
        panels[-1].axis("off")
        _legend(page, panels[0], "muons of J/$\\psi$, with sWeights", names)


def _informed(tracks: data.Tracks, name: str) -> np.ndarray:
    return tracks[name][tracks["RichDLLe"] != NO_INFORMATION]


def _compare(panel, values: Mapping[str, np.ndarray], label: str) -> None:
    """Densities of both kinds."""
    edges, counts = _counted(values)
    densities = {kind: found / (max(found.sum(), 1) * np.diff(edges)) for kind, found in counts.items()}
    plotting.histograms(panel, edges, densities, label=label, log_y=True)
    panel.set_ylabel("density")


def _with_ratio(panels, values: Mapping[str, np.ndarray], label: str) -> None:
    above, below = panels
    plotting.comparison(above, below, *_counted(values), label=label, log_y=True)


def _counted(values: Mapping[str, np.ndarray]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """(edges, counts of each kind) where nearly all of the reference is."""
    low, high = np.quantile(values["reference"], [(1 - COMMON) / 2, (1 + COMMON) / 2])
    edges = np.linspace(low, max(high, low + 1), 61)
    return edges, {kind: np.histogram(found, edges)[0] for kind, found in values.items()}


def _legend(page, panel, title: str, names=LEGEND, columns: int = 2) -> None:
    handles, labels = panel.get_legend_handles_labels()
    texts = [names[label] for label in labels] if names else labels
    page.legend(handles, texts, loc="outside upper right", ncols=columns, fontsize=9)
    page.suptitle(title, x=0.05, ha="left", fontsize=10)
