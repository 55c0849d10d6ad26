"""How good is a generator? Against held-out tracks of the simulator.

python -m reproductions.rich_gan evaluate rich_gan_kaon_plus
python -m reproductions.rich_gan evaluate rich_gan_kaon_plus --fresh 5    # against tracks that nobody has seen before
"""

import math
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from reproductions.rich_gan import data, published
from reproductions.rich_gan.config import Config
from reproductions.rich_gan.constants import AT_ONCE, CONDITIONS, DLLS, NO_INFORMATION
from reproductions.rich_gan.observables import binned, edges, histograms
from zoo import optional
from zoo.data import distributions
from zoo.errors import InputError
from zoo.evaluation import Sample
from zoo.generator import Generator
from zoo.metrics import (
    Measurement,
    classifier_auc,
    classifier_test,
    plain,
    projected_kolmogorov_smirnov,
    rank_correlations,
    sliced,
    text,
    weighted_kolmogorov_smirnov,
    weighted_quantiles,
)
from zoo.metrics.classifier import roc_area
from zoo.metrics.conditional import slices

LEVELS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)  # the published quantiles
BINS = 10  # of each feature, evenly filled, as published
LEAST_TRACKS = 2000  # about fifty for each of the 36 bins of the separations; below it nothing can be said
PER_BIN = 11_600  # tracks in a bin, as published
FEATURES = (*CONDITIONS, "pT")
JUDGED = 30_000  # tracks of each kind that the classifier sees
SAVED = 20_000  # generated tracks in distributions.h5: a test makes them again
P_CELLS, ETA_CELLS = 6, 6  # of the separations
SLICES = 6  # of each condition, evenly filled
COMPARED = (0.05, 0.25, 0.75, 0.95)  # the levels that ways to teach are compared at
SEEDS = 3  # of the classifier test
RESAMPLINGS = 20  # of the tracks, for the uncertainty of the mean |ratio - 1|
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
    sample, particle = generator.sample, config.particle
    generated = sampled(sample, test, seed)
    real = _same_size(parts["train"], test)
    ratio = ratios(generated, test)
    metrics = {
        "seed": seed,
        "tracks": len(test["P"]),
        "ratios": ratio,
        "ratios_mean": resampled(generated, test, ratio, seed),
        "ratios_real": resampled(real, test, ratios(real, test), seed) if real else None,
        "separation": separations(generated, test, particle, seed),
        "classifier_auc": classifier(generated, test, seed),
        "ks": kolmogorov(generated, test, seed),
        "ties": {"generated": ties(generated), "reference": ties(test)},
        "at": fixed_condition(generated, test, seed),
    }
    metrics = plain(metrics)
    few = data.take(test, slice(SAVED))
    again = histograms(sampled(sample, few, seed))
    bins = {f"{name} {label}": values for name, values in edges().items() for label in ("slow", "fast")}
    attributes = {"seed": seed, "generated": len(few["P"]), "reference": len(test["P"]), "particle": particle}
    saved = distributions.Distributions(data.conditions(few), bins, again, histograms(test), attributes)
    distributions.record(out, metrics, saved)

    from reproductions.rich_gan import figures

    figures.draw(Path(out) / "figures", metrics, {"generated": generated, "reference": test}, particle)
    return metrics


def compared(generator: Generator, parts: Mapping[str, data.Tracks], config: Config) -> dict[str, Measurement]:
    """What `zoo.training.comparison` puts beside each other: mean |ratio - 1| at four quantiles, the trees' area."""
    test, seed = parts["test"], config.seed
    generated = sampled(generator.sample, test, seed)
    found = resampled(generated, test, ratios(generated, test), seed)
    measures = {
        f"|ratio - 1| at {level:.0%}": Measurement(*(found[str(level)][key] for key in ("value", "uncertainty")))
        for level in COMPARED
    }
    kinds = _judged(generated, test)
    return measures | {
        "AUC of trees": classifier_auc(*kinds[:2], seed=seed),
        "null: AUC of trees": classifier_auc(kinds[2], kinds[1], seed=seed),
    }


