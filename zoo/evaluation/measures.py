"""What tells generated events from true ones, the same for all rooms and for anybody's files.

A room names observables and conditions in a `Sample`; `measures` does the rest, `by_room` for the rooms' ``evaluate``.
"""

import math
import textwrap
import warnings
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from zoo.evaluation.layouts import Sample
from zoo.metrics import (
    Measurement,
    copies,
    frechet_physics_distance,
    halves,
    holes,
    kernel_physics_distance,
    kolmogorov_smirnov,
    kolmogorov_smirnov_floor,
    mean,
    nearest_neighbours,
    plain,
    prd_auc,
    precision_recall_density_coverage,
    rank_correlations,
    response,
    reweighting,
    sliced,
    text,
    triangular_discrimination,
    triangular_floor,
    wasserstein,
)
from zoo.metrics.conditional import ranked_within, slices

LEAST_EVENTS = 100
BINS = 50  # of a histogram, of the separation power
PAIR_BINS = (3, 10)  # at least and at most along each axis of a histogram of two observables
PAIR_EVENTS = 20  # true ones in a bin of it, about
WORST = 5  # pairs that are named
SLICES = 4  # of a condition, with about as many events each
DISCRETE = 12  # a condition of so many values or fewer has a slice for each
CELL_EVENTS = 1000  # of each kind, for correlations of cells
FILLED = 0.05  # share of true events in which a cell differs from its median, at least, to be correlated
ROOM_EVENTS = 10_000  # of each kind, where a room asks
NEIGHBOURS, KNOWN = 2000, 50_000  # so many events look for copies among so many training and held-out ones
RESPONSE = "response"  # the observable of a calorimeter whose core and tails are looked at
TOLD = {"below_2": "more than 2 % low", "below_3": "more than 3 % low"}


def measures(
    generated: Sample,
    reference: Sample,
    *,
    training: Sample | None = None,
    most: int | None = None,
    in_slices: int | None = None,
    seed: int,
) -> dict[str, Any]:
    """How far `generated` events are from those of `reference`, which have the same observables and conditions.

    {"observables": Kolmogorov-Smirnov and Wasserstein distance and separation power of each, with floors;
    "pairs": separation power of two at a time; "joint": FPD, KPD, PRD-AUC, precision, recall, density, coverage and
    nearest neighbours of all together, conditions included, and "holes"; "copies" of `training` events, where these are
    given; "cells": rank correlations of cells within slices of the first condition; "reweighting"; "slices": everything
    at about fixed condition}. Joint distances take half of the reference; the other half, and as many generated events,
    are compared with it: so the floor is that of the truth at the same sizes, and twins of one condition are torn
    apart. They are not in "observables", "pairs" and "slices", whose floors and pulls are those of independent events:
    where generated events have the conditions of the reference's, a perfect generator is below these floors, the more
    the conditions tell of an event. Of each kind at most `most` events, evenly spread over the sample, are taken, and
    `in_slices`, or else as many, for the slices.
    """
    found: dict[str, Any] = {}
    if training is not None:
        found["copies"] = _copies(generated, reference, training, seed)
    wide, wide_reference = (thinned(one, in_slices or most or one.events) for one in (generated, reference))
    if most:
        generated, reference = (thinned(sample, most) for sample in (generated, reference))
    samples = parts(generated, reference, seed)
    enough = min(sample.events for sample in samples) >= LEAST_EVENTS // 2
    found |= {
        "observables": {name: _single(generated, reference, name, seed) for name in reference.observables},
        "pairs": _pairs(generated.observables, reference.observables),
        "joint": _joint(*(table(one) for one in samples), seed=seed),
        "reweighting": reweighting(table(samples[0]), table(samples[1]), seed=seed) if enough else None,
        "slices": _conditional(wide, wide_reference, seed),
    }
    if enough and generated.cells is not None and reference.cells is not None:
        found["cells"] = _cells(generated, reference, seed)
    return plain(found)


