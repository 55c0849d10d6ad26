"""How good is a generator? Against held-out tracks of the simulator.

python -m reproductions.rich_gan evaluate rich_gan_kaon_plus
python -m reproductions.rich_gan evaluate rich_gan_kaon_plus --fresh 5    # against tracks that nobody has seen before
"""

import math
import warnings
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from reproductions.rich_gan import data, published
from reproductions.rich_gan.config import Config
from reproductions.rich_gan.constants import AT_ONCE, CONDITIONS, DLLS
from reproductions.rich_gan.efficiencies import LEVELS, format_means, ratios, resampled
from reproductions.rich_gan.observables import binned, edges, histograms
from zoo import optional
from zoo.data import distributions
from zoo.errors import InputError
from zoo.evaluation import Sample, by_room, format_by_room, format_test
from zoo.generator import Generator
from zoo.metrics import (
    Measurement,
    classifier_auc,
    classifier_test,
    plain,
    projected_kolmogorov_smirnov,
    text,
    weighted_kolmogorov_smirnov,
)
from zoo.metrics.classifier import roc_area

LEAST_TRACKS = 2000  # about fifty for each of the 36 bins of the separations; below it nothing can be said
JUDGED = 30_000  # tracks of each kind that the classifier sees
SAVED = 20_000  # generated tracks in distributions.h5: a test makes them again
CELLS = 6  # of P and of eta, of the separations
SLICED = 120_000  # tracks of each kind in slices of the conditions: among a tenth of them nothing stands out
COMPARED = (0.05, 0.25, 0.75, 0.95)  # the levels that ways to teach are compared at
SEEDS = 3  # of the classifier test
# What a species is told apart from the pion by
SEPARATES = {"electron": "RichDLLe", "muon": "RichDLLmu", "kaon": "RichDLLk", "proton": "RichDLLp"}


def check(parts: Mapping[str, data.Tracks], config: Config) -> None:
    """Raises InputError for fewer than two thousand tracks to compare with, and without the simulator of pions."""
    if config.particle in SEPARATES:
        optional.check("a comparison with simulated pions", "simulate", ("tensorflow_probability",))
    n = len(parts["test"]["P"])
    if n < LEAST_TRACKS:
        raise InputError(f"{n} tracks are held out, expected at least {LEAST_TRACKS}")


def evaluate(generator: Generator, parts: Mapping[str, data.Tracks], config: Config, out: Path, seed: int) -> dict:
    """Compare generated tracks with held-out ones of the same P, eta and nSPDHits.

    `parts` holds the track sets train and test.
    Writes figures/*.png, metrics.json and distributions.h5 to the folder `out` and returns the content of metrics.json:
    numbers come as {"value", "uncertainty"}, None where undefined. `format_table` prints the essence.
    Raises InputError for too few tracks.
    """
    check(parts, config)
    test = parts["test"]
    particle = config.particle
    generated = sampled(generator, test, seed)
    real = _same_size(parts["train"], test)
    ratio = ratios(generated, test)
    metrics = {
        "seed": seed,
        "tracks": len(test["P"]),
        "ratios": ratio,
        "ratios_mean": resampled(generated, test, ratio, seed),
        "ratios_real": resampled(real, test, ratios(real, test), seed) if real else None,
        "separation": separations(generated, test, particle),
        "classifier_auc": None if _weighted(test) else classifier(generated, test, seed),
        "ks": kolmogorov(generated, test, seed),
        "ties": {"generated": ties(generated), "reference": ties(test)},
        **_by_room(generated, parts, seed),
    }
    metrics = plain(metrics)
    few = data.take(test, slice(SAVED))
    again = histograms(sampled(generator, few, seed))
    bins = {f"{name} {label}": values for name, values in edges().items() for label in ("slow", "fast")}
    attributes = {"seed": seed, "generated": len(few["P"]), "reference": len(test["P"]), "particle": particle}
    saved = distributions.Distributions(data.conditions(few), bins, again, histograms(test), attributes)
    distributions.record(out, metrics, saved)

    from reproductions.rich_gan import figures

    figures.draw(Path(out) / "figures", metrics, {"generated": generated, "reference": test}, particle)
    return metrics


def compared(generator: Generator, parts: Mapping[str, data.Tracks], config: Config) -> dict[str, Measurement]:
    """What `zoo.training.comparison` puts beside each other: mean |ratio - 1| at four quantiles, the trees' area.

    Trees do not know weights: of weighted tracks there is no area.
    """
    test, seed = parts["test"], config.seed
    generated = sampled(generator, test, seed)
    found = resampled(generated, test, ratios(generated, test), seed)
    measures = {
        f"|ratio - 1| at {level:.0%}": Measurement(*(found[str(level)][key] for key in ("value", "uncertainty")))
        for level in COMPARED
    }
    if _weighted(test):
        return measures
    kinds = _judged(generated, test)
    return measures | {
        "AUC of trees": classifier_auc(*kinds[:2], seed=seed),
        "null: AUC of trees": classifier_auc(kinds[2], kinds[1], seed=seed),
    }