def ratios(generated: data.Tracks, reference: data.Tracks) -> dict:
    """Ratios of efficiencies, generated / reference, {DLL: {feature: {"edges", "q": {level: [Measurement]}}}}.

    The efficiency eps(x) is the share of tracks whose DLL is at least the x quantile of the reference in the bin, so
    about 1 - x. Tracks without RICH information are no part of it: `ties` compares how many there are, and where they
    are more than x they would be a threshold that all tracks pass. Ten evenly filled bins of P, eta, nSPDHits and pT,
    of the reference's first 116,000 tracks (11,600 to a bin, as published), and the generated tracks of the same
    conditions. The uncertainty is binomial in both samples, which are independent given the conditions, with the
    effective number of weighted tracks (sum w)^2 / sum w^2.
    """
    reference = data.take(reference, slice(BINS * PER_BIN))
    generated = data.take(generated, slice(BINS * PER_BIN))
    found: dict = {name: {} for name in DLLS}
    for feature in FEATURES:
        own, other = _feature(reference, feature), _feature(generated, feature)
        places = [binned(values, own, BINS) for values in (other, own)]
        columns: dict[str, list] = {name: [] for name in DLLS}
        for i in range(BINS):
            made, held = (data.take(s, p == i) for s, p in zip((generated, reference), places, strict=True))
            for name in DLLS:
                columns[name].append(_efficiency_ratios(made, held, name))
        for name in DLLS:
            levels = {str(level): [one[k] for one in columns[name]] for k, level in enumerate(LEVELS)}
            found[name][feature] = {"edges": np.quantile(own, np.linspace(0, 1, BINS + 1)).tolist(), "q": levels}
    return found


def summary(found: Mapping) -> dict[str, dict]:
    """{level: mean |ratio - 1| over all DLLs, features and bins}, as published, with its uncertainty.

    "expected" is what statistical fluctuations alone would give, sqrt(2 / pi) times the mean uncertainty; so much of it
    comes from them, whoever generates. The uncertainty is the standard error of the mean over DLLs and features, which
    are of the same tracks, four times: `resampled` knows better.
    """
    result = {}
    for level in map(str, LEVELS):
        cells = [
            [m for m in one["q"][level] if not math.isnan(m.value)] for dll in found.values() for one in dll.values()
        ]
        means = [np.mean([abs(m.value - 1) for m in cell]) for cell in cells if cell]
        errors = [m.uncertainty for cell in cells for m in cell]
        result[level] = {
            **Measurement(float(np.mean(means)), float(np.std(means, ddof=1) / math.sqrt(len(means))))._asdict(),
            "expected": float(np.mean(errors)) * math.sqrt(2 / math.pi),
        }
    return result


def resampled(generated: data.Tracks, reference: data.Tracks, found: Mapping, seed: int) -> dict[str, dict]:
    """The `summary` of the ratios `found`, with the uncertainty that drawing the tracks anew gives (bootstrap).

    A track is drawn with the generated one of its conditions. That counts what DLLs and features have in common: a
    track is in a bin of each of the four features.
    """
    rng = np.random.default_rng(seed)
    tracks = [data.take(kind, slice(BINS * PER_BIN)) for kind in (generated, reference)]
    means = []
    for _ in range(RESAMPLINGS):
        rows = rng.integers(len(tracks[1]["P"]), size=len(tracks[1]["P"]))
        again = summary(ratios(*(data.take(kind, rows) for kind in tracks)))
        means.append([again[str(level)]["value"] for level in LEVELS])
    spreads = dict(zip(map(str, LEVELS), np.std(means, axis=0, ddof=1), strict=True))
    return {level: {**one, "uncertainty": float(spreads[level])} for level, one in summary(found).items()}