def by_room(
    generated: Sample, reference: Sample, training: Sample | None, seed: int, *, in_slices: int | None = None
) -> dict[str, Any]:
    """The `measures` as a room's metrics hold them: {"measures": all but the slices, "slices"}."""
    found = measures(
        generated, reference, training=training, most=ROOM_EVENTS, in_slices=in_slices or ROOM_EVENTS, seed=seed
    )
    of_slices = found.pop("slices")
    return {"measures": found, "slices": of_slices}


def format_by_room(metrics: Mapping) -> list[str]:
    """What `by_room` has put into a room's `metrics`, as lines of text."""
    return ["", *format_measures({**metrics["measures"], "slices": metrics["slices"]})]


def format_measures(found: Mapping[str, Any]) -> list[str]:
    """What `measures` gave as lines of text."""
    lines = [
        f"{'observable':<28}{'KS':>18}{'floor':>9}{'separation power':>20}{'floor':>9}{'Wasserstein':>24}{'floor':>10}"
    ]
    for name, one in found["observables"].items():
        separation, distance = one["separation"], one["wasserstein"]
        lines.append(
            f"{name[:27]:<28}{text(one['ks']):>18}{_number(one['ks_floor']):>9}{text(separation):>20}"
            f"{_number(separation['floor']):>9}{_text(distance):>24}{_short(distance['floor']):>10}"
        )
    lines += ["", *_format_pairs(found["pairs"]), *_format_joint(found)]
    if "cells" in found:
        lines.append(f"Rank correlations of {found['cells']['cells']} cells at about fixed condition differ by")
        lines.append(f"  {_correlated(found['cells'])}")
    if weights := found["reweighting"]:
        low, _, high = weights["quantiles"]
        before, after, floor = (weights["ks"][key] for key in ("before", "after", "floor"))
        lines += [
            f"Weights of a calibrated classifier: spread {weights['spread']:.3f}, 5 to 95 % {low:.2f} to {high:.2f}, "
            f"{weights['effective']:.0%} of the events are left",
            f"  with them the AUC goes from {text(weights['auc']['before'])} to {text(weights['auc']['after'])}, the "
            f"mean KS from {before:.4f} to {after:.4f} (floor {floor:.4f})",
        ]
    for condition, rows in found["slices"].items():
        lines += ["", *_format_slices(condition, rows)]
    return lines


def format_test(name: str, test: Mapping[str, Any], truth: str = "truth against truth") -> list[str]:
    """What `zoo.metrics.classifier_test` gave as lines of text; `truth` says what the null is."""
    lines = [f"AUC, {name}: {text(test['auc'])}, {truth} {text(test['null'])}, pull {test['pull']:.1f}"]
    lines += [f"  {row['events']} events: {text(row['auc'])}, null {text(row['null'])}" for row in test["curve"]]
    return [*lines, f"  {test['classifier']}"]


def thinned(sample: Sample, most: int) -> Sample:
    """`most` events of a larger sample, evenly spread over it, for files are sorted by some condition."""
    return sample if sample.events <= most else chosen(sample, _spread(sample.events, most))


def chosen(sample: Sample, rows: np.ndarray) -> Sample:
    """The events `rows` of a sample."""
    observables, conditions = (
        {name: values[rows] for name, values in mapping.items()} for mapping in (sample.observables, sample.conditions)
    )
    at = {name: (values[rows], edges) for name, (values, edges) in (sample.slices or {}).items()}
    cells = None if sample.cells is None else sample.cells[rows]
    return Sample(observables, conditions, cells, at or None)


def parts(generated: Sample, reference: Sample, seed: int) -> tuple[Sample, Sample, Sample]:
    """As many generated events as half of the reference has, one half of it and the other, without twins between the
    first two."""
    one, other = halves(reference.events, seed)
    twins = _twins(generated, reference)
    own = one if twins else np.random.default_rng(seed + 1).permutation(generated.events)[: len(one)]
    return chosen(generated, own), chosen(reference, other), chosen(reference, one)


def table(events: Sample) -> np.ndarray:
    """Conditions and observables, (n, k)."""
    columns = [*events.conditions.values(), *events.observables.values()]
    return np.column_stack(columns).astype(float)