def separations(generated: data.Tracks, reference: data.Tracks, particle: str) -> dict | None:
    """How well the species is told from pions by its DLL, generated less reference, in 6 x 6 bins of P and eta.

    The area under the ROC curve against simulated pions of the same bin, for generated and for reference tracks:
    {"P_edges", "eta_edges", "difference": 6 rows of 6 Measurements, "mean", "mean_without_largest": {...}}; one bin, a
    corner, makes a third to a half of the published means of muons and kaons. None for pions. The pions are the same
    for both, so that the uncertainty is that of the two samples of the species alone. Tracks of the species count by
    their weights. Bins with fewer than 50 tracks of a kind are undefined.
    """
    if particle not in SEPARATES:
        return None
    name = SEPARATES[particle]
    pions = data.load(data.default("pion"))

    def cell(tracks: data.Tracks) -> np.ndarray:
        p, eta = (binned(tracks[feature], reference[feature], CELLS) for feature in ("P", "eta"))
        return CELLS * p + eta

    own, other = cell(reference), cell(pions)
    found = [
        _area_difference(
            _weighed(generated, name, own == i), _weighed(reference, name, own == i), pions[name][other == i]
        )
        for i in range(CELLS**2)
    ]
    cells = [m for m in found if not math.isnan(m.value)]
    others = sorted(cells, key=lambda m: abs(m.value))[:-1]
    return {
        "dll": name,
        **{f"{f}_edges": np.quantile(reference[f], np.linspace(0, 1, CELLS + 1)).tolist() for f in ("P", "eta")},
        "difference": [found[i : i + CELLS] for i in range(0, CELLS**2, CELLS)],
        "mean": _mean_difference(cells),
        "mean_without_largest": _mean_difference(others),
    }


def _mean_difference(cells: list[Measurement]) -> dict[str, float]:
    """The mean |difference| of cells, and what fluctuations alone would give."""
    mean = float(np.mean([abs(m.value) for m in cells]))
    uncertainty = math.sqrt(sum(m.uncertainty**2 for m in cells)) / len(cells)
    expected = float(np.mean([m.uncertainty for m in cells])) * math.sqrt(2 / math.pi)
    return {**Measurement(mean, uncertainty)._asdict(), "expected": expected}


def classifier(generated: data.Tracks, reference: data.Tracks, seed: int) -> dict:
    """Boosted trees between generated and reference tracks, by the DLLs and the three conditions; the null beside it.

    Ties and tracks without information included.
    """
    return classifier_test(*_judged(generated, reference), seed=seed, seeds=SEEDS)


