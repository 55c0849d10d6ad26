"""The figures of the evaluation: each function draws numbers made in evaluate.py and writes one PNG."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm

from reproductions.calogan.data import Showers
from reproductions.calogan.published import MeanImage, Observable, load
from zoo import plotting
from zoo.observables.calorimeter import CALORIMETER_SIZE

PARTICLES = {"eplus": "e$^+$", "gamma": "γ", "piplus": "π$^+$"}
LEGEND = {
    "reference": "Geant4 (ours, held out)",
    "generated": "generated (ours)",
    "published_reference": "GEANT4 (published)",
    "published_generated": "CaloGAN (published)",
}
SYMBOLS = {
    "sparsity_layer": "hit cells / cells, layer {}",
    "depth": "deepest layer $d$",
    "e_total": "$E_\\mathrm{{tot}}$",
    "e_layer": "$E_{}$",
    "fraction_layer": "$f_{} = E_{}/E_\\mathrm{{tot}}$",
    "depth_weighted_energy": "depth-weighted energy $l_d$",
    "shower_depth": "shower depth $s_d$",
    "shower_depth_width": "shower depth width $\\sigma_{{s_d}}$",
    "lateral_width_layer": "lateral width $\\sigma_{}$",
    "e_ratio_layer": "$E_\\mathrm{{ratio}}$, layer {}",
}
OVERVIEW = (
    "e_total",
    "fraction_layer_1",
    "shower_depth_width",
    "lateral_width_layer_1",
    "e_ratio_layer_1",
    "sparsity_layer_1",
)
TALK = ("fraction_layer_1", "shower_depth_width", "sparsity_layer_1")
PUBLISHED = {"published_reference": "geant", "published_generated": "gan"}
QUANTITIES = {"E": "$E$", "E_0": "$E_0$", "E_1": "$E_1$", "E_2": "$E_2$"}
SPECTRA = (15, 35, 55, 75, 95, 120, 150)  # GeV

GENERATED, GEANT4 = plotting.STYLES["generated"]["color"], "0.4"

Counts = Mapping[str, Mapping[str, np.ndarray]]  # "generated" and "reference", then the observable


def histograms(path: Path, particle: str, counts: Counts, distances: Mapping[str, Mapping]) -> None:
    """The 23 histograms on one page, above each how far ours and the published GAN are from their Geant4."""
    with plotting.figure(path, 12, 16) as page:
        *panels, last = page.subplots(6, 4).flat
        for panel, observable in zip(panels, load().values(), strict=True):
            _observable(panel, observable, _densities(observable, particle, counts))
            ours, theirs = (
                distances[observable.name][key]["value"] for key in ("gan_geant4", "published_gan_published_geant4")
            )
            if ours is not None:
                panel.set_title(f"ours {ours:.3f}, CaloGAN {theirs:.3f}", fontsize=7, loc="right", pad=3)
        last.axis("off")
        title = f"{PARTICLES[particle]} showers, 1 to 100 GeV"
        last.legend(*_legend(panels[0]), loc="upper left", title=title, title_fontsize=10, fontsize=9, alignment="left")
        note = "Vertical: density.\nAbove each panel: distance of ours to\nits Geant4 (triangular discrimination)."
        last.text(0.06, 0.04, note, transform=last.transAxes)


def overview(path: Path, particle: str, counts: Counts) -> None:
    """Six observables of ours, our Geant4 and the published GAN; ratios of ours to ours, of theirs to theirs."""
    with plotting.figure(path, 9, 6.4, dpi=90) as page:
        panels = page.subplots(4, 3, height_ratios=(3, 1, 3, 1))
        for i, name in enumerate(OVERVIEW):
            _with_ratio(panels[2 * (i // 3) : 2 * (i // 3) + 2, i % 3], name, particle, counts)
        handles, names = _legend(panels[0, 0])
        page.legend(handles, names, loc="outside upper center", ncols=3, fontsize=9)
        page.supylabel(f"{PARTICLES[particle]} showers; ratio: generated / Geant4")


def particles(path: Path, counts: Mapping[str, Counts]) -> None:
    """Three observables of each particle, a column each, drawn as in `overview`."""
    rows = len(TALK)
    with plotting.figure(path, 10, 7.6, dpi=110) as page:
        panels = page.subplots(2 * rows, len(counts), height_ratios=(3, 1) * rows)
        for column, (particle, found) in zip(panels.T, counts.items(), strict=True):
            for i, name in enumerate(TALK):
                _with_ratio(column[2 * i : 2 * i + 2], name, particle, found)
            column[0].set_title(PARTICLES[particle], fontsize=13)
        for panel in panels[:, 1:].flat:
            panel.set_ylabel("")
        handles, names = _legend(panels[0, 0])
        page.legend(handles, names, loc="outside upper center", ncols=3, fontsize=11)


def _with_ratio(pair: Sequence[Axes], name: str, particle: str, counts: Counts) -> None:
    """Ours, our Geant4 and the published GAN, and below the ratios: of ours to ours, of theirs to theirs."""
    (above, below), observable = pair, load()[name]
    shown = {source: counts[source][name] for source in ("reference", "generated")}
    theirs = {source: observable.series[f"{kind}_{particle}"].density for source, kind in PUBLISHED.items()}
    plotting.comparison(
        above, below, observable.edges, shown, {"published_generated": theirs["published_generated"]},
        label=symbol(observable), unit=observable.unit, log_x=observable.log_x, log_y=observable.log_y,
    )  # fmt: skip
    truth = theirs["published_reference"]
    quotient = np.where(truth > 0, theirs["published_generated"] / np.where(truth > 0, truth, 1), np.nan)
    style = plotting.STYLES["published_generated"]
    below.stairs(quotient, observable.edges, baseline=None, color=style["color"], linewidth=style["linewidth"])


def mean_images(path: Path, particle: str, means: Counts, published: Mapping[str, Mapping[str, MeanImage]]) -> None:
    """Mean energy of the cells of each layer: ours, our Geant4, their ratio, and the published ones if any.

    `means` holds "generated" and "reference", then the layer, (rows, columns) in MeV.
    """
    columns = ["generated (ours)", "Geant4 (ours)", "ratio of both (ours)"]
    columns += ["GEANT4 (published)", "CaloGAN (published)"] if published else []
    half = CALORIMETER_SIZE / 2
    extent = (-half, half, half, -half)  # the first row on top, as published
    with plotting.figure(path, 2.4 * len(columns) + 2, 7.4) as page:
        panels = page.subplots(3, len(columns))
        page.suptitle(f"Mean {PARTICLES[particle]} shower, 1 to 100 GeV: 48 cm × 48 cm, white: no energy")
        for row, layer in zip(panels, means["reference"], strict=True):
            generated, geant4 = means["generated"][layer], means["reference"][layer]
            ratio = np.divide(generated, geant4, out=np.full(geant4.shape, np.nan), where=geant4 > 0)
            pictures = [generated, geant4, ratio]
            pictures += [_clipped(published[source][layer]) for source in ("geant4", "gan") if published]
            energy = LogNorm(geant4[geant4 > 0].min(), geant4.max())
            drawn = [
                plotting.image(panel, picture, norm=energy, cmap=plotting.SEQUENTIAL, extent=extent)
                for panel, picture in zip(row, pictures, strict=True)
            ]
            drawn[2].set(cmap=plotting.DIVERGING, norm=LogNorm(0.2, 5))
            page.colorbar(drawn[1], ax=list(row), label="mean cell energy [MeV]", pad=0.01, extend="both")
            bar = page.colorbar(drawn[2], ax=list(row), label="ratio", pad=0.01, extend="both")
            bar.set_ticks([0.2, 0.5, 1, 2, 5], labels=["0.2", "0.5", "1", "2", "5"])
            bar.minorticks_off()
            row[0].set_ylabel(f"{layer.replace('_', ' ')}, {geant4.shape[0]} × {geant4.shape[1]} cells")
        for panel, title in zip(panels[0], columns, strict=True):
            panel.set_title(title)


def response(path: Path, particle: str, points: Sequence[Mapping], e_total: Mapping[float, np.ndarray]) -> None:
    """E_tot at fixed energies (GeV), and the mean and spread of E_tot / E against E; `points` from the metrics."""
    with plotting.figure(path, 12, 3.8) as page:
        spectra, *panels = page.subplots(1, 3)
        for i, energy in enumerate(SPECTRA):
            spectra.hist(
                e_total[energy], bins=40, density=True, histtype="step", color=f"C{i}", label=f"{energy:g} GeV"
            )
        spectra.set_xlabel("$E_\\mathrm{tot}$ [GeV]")
        spectra.set_ylabel("density [1/GeV]")
        spectra.set_yscale("log")
        spectra.set_title(f"{PARTICLES[particle]} generated showers at fixed energies")
        spectra.legend(ncols=2)
        for panel, key, label in zip(panels, ("mean", "spread"), ("mean", "standard deviation"), strict=True):
            panel.axvspan(100, 160, color="0.93", zorder=0, label="outside the training")
            for source, style in (
                ("reference", {"color": GEANT4, "marker": "s", "label": "Geant4 (ours), ± 5 GeV"}),
                ("generated", {"color": GENERATED, "marker": "o", "label": LEGEND["generated"]}),
            ):
                shown = [(point["energy"], *point[source][key].values()) for point in points if point[source]]
                energies, values, errors = np.array(shown, float).reshape(-1, 3).T
                panel.errorbar(energies, values, errors, linestyle="none", markersize=3.5, capsize=2, **style)
            panel.set_xlim(0, 160)
            panel.set_ylim(0, 1.05 * panel.get_ylim()[1])  # points of equal height would lie on the frame
            panel.set_xlabel("$E$ [GeV]")
            panel.set_title(f"{label} of $E_\\mathrm{{tot}} / E$")
        panels[0].legend(loc="lower left")


def nearest_neighbours(
    path: Path, particle: str, distances: Mapping[str, np.ndarray], pairs: Sequence[tuple[Showers, Showers]]
) -> None:
    """Distances to the nearest neighbours, and layer 1 of generated showers above their neighbours in the training."""
    with plotting.figure(path, 12, 7.4) as page:
        above, below = page.subfigures(2, 1, squeeze=False, height_ratios=(1, 1.25))[:, 0]
        titles = {
            "to_training": "nearest training shower (memorised if the generated lie left)",
            "to_own": "nearest of its own kind (mode collapse if the generated lie left)",
        }
        for panel, (key, title) in zip(above.subplots(1, 2), titles.items(), strict=True):
            found = {"reference": distances[f"reference_{key}"], "generated": distances[f"generated_{key}"]}
            edges = np.linspace(0, max(np.quantile(values, 0.99) for values in found.values()), 41)
            densities = {name: np.histogram(values, edges, density=True)[0] for name, values in found.items()}
            plotting.histograms(panel, edges, densities, label="Euclidean distance of the cells / $E$")
            panel.set_xlim(0, edges[-1])
            panel.set_title(f"{PARTICLES[particle]}: {title}")
            panel.set_ylabel("density")
            panel.legend(*_legend(panel))
        panels = below.subplots(2, len(pairs), squeeze=False)
        for column, pair in zip(panels.T, pairs, strict=True):
            for panel, shower in zip(column, pair, strict=True):
                cells = shower["layer_1"] / (1000 * shower["energy"])
                drawn = plotting.image(panel, cells, norm=LogNorm(1e-6, 1), cmap=plotting.SEQUENTIAL)
                panel.set_title(f"{shower['energy']:.1f} GeV", fontsize=7, pad=2)
        panels[0, 0].set_ylabel("generated, layer 1")
        panels[1, 0].set_ylabel("nearest training shower")
        below.colorbar(drawn, ax=list(panels.flat), label="cell energy / $E$", pad=0.01, extend="min")


def correlations(
    path: Path, particle: str, coefficients: Mapping[str, Mapping], energies: Mapping[str, np.ndarray]
) -> None:
    """Correlation matrices of the energies and their difference; below, layer energies (n, 3) in GeV in pairs."""
    tables = {source: _table(coefficients, source) for source in ("reference", "generated")}
    with plotting.figure(path, 10, 6.4) as page:
        panels = page.subplots(2, 3)
        page.suptitle(f"{PARTICLES[particle]} showers")
        for panel, values, limit, title in (
            (panels[0, 0], tables["reference"], 1, LEGEND["reference"]),
            (panels[0, 1], tables["generated"], 1, LEGEND["generated"]),
            (panels[0, 2], tables["generated"] - tables["reference"], 0.5, "difference"),
        ):
            drawn = plotting.matrix(panel, values, list(QUANTITIES.values()), limit=limit)
            panel.set_title(title)
            page.colorbar(drawn, ax=panel, shrink=0.8, label="correlation")
        for panel, (i, j) in zip(panels[1], ((0, 1), (1, 2), (0, 2)), strict=True):
            number = min(1500, *map(len, energies.values()))
            for source, colour, label in (
                ("reference", GEANT4, LEGEND["reference"]),
                ("generated", GENERATED, LEGEND["generated"]),
            ):
                x, y = energies[source][:number, [i, j]].T
                panel.plot(x, y, ".", markersize=2, alpha=0.5, color=colour, label=label)
            panel.set_xscale("log")
            panel.set_yscale("log")
            panel.set_xlim(left=max(1e-3, panel.get_xlim()[0]))
            panel.set_ylim(bottom=max(1e-3, panel.get_ylim()[0]))
            panel.set_xlabel(f"$E_{i}$ [GeV]")
            panel.set_ylabel(f"$E_{j}$ [GeV]")
        page.legend(*panels[1, 0].get_legend_handles_labels(), loc="outside lower center", ncols=2, markerscale=5)


def _densities(observable: Observable, particle: str, counts: Counts) -> dict[str, np.ndarray]:
    """The four histograms of an observable, each normalised to the bins shown."""

    def density(content: np.ndarray) -> np.ndarray:
        return content / (max(content.sum(), 1) * np.diff(observable.edges))

    return {
        "reference": density(counts["reference"][observable.name]),
        "generated": density(counts["generated"][observable.name]),
        **{source: observable.series[f"{kind}_{particle}"].density for source, kind in PUBLISHED.items()},
    }


def _observable(panel: Axes, observable: Observable, densities: Mapping[str, np.ndarray]) -> None:
    name = symbol(observable)
    label = f"{name} [{observable.unit}]" if observable.unit else name
    plotting.histograms(panel, observable.edges, densities, label=label, log_x=observable.log_x, log_y=observable.log_y)
    if observable.name == "depth":
        panel.set_xlim(0, 3)
        panel.set_xticks([0.5, 1.5, 2.5], labels=["0", "1", "2"])


def symbol(observable: Observable) -> str:
    """What an observable is called, with mathtext."""
    name, _, layer = observable.name.removesuffix("_log").partition("_layer_")
    return SYMBOLS[f"{name}_layer" if layer else name].format(layer, layer)


def _legend(panel: Axes) -> tuple[list, list[str]]:
    handles, names = panel.get_legend_handles_labels()
    return handles, [LEGEND[name] for name in names]


def _clipped(picture: MeanImage) -> np.ndarray:
    """The published means, cells beyond the colour scale at its ends: drawn there, the scale marks them as beyond."""
    ends = {1: picture.at_most, 2: picture.at_least}
    return np.select([picture.flags == flag for flag in ends], [end or np.nan for end in ends.values()], picture.mean)


def _table(coefficients: Mapping[str, Mapping], source: str) -> np.ndarray:
    """The symmetric matrix of correlation coefficients."""
    names = list(QUANTITIES)
    table = np.eye(len(names))
    for pair, values in coefficients.items():
        i, j = map(names.index, pair.split())
        value = values[source]["value"]
        table[i, j] = table[j, i] = np.nan if value is None else value
    return table