def separations(generated: data.Tracks, reference: data.Tracks, particle: str, seed: int) -> dict | None:
    """How well the species is told from pions by its DLL, generated less reference, in 6 x 6 bins of P and eta.

    The area under the ROC curve against simulated pions of the same bin, for generated and for reference tracks:
    {"P_edges", "eta_edges", "difference": 6 rows of 6 Measurements, "mean", "mean_without_largest": {...}}; one bin, a
    corner, makes a third to a half of the published means of muons and kaons. None for pions. The pions are the same
    for both, so that the uncertainty is that of the two samples of the species alone. Bins with fewer than 50 tracks
    of a kind are undefined.
    """
    if particle not in SEPARATES:
        return None
    name = SEPARATES[particle]
    pions = data.load(data.default("pion"))
    bounds = {
        feature: np.quantile(reference[feature], np.linspace(0, 1, cells + 1))
        for feature, cells in (("P", P_CELLS), ("eta", ETA_CELLS))
    }
    places = {
        kind: np.stack([np.searchsorted(bounds[f][1:-1], tracks[f], "right") for f in bounds])
        for kind, tracks in (("species", reference), ("pion", pions))
    }
    table = []
    for i in range(P_CELLS):
        row = []
        for j in range(ETA_CELLS):
            own = (places["species"] == [[i], [j]]).all(axis=0)
            other = (places["pion"] == [[i], [j]]).all(axis=0)
            row.append(_area_difference(generated[name][own], reference[name][own], pions[name][other]))
        table.append(row)
    cells = [m for row in table for m in row if not math.isnan(m.value)]
    others = sorted(cells, key=lambda m: abs(m.value))[:-1]
    return {
        "dll": name,
        "P_edges": bounds["P"].tolist(),
        "eta_edges": bounds["eta"].tolist(),
        "difference": table,
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
    return [np.column_stack([_features(one), data.matrix(one)]) for one in kinds]


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


def fixed_condition(generated: data.Tracks, reference: data.Tracks, seed: int) -> dict[str, list[dict]]:
    """The DLLs of tracks with RICH information, and whether there is any, in evenly filled slices of each condition.

    As `zoo.metrics.sliced` and `rank_correlations` compare them; none of weighted tracks, which these do not know.
    """
    if any((tracks["weight"] != 1).any() for tracks in (generated, reference)):
        return {}
    pair = _observables(generated), _observables(reference)
    found = {}
    for name in CONDITIONS:
        edges = np.quantile(reference[name], np.linspace(0, 1, SLICES + 1))
        places = [slices(tracks[name], edges) for tracks in (generated, reference)]
        found[name] = sliced(*pair, [tracks[name] for tracks in (generated, reference)], edges, seed=seed)
        for row, *inside in zip(found[name], *places, strict=True):
            kinds = [{dll: kind[dll][rows] for dll in DLLS} for kind, rows in zip(pair, inside, strict=True)]
            row["correlations"] = rank_correlations(*kinds, seed=seed)
    return found


def _observables(tracks: data.Tracks) -> dict[str, np.ndarray]:
    """The DLLs, NaN without RICH information, and whether there is any."""
    there = data.informed(tracks)
    return {**{name: np.where(there, tracks[name], np.nan) for name in DLLS}, "informed": there.astype(float)}


def sampled(sample: Callable[..., data.Tracks], tracks: data.Tracks, seed: int) -> data.Tracks:
    """Generated tracks of the same conditions and weights."""
    asked = data.conditions(tracks)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # some of those held out lie beyond all that were trained on
        made = sample(len(asked["P"]), seed, batch_size=AT_ONCE, **asked)
    return {**asked, "weight": tracks["weight"], **made}


def format_table(metrics: Mapping) -> str:
    """The metrics of `evaluate` as a page of text for the terminal."""
    lines = [f"{metrics['tracks']} held-out tracks and as many generated ones", ""]
    lines.append("mean |efficiency ratio - 1| at the quantile" + "".join(f"{q:>10.0%}" for q in LEVELS))
    rows = {"generated": metrics["ratios_mean"], "training sample": metrics["ratios_real"]}
    for name, row in rows.items():
        if row:
            lines.append(f"{name:>43}" + "".join(f"{row[str(q)]['value']:>10.4f}" for q in LEVELS))
    row = metrics["ratios_mean"]
    lines.append(
        f"{'statistical uncertainty of the mean':>43}" + "".join(f"{row[str(q)]['uncertainty']:>10.4f}" for q in LEVELS)
    )
    lines.append(f"{'from fluctuations alone':>43}" + "".join(f"{row[str(q)]['expected']:>10.4f}" for q in LEVELS))
    ours = published.muon_ratios()
    lines.append(f"{'published, muons':>43}" + "".join(f"{ours[q]:>10.4f}" for q in LEVELS))
    separation = metrics["separation"]
    if separation:
        mean = separation["mean"]
        lines.append(f"mean |dAUC| against pions in 6 x 6 bins: {text(mean)}, {mean['expected']:.4f} from fluctuations")
        lines.append(f"  without the bin of the largest: {text(separation['mean_without_largest'])}")
    trees = metrics["classifier_auc"]
    lines.append(f"AUC of boosted trees, DLLs and conditions: {text(trees['auc'])}")
    lines.append(f"  held out against held out {text(trees['null'])}, pull {trees['pull']:.1f}")
    lines += [f"  {row['events']} tracks: {text(row['auc'])}, null {text(row['null'])}" for row in trees["curve"]]
    ks = metrics["ks"]
    lines.append(f"Kolmogorov-Smirnov: {', '.join(f'{n} {ks[n]:.4f}' for n in DLLS)} (floor {ks['floor']:.4f})")
    for key, label in (("mean", "mean"), ("quantile", "95 % quantile")):
        distance, floor = (text(ks["projections"][name]) for name in (key, f"{key}_floor"))
        lines.append(f"  {label} of 100 projections of tracks with information: {distance} (floor {floor})")
    for name in metrics["ties"]["reference"]:
        shares = (metrics["ties"][kind][name] for kind in ("generated", "reference"))
        lines.append("share of tracks with {}: generated {:.4f}, held out {:.4f}".format(name, *shares))
    if metrics["at"]:
        lines.append("in slices: mean KS distance (floor), largest pull; rank correlations differ by (floor)")
    for name, rows in metrics["at"].items():
        for row in rows:
            kinds, same = row["observables"], row["correlations"]
            distance, floor = (
                np.mean(each) for each in zip(*((k["ks"]["value"], k["floor"]) for k in kinds.values()), strict=True)
            )
            worst = max(kinds, key=lambda kind: kinds[kind]["pull"])
            lines.append(
                f"  {name} {row['low']:.4g} to {row['high']:.4g}: {distance:.4f} ({floor:.4f}), "
                f"{kinds[worst]['pull']:.1f} {worst}; {text(same['mean'])} ({text(same['mean_floor'])})"
            )
    return "\n".join(lines)


def layout(path: str, options: Mapping) -> Sample:
    """Tracks as ``python -m zoo evaluate --layout reproductions.rich_gan.evaluate:layout`` compares them.

    A DLL of a track without RICH information is undefined, and whether there is any is an observable. Weights do not
    count.
    """
    tracks = data.load(path)
    return Sample(_observables(tracks), data.conditions(tracks))


def _feature(tracks: data.Tracks, name: str) -> np.ndarray:
    return tracks["P"] / np.cosh(tracks["eta"]) if name == "pT" else tracks[name]


def _features(tracks: data.Tracks) -> np.ndarray:
    return np.column_stack([tracks[name] for name in CONDITIONS])


def _efficiency_ratios(generated: data.Tracks, reference: data.Tracks, name: str) -> list[Measurement]:
    """At each of LEVELS."""
    kinds = {"g": generated, "r": reference}
    there = {kind: tracks[name] != NO_INFORMATION for kind, tracks in kinds.items()}
    if min(rows.sum() for rows in there.values()) < 2:
        return [Measurement(math.nan, math.nan)] * len(LEVELS)
    values = {kind: tracks[name][there[kind]] for kind, tracks in kinds.items()}
    weights = {kind: tracks["weight"][there[kind]].astype(float) for kind, tracks in kinds.items()}
    found = []
    for threshold in weighted_quantiles(values["r"], weights["r"], np.array(LEVELS)):
        share, variance = {}, 0.0
        for kind, w in weights.items():
            share[kind] = w[values[kind] >= threshold].sum() / w.sum()
            effective = w.sum() ** 2 / (w**2).sum()
            if share[kind] > 0:
                variance += max(1 - share[kind], 0) / (share[kind] * effective)
        ratio = share["g"] / share["r"] if share["r"] > 0 else math.nan
        found.append(Measurement(float(ratio), float(abs(ratio) * math.sqrt(variance))))
    return found


def _area_difference(generated: np.ndarray, reference: np.ndarray, pions: np.ndarray) -> Measurement:
    if min(len(generated), len(pions)) < 50:
        return Measurement(math.nan, math.nan)
    areas, variances = [], []
    for sample in (generated, reference):
        area, _ = roc_area(sample, pions)
        # of the species' part of DeLong's variance: the share of pions below each track
        below = np.searchsorted(np.sort(pions), sample) / len(pions)
        areas.append(area)
        variances.append(below.var(ddof=1) / len(sample))
    return Measurement(areas[0] - areas[1], math.sqrt(sum(variances)))


def _same_size(train: data.Tracks, test: data.Tracks) -> data.Tracks | None:
    """As many training tracks, to show how near two real samples are; None if there are not as many."""
    number = len(test["P"])
    return data.take(train, slice(number)) if len(train["P"]) >= number else None
