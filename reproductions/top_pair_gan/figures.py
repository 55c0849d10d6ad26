"""The figures of the evaluation: each function draws numbers made in evaluate.py and writes one PNG."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize

from reproductions.top_pair_gan.observables import OBSERVABLES, PEAKS
from zoo import plotting
from zoo.data.distributions import Counts

LEGEND = {"reference": "truth (held out)", "generated": "generated"}
OVERVIEW = ("pt_t", "e_t", "pt_W", "m_t", "m_wplus", "cos_w")
SPECTRA = ("e_t", "pt_t", "e_W", "pt_W", "e_b", "pt_b", "e_q", "pt_q", "eta_t", "m_tt")
SPINS = {"cos_w": "w_f0", "cos_cos": "c_hel", "cos_top": None}
TITLES = {"w_f0": "$F_0$", "c_hel": "$C_\\mathrm{hel}$"}
PAIRS = (("eta_t", "pt_t"), ("pt_t", "m_tt"), ("pt_W", "pt_b"))
GENERATED = plotting.STYLES["generated"]["color"]


def overview(path: Path, counts: Mapping[str, Counts]) -> None:
    """Six observables with their ratios."""
    with plotting.figure(path, 9, 6, dpi=90) as page:
        _grid(page, OVERVIEW, counts, columns=3)
        page.suptitle("$t\\bar t\\rightarrow(b\\,q\\bar q')(\\bar b\\,q\\bar q')$ at 14 TeV", fontsize=9)


def spectra(path: Path, counts: Mapping[str, Counts], training: int) -> None:
    """Energies and momenta with ratio panels; between the dashed lines +- 1/sqrt(N_tail) of the training."""
    with plotting.figure(path, 12, 14) as page:
        for name, below in _grid(page, SPECTRA, counts, columns=2).items():
            if name.startswith(("e_", "pt_", "m_")):
                _training(below, OBSERVABLES[name].edges, counts["reference"][name], training)


def peaks(path: Path, counts: Mapping[str, Counts]) -> None:
    """The masses of the tops and W bosons."""
    with plotting.figure(path, 9, 6) as page:
        _grid(page, PEAKS, counts, columns=2)


def tail(path: Path, pt: Mapping[str, np.ndarray], training: int) -> None:
    """The fraction of events above a pT_t, generated over true, and how well the training knew it."""
    thresholds = np.linspace(0, np.quantile(pt["reference"], 0.9995), 60)
    above = {source: np.array([np.sum(values > at) for at in thresholds]) for source, values in pt.items()}
    fraction = {source: above[source] / len(pt[source]) for source in pt}
    ratio = fraction["generated"] / fraction["reference"]
    # N above a threshold is binomial; none is as uncertain as one
    error = ratio * np.sqrt(sum((1 - fraction[source]) / np.maximum(above[source], 1) for source in pt))
    known = 1 / np.sqrt(fraction["reference"] * training)
    with plotting.figure(path, 6, 4) as page:
        panel = page.subplots()
        panel.fill_between(
            thresholds, 1 - known, 1 + known, color="0.84", label="$\\pm 1/\\sqrt{N_\\mathrm{tail}}$ of the training"
        )
        panel.errorbar(
            thresholds, ratio, error, color=GENERATED, marker=".", linestyle="none", label="generated / held-out truth"
        )
        panel.axhline(1, color="0.5", linewidth=0.6)
        panel.set_ylim(0.5, 1.5)
        panel.set_xlabel(f"{OBSERVABLES['pt_t'].label} above [GeV]")
        panel.set_ylabel("ratio of the fractions of events")
        panel.legend(loc="lower left")


def correlations(path: Path, values: Mapping[str, Mapping[str, np.ndarray]]) -> None:
    """Pairs of observables: truth, GAN, and the relative difference where the truth has at least ten events."""
    with plotting.figure(path, 11, 8.5) as page:
        panels = page.subplots(len(PAIRS), 3)
        for row, pair in zip(panels, PAIRS, strict=True):
            edges = [OBSERVABLES[name].edges for name in pair]
            counts = {
                source: np.histogram2d(found[pair[0]], found[pair[1]], edges)[0].T for source, found in values.items()
            }
            density = {source: content / len(values[source]["pt_t"]) for source, content in counts.items()}
            with np.errstate(divide="ignore", invalid="ignore"):
                difference = density["generated"] / density["reference"] - 1
            difference[counts["reference"] < 10] = np.nan
            # the same scale for both: the smallest density that the truth can show is one event
            norm = LogNorm(1 / len(values["reference"]["pt_t"]), density["reference"].max())
            for panel, content, options in (
                (row[0], density["reference"], {"cmap": plotting.SEQUENTIAL, "norm": norm}),
                (row[1], density["generated"], {"cmap": plotting.SEQUENTIAL, "norm": norm}),
                (row[2], difference, {"cmap": plotting.DIVERGING, "norm": Normalize(-0.5, 0.5)}),
            ):
                drawn = panel.pcolormesh(*edges, np.ma.masked_equal(content, 0), **options)
                panel.set_xlabel(_label(pair[0]))
                if panel is not row[0]:
                    label = "relative difference" if panel is row[2] else "fraction of events in a bin"
                    page.colorbar(drawn, ax=panel, label=label)
            row[0].set_ylabel(_label(pair[1]))
        for panel, title in zip(panels[0], ("truth (held out)", "generated", "generated / truth - 1"), strict=True):
            panel.set_title(title)


def balance(path: Path, p4: Mapping[str, np.ndarray]) -> None:
    """The summed momenta across the beam, zero in leading-order truth."""
    with plotting.figure(path, 8, 3) as page:
        for panel, (i, axis) in zip(page.subplots(1, 2), ((1, "x"), (2, "y")), strict=True):
            sums = p4["generated"][..., i].sum(axis=1, dtype=np.float64)
            width = max(4 * float(np.std(sums)), 1e-6)
            panel.hist(
                sums, np.linspace(-width, width, 61), histtype="step", color=GENERATED, label=LEGEND["generated"]
            )
            panel.axvline(0, color="0.55", label=LEGEND["reference"])
            panel.set_xlabel(f"$\\Sigma p_{axis}$ [GeV]")
            panel.set_ylabel("events")
            panel.set_title(f"standard deviation {np.std(sums):.2g} GeV")
            panel.legend()


def spins(path: Path, counts: Mapping[str, Counts], metrics: Mapping) -> None:
    """Angles that know of the spins of the W and the tops, and of the production."""
    with plotting.figure(path, 11, 3.6) as page:
        cells = page.subfigures(1, 3, squeeze=False)
        for cell, (name, metric) in zip(cells.flat, SPINS.items(), strict=True):
            panel, _ = _with_ratio(cell, name, counts)
            if metric:
                values = (metrics[metric][source] for source in ("generated", "reference"))
                texts = [f"{value['value']:.3f} ± {value['uncertainty']:.3f}" for value in values]
                panel.set_title(f"{TITLES[metric]}: generated {texts[0]}, truth {texts[1]}")


def _grid(page, names: Sequence[str], counts: Mapping[str, Counts], columns: int) -> dict[str, Axes]:
    """A panel for each observable with its ratio below; the ratio panels by name."""
    cells = page.subfigures(-(-len(names) // columns), columns)
    below = {}
    for i, (cell, name) in enumerate(zip(cells.flat, names, strict=True)):
        panel, below[name] = _with_ratio(cell, name, counts)
        if i == 0:
            handles, labels = panel.get_legend_handles_labels()
            panel.legend(handles, [LEGEND[label] for label in labels])
    return below


def _with_ratio(cell, name: str, counts: Mapping[str, Counts]) -> tuple[Axes, Axes]:
    observable = OBSERVABLES[name]
    above, below = cell.subplots(2, 1, height_ratios=(3, 1))
    shown = {source: counts[source][name] for source in ("reference", "generated")}
    falling = name.startswith(("e_", "pt_", "m_tt"))
    plotting.comparison(
        above, below, observable.edges, shown, label=observable.label, unit=observable.unit, log_y=falling
    )
    return above, below


def _training(panel: Axes, edges: np.ndarray, reference: np.ndarray, training: int) -> None:
    left = np.cumsum(reference[::-1])[::-1] / max(reference.sum(), 1) * training
    known = 1 / np.sqrt(np.maximum(left, 1))
    for sign in (-1, 1):
        panel.stairs(1 + sign * known, edges, baseline=None, color="0.3", linestyle="--", linewidth=0.7)


def _label(name: str) -> str:
    observable = OBSERVABLES[name]
    return observable.label + (f" [{observable.unit}]" if observable.unit else "")