def _judged(generated: data.Tracks, reference: data.Tracks) -> list[np.ndarray]:
    """What a classifier sees: generated tracks, reference tracks, and others of these for the null.

    Generated and reference tracks are of different conditions, so that no track is known from its twin: the first of
    the generated, and others of the reference; for the null the first of the reference.
    """
    number = min(JUDGED, len(reference["P"]) // 2)
    first, others = slice(number), slice(number, 2 * number)
    kinds = data.take(generated, first), data.take(reference, others), data.take(reference, first)
    return [np.column_stack([one[name] for name in (*CONDITIONS, *DLLS)]) for one in kinds]


def kolmogorov(generated: data.Tracks, reference: data.Tracks, seed: int) -> dict:
    """Weighted Kolmogorov-Smirnov distances: of each DLL, and mean and 95 % quantile of 100 projections of the five.

    "projections" are of tracks with RICH information: -999 would make the spread that they are scaled by, so that e
    and mu would hardly count. "floor": what two samples of this size have at most in 5 % of the cases when nothing
    differs, for one DLL.
    """
    weights = generated["weight"], reference["weight"]
    found: dict = {name: weighted_kolmogorov_smirnov(generated[name], reference[name], *weights) for name in DLLS}
    there = [data.informed(tracks) for tracks in (generated, reference)]
    matrices = [data.matrix(tracks)[rows] for tracks, rows in zip((generated, reference), there, strict=True)]
    informed = [weight[rows] for weight, rows in zip(weights, there, strict=True)]
    found["projections"] = projected_kolmogorov_smirnov(*matrices, *informed, seed=seed)
    sizes = [float(w.sum(dtype=float) ** 2 / np.square(w, dtype=float).sum()) for w in weights]
    found["floor"] = 1.358 * math.sqrt(sum(1 / size for size in sizes))
    return found


def ties(tracks: data.Tracks) -> dict[str, float]:
    """Weighted shares of tracks without information, and with DLLs that equal that of "below threshold" to the bit."""
    weight = tracks["weight"].astype(float)
    there = data.informed(tracks)
    same = {"no information": ~there, "p = bt": there & (tracks["RichDLLp"] == tracks["RichDLLbt"])}
    same["k = p = bt"] = same["p = bt"] & (tracks["RichDLLk"] == tracks["RichDLLbt"])
    same["k = p = bt = 0"] = same["k = p = bt"] & (tracks["RichDLLbt"] == 0)
    return {name: float(weight[rows].sum() / weight.sum()) for name, rows in same.items()}


def sampled(generator: Generator, tracks: data.Tracks, seed: int) -> data.Tracks:
    """Generated tracks of the same conditions and weights."""
    asked = data.conditions(tracks)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # some of those held out lie beyond all that were trained on
        made = generator.sample(len(asked["P"]), seed, batch_size=AT_ONCE, **asked)
    return {**asked, "weight": tracks["weight"], **made}


def format_table(metrics: Mapping) -> str:
    """The metrics of `evaluate` as a page of text for the terminal."""
    lines = [f"{metrics['tracks']} held-out tracks and as many generated ones", ""]
    means, real, theirs = metrics["ratios_mean"], metrics["ratios_real"], published.muon_ratios()
    rows = {
        "generated": [one["value"] for one in means.values()],
        "training sample": [one["value"] for one in real.values()] if real else [],
        "statistical uncertainty of the mean": [one["uncertainty"] for one in means.values()],
        "from fluctuations alone": [one["expected"] for one in means.values()],
        "published, muons": [theirs[level] for level in LEVELS],
    }
    lines += format_means({label: numbers for label, numbers in rows.items() if numbers})
    if separation := metrics["separation"]:
        mean = separation["mean"]
        lines.append(f"mean |dAUC| against pions in 6 x 6 bins: {text(mean)}, {mean['expected']:.4f} from fluctuations")
        lines.append(f"  without the bin of the largest: {text(separation['mean_without_largest'])}")
    if metrics["classifier_auc"]:
        lines += format_test("DLLs and conditions", metrics["classifier_auc"], "held out against held out")
    ks = metrics["ks"]
    lines.append(f"Kolmogorov-Smirnov: {', '.join(f'{n} {ks[n]:.4f}' for n in DLLS)} (floor {ks['floor']:.4f})")
    for key, label in (("mean", "mean"), ("quantile", "95 % quantile")):
        distance, floor = (text(ks["projections"][name]) for name in (key, f"{key}_floor"))
        lines.append(f"  {label} of 100 projections of tracks with information: {distance} (floor {floor})")
    for name in metrics["ties"]["reference"]:
        shares = (metrics["ties"][kind][name] for kind in ("generated", "reference"))
        lines.append("share of tracks with {}: generated {:.4f}, held out {:.4f}".format(name, *shares))
    alike = (
        format_by_room(metrics)
        if metrics["measures"]
        else ["", "weighted tracks: not judged by trees, nor as all rooms judge"]
    )
    return "\n".join([*lines, *alike])


def as_sample(tracks: data.Tracks) -> Sample:
    """Tracks as `zoo.evaluation` compares them: the DLLs, NaN without RICH information, and whether there is any."""
    there = data.informed(tracks)
    dlls = {name: np.where(there, tracks[name], np.nan) for name in DLLS}
    return Sample({**dlls, "informed": there.astype(float)}, data.conditions(tracks))


def layout(path: str, options: Mapping) -> Sample:
    """Tracks as ``python -m zoo evaluate --layout reproductions.rich_gan.evaluate:layout`` compares them.

    Raises InputError for weighted tracks.
    """
    tracks = data.load(path)
    if _weighted(tracks):
        raise InputError(f"{path}: has weights, which these measures do not know, expected tracks that all weigh 1")
    return as_sample(tracks)


def _weighted(tracks: data.Tracks) -> bool:
    return bool((tracks["weight"] != 1).any())


def _by_room(generated: data.Tracks, parts: Mapping[str, data.Tracks], seed: int) -> dict:
    """What all rooms measure, in which weights do not count: nothing of weighted tracks."""
    if _weighted(parts["test"]):
        return {"measures": None, "slices": {}}
    ours, true, learnt = (as_sample(tracks) for tracks in (generated, parts["test"], parts["train"]))
    return by_room(ours, true, learnt, seed, in_slices=SLICED)


def _weighed(tracks: data.Tracks, name: str, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return tracks[name][rows], tracks["weight"][rows]


def _area_difference(
    generated: tuple[np.ndarray, np.ndarray], reference: tuple[np.ndarray, np.ndarray], pions: np.ndarray
) -> Measurement:
    """Of DLLs and weights (n,), (n,)."""
    if min(len(generated[0]), len(pions)) < 50:
        return Measurement(math.nan, math.nan)
    areas, variances = [], []
    for dll, weight in (generated, reference):
        area, _ = roc_area(dll, pions, weight)
        # of the species' part of DeLong's variance: the share of pions below each track
        below = np.searchsorted(np.sort(pions), dll) / len(pions)
        share = weight / weight.sum(dtype=float)
        areas.append(area)
        variances.append(np.sum(share**2 * (below - share @ below) ** 2) * len(dll) / (len(dll) - 1))
    return Measurement(areas[0] - areas[1], math.sqrt(sum(variances)))


def _same_size(train: data.Tracks, test: data.Tracks) -> data.Tracks | None:
    """As many training tracks, to show how near two real samples are; None if there are not as many."""
    number = len(test["P"])
    return data.take(train, slice(number)) if len(train["P"]) >= number else None