def _twins(sample: Sample, reference: Sample) -> bool:
    """Whether event by event the conditions are the same."""
    if sample.events != reference.events or not sample.conditions:
        return False
    return all(np.allclose(sample.conditions[name], reference.conditions[name]) for name in sample.conditions)


def _spread(events: int, most: int) -> np.ndarray:
    """The indices of at most `most` of so many events."""
    return np.linspace(0, events - 1, min(events, most)).astype(int)


def _single(sample: Sample, reference: Sample, name: str, seed: int) -> dict[str, Any]:
    x, y = (events.observables[name] for events in (sample, reference))
    x, y = (values[np.isfinite(values)] for values in (x, y))
    undefined = [float(1 - len(v) / e.events) for v, e in ((x, sample), (y, reference))]
    if min(len(x), len(y)) < 4:
        nothing = Measurement(math.nan, math.nan)
        panel: dict[str, Any] = {
            "ks": nothing,
            "ks_floor": math.nan,
            "separation": {**nothing._asdict(), "floor": math.nan},
        }
        return {**panel, "wasserstein": {**nothing._asdict(), "floor": math.nan}, "undefined": undefined}
    edges = np.linspace(y.min(), y.max() if y.max() > y.min() else y.min() + 1, BINS + 1)
    p, q = (np.histogram(np.clip(values, edges[0], edges[-1]), edges)[0] for values in (x, y))
    one, other = halves(len(y), seed)
    shrink = math.sqrt((1 / len(x) + 1 / len(y)) / (4 / len(y)))  # fluctuations of halves are larger
    floor = shrink * wasserstein(y[one], y[other], seed=seed, resamplings=2).value
    return {
        "ks": kolmogorov_smirnov(x, y, seed=seed),
        "ks_floor": kolmogorov_smirnov_floor(len(x), len(y)),
        "separation": {**triangular_discrimination(p, q)._asdict(), "floor": triangular_floor(p, q)},
        "wasserstein": {**wasserstein(x, y, seed=seed)._asdict(), "floor": floor},
        "undefined": undefined,
    }


