"""The published measure of a generator of RICH responses: ratios of efficiencies, in bins of what a track is like."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from reproductions.rich_gan import data
from reproductions.rich_gan.constants import CONDITIONS, DLLS, NO_INFORMATION
from reproductions.rich_gan.observables import binned
from zoo.metrics import Measurement, weighted_quantiles

LEVELS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)  # the published quantiles
BINS = 10  # of each feature, evenly filled, as published
PER_BIN = 11_600  # tracks in a bin, as published
FEATURES = (*CONDITIONS, "pT")
RESAMPLINGS = 20  # of the tracks, for the uncertainty of the mean |ratio - 1|


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


def format_means(rows: Mapping[str, Sequence[float]]) -> list[str]:
    """Numbers at each of `LEVELS`, by what they are, as lines of text below their heading."""
    lines = [f"{'mean |efficiency ratio - 1| at the quantile':>43}" + "".join(f"{q:>10.0%}" for q in LEVELS)]
    return lines + [f"{label:>43}" + "".join(f"{x:>10.4f}" for x in numbers) for label, numbers in rows.items()]


def _feature(tracks: data.Tracks, name: str) -> np.ndarray:
    return tracks["P"] / np.cosh(tracks["eta"]) if name == "pT" else tracks[name]


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