def _pairs(generated: Mapping[str, np.ndarray], reference: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Separation power of each two observables in bins that hold about as many true events along either axis.

    {"value", "uncertainty", "floor": means over the pairs; "pairs": their number, "worst": those furthest above their
    floor, {"pair", "value", "uncertainty", "floor"}}. NaN has a bin of its own.
    """
    events = len(next(iter(reference.values())))
    bins = int(np.clip(math.sqrt(events / PAIR_EVENTS), *PAIR_BINS))
    places = []
    for sample in (generated, reference):
        own = {}
        for name, true in reference.items():
            known = true[np.isfinite(true)]
            edges = np.unique(np.quantile(known, np.linspace(0, 1, bins + 1)[1:-1])) if len(known) else np.empty(0)
            own[name] = np.where(np.isfinite(sample[name]), np.searchsorted(edges, sample[name], side="right"), bins)
        places.append(own)
    rows = []
    for first, second in combinations(reference, 2):
        p, q = (
            np.bincount(own[first] * (bins + 1) + own[second], minlength=(bins + 1) ** 2).astype(float)
            for own in places
        )
        distance, floor = triangular_discrimination(p, q), triangular_floor(p, q)
        rows.append({"pair": f"{first} - {second}", **distance._asdict(), "floor": floor})
    overall = mean(Measurement(row["value"], row["uncertainty"]) for row in rows)
    floor = float(np.mean([row["floor"] for row in rows])) if rows else math.nan
    worst = sorted(rows, key=lambda row: row["floor"] - row["value"])[:WORST]
    return {**overall._asdict(), "floor": floor, "pairs": len(rows), "worst": worst}


def _joint(x: np.ndarray, y: np.ndarray, truth: np.ndarray, *, seed: int) -> dict[str, Any]:
    """Of the events that have all observables; None for all where they are too few."""
    x, y, truth = (rows[np.isfinite(rows).all(axis=1)] for rows in (x, y, truth))
    x, truth = x[: len(truth)], truth[: len(x)]  # a floor is that of as many events
    singles: dict[str, Callable[..., Measurement]] = {
        "fpd": frechet_physics_distance,
        "kpd": kernel_physics_distance,
        "prd_auc": prd_auc,
    }
    names = (*singles, "precision", "recall", "density", "coverage", "diversity", "distance", "holes")
    if min(map(len, (x, y, truth))) < LEAST_EVENTS // 4:
        return dict.fromkeys(names)
    found: dict[str, Any] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # k-means of observables with few values finds fewer clusters
        for name, distance in singles.items():
            found[name] = {**distance(x, y, seed=seed)._asdict(), "floor": distance(truth, y, seed=seed)}
    own, floor = (
        precision_recall_density_coverage(one[: len(y)], y) | nearest_neighbours(one, y, seed=seed)
        for one in (x, truth)
    )
    found |= {name: {**own[name]._asdict(), "floor": floor[name]} for name in own}
    return found | {"holes": holes(x, y, truth)}


def _copies(generated: Sample, reference: Sample, training: Sample, seed: int) -> dict[str, Any] | None:
    """Of cells, where there are some, else of observables and conditions that all events have; None for too few.

    Conditions are those of other held-out events: an event would be nearest to its twin for these alone, or for what
    they make of its cells.
    """
    seen = any(one.cells is None for one in (generated, reference, training))
    if _twins(generated, reference):
        generated, reference, _ = parts(generated, reference, seed)
    samples = [thinned(generated, NEIGHBOURS), *(thinned(one, KNOWN) for one in (training, reference))]
    tables = [table(one) if seen else np.asarray(one.cells, float) for one in samples]
    known = [rows[np.isfinite(rows).all(axis=1)] for rows in tables]
    return copies(*known, seed=seed) if min(map(len, known)) >= LEAST_EVENTS // 4 else None


def _cells(generated: Sample, reference: Sample, seed: int) -> dict[str, Any]:
    """Rank correlations of cells, ranked within slices of the first condition: what it does to all cells is out."""
    pair, edges = next(iter(_sliced_by(generated, reference).values()))
    rows = [_spread(sample.events, CELL_EVENTS) for sample in (generated, reference)]
    images = [np.asarray(sample.cells)[own] for sample, own in zip((generated, reference), rows, strict=True)]
    filled = np.mean(images[1] != np.median(images[1], axis=0), axis=0) >= FILLED
    ranks = [
        ranked_within(image[:, filled], slices(values[own], np.asarray(edges)))
        for image, values, own in zip(images, pair, rows, strict=True)
    ]
    found = rank_correlations(*({str(k): column for k, column in enumerate(one.T)} for one in ranks), seed=seed)
    return {name: one for name, one in found.items() if name != "pairs"} | {"cells": int(filled.sum())}


def _sliced_by(
    generated: Sample, reference: Sample
) -> dict[str, tuple[tuple[np.ndarray, np.ndarray], Sequence[float] | np.ndarray]]:
    """((values (n,) of the generated, (m,) of the true events), edges) by name."""
    if generated.slices and reference.slices:
        return {
            name: ((generated.slices[name][0], values), edges) for name, (values, edges) in reference.slices.items()
        }
    if not reference.conditions:
        return {"all events": ((np.zeros(generated.events), np.zeros(reference.events)), [-0.5, 0.5])}
    return {
        name: ((generated.conditions[name], values), _edges(values)) for name, values in reference.conditions.items()
    }


def _edges(values: np.ndarray) -> np.ndarray:
    """Quantiles of a condition; between its values if they are few."""
    distinct = np.unique(values)
    if len(distinct) == 1:
        return distinct[0] + np.array([-0.5, 0.5])
    if len(distinct) > DISCRETE:
        return np.unique(np.quantile(values, np.linspace(0, 1, SLICES + 1)))
    middles = (distinct[1:] + distinct[:-1]) / 2
    return np.concatenate([[2 * distinct[0] - middles[0]], middles, [2 * distinct[-1] - middles[-1]]])


def _conditional(sample: Sample, reference: Sample, seed: int) -> dict[str, list]:
    """Slices of each condition with the rank correlations in each, and the response where there is one."""
    found = {}
    both = {"generated": sample, "reference": reference}
    for name, (pair, edges) in _sliced_by(sample, reference).items():
        edges = np.asarray(edges, float)
        rows = sliced(sample.observables, reference.observables, pair, edges, seed=seed)
        places = [slices(values, edges) for values in pair]
        for i, row in enumerate(rows):
            inside = {
                source: {key: values[place[i]] for key, values in events.observables.items()}
                for (source, events), place in zip(both.items(), places, strict=True)
            }
            row["correlations"] = rank_correlations(inside["generated"], inside["reference"], seed=seed)
            if RESPONSE in reference.observables:
                row["response"] = {source: response(values[RESPONSE], seed=seed) for source, values in inside.items()}
        found[name] = rows
    return found


def _format_pairs(found: Mapping[str, Any]) -> list[str]:
    if not found["worst"]:
        return []
    worst = (f"{one['pair']} {one['value']:.4f} ({one['floor']:.4f})" for one in found["worst"])
    lines = textwrap.wrap(", ".join(worst), 115, initial_indent="  worst (floor): ", subsequent_indent="    ")
    overall = f"mean {text(found)} (floor {_number(found['floor'])})"
    return [f"Separation power of {found['pairs']} pairs of observables, in two dimensions: {overall}", *lines]


def _format_joint(found: Mapping[str, Any]) -> list[str]:
    lines = ["", "All observables together, half of the events of each kind"]
    for name, one in found["joint"].items():
        lines.append(
            f"  {name:<12}{_text(one):>24}   floor {_text(one['floor'])}" if one else f"  {name:<12}not defined"
        )
    if one := found["joint"]["holes"]:
        lines.append(
            f"  holes: the share of true events without a generated one as near as {one['percent']:.0f} % of them have "
            f"a true one; pull {one['pull']:.1f}"
        )
    if one := found.get("copies"):
        lines += [
            f"Of {one['events']} generated events {text(one['share'])} are nearer to a training event than to any "
            f"held-out one, {one['expected']:.4f} expected",
            f"  pull {one['pull']:.1f}, p = {one['p']:.2g} without copies",
            f"  distance to the nearest training event, over that of held-out events: {text(one['ratio'])}",
        ]
    return [*lines, ""]


def _format_slices(condition: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    lines = [f"Slices of {condition.replace('_', ' ')}: mean KS distance (floor), the largest KS pulls"]
    for row in rows:
        kinds = row["observables"]
        place = f"  {row['low']:.4g} to {row['high']:.4g}, {row['events']['reference']} true events"
        if not kinds:
            lines.append(f"{place}: too few events")
            continue
        distance, floor = (
            np.mean(each) for each in zip(*((k["ks"]["value"], k["floor"]) for k in kinds.values()), strict=True)
        )
        pulls = sorted(((one["pull"], key) for key, one in kinds.items()), reverse=True)[:3]
        listed = ", ".join(f"{key} {pull:.1f}" for pull, key in pulls)
        lines += textwrap.wrap(f"{place}: {distance:.4f} ({floor:.4f}), {listed}", 118, subsequent_indent="    ")
        lines.append(f"    rank correlations differ by {_correlated(row['correlations'])}")
        for one in row["correlations"]["pairs"][:2]:
            lines.append(f"      {one['pair']}: {one['generated']:+.2f}, true {one['reference']:+.2f}")
        if RESPONSE in row:
            ours, true = (row[RESPONSE][source] for source in ("generated", "reference"))
            shown = ", ".join(f"{TOLD.get(key, key)} {text(ours[key])} ({text(true[key])})" for key in ours)
            lines += textwrap.wrap(f"response (true): {shown}", 115, initial_indent="    ", subsequent_indent="      ")
    return lines


def _correlated(found: Mapping[str, Any]) -> str:
    """Mean and largest difference of rank correlations with their floors."""
    return (
        f"{text(found['mean'])} (floor {text(found['mean_floor'])}), at most "
        f"{text(found['largest'], 2)} (floor {text(found['largest_floor'], 2)})"
    )


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def _short(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}"


def _text(number: Mapping[str, Any]) -> str:
    return "-" if number["value"] is None else f"{number['value']:.4g} ± {number['uncertainty']:.2g}"
