"""All distances between one sample and another, each with its uncertainty and its floor."""

import math
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from zoo.errors import InputError
from zoo.evaluation.layouts import Sample
from zoo.metrics import (
    Measurement,
    classifier_test,
    frechet_physics_distance,
    halves,
    kernel_physics_distance,
    kolmogorov_smirnov,
    kolmogorov_smirnov_floor,
    nearest_neighbours,
    plain,
    prd_auc,
    precision_recall_density_coverage,
    rank_correlations,
    reweighting,
    sliced,
    text,
    triangular_discrimination,
    triangular_floor,
    wasserstein,
)
from zoo.metrics.conditional import slices

LEAST_EVENTS = 100
MOST_EVENTS = 50_000  # of each sample: the first ones
BINS = 50  # of a histogram, of the separation power
SLICES = 4  # of a condition, with about as many events each
SEEDS = 3  # of each classifier


def compare(sample: Sample, reference: Sample, *, seed: int = 0) -> dict[str, Any]:
    """How far the events of `sample` are from those of `reference`: the content of a JSON file.

    The observables are those of the reference; "left_out" are others of the sample.
    "observables": Kolmogorov-Smirnov and Wasserstein distance and separation power of each; "joint": FPD, KPD, PRD-AUC,
    precision, recall, density and coverage of all observables together, conditions included, and how far events are
    from the nearest of their kind ("diversity") and of the other ("distance"), over the truth's; "classifiers" with
    their null and learning curve; "reweighting"; "slices" and "correlations" at about fixed condition. A joint distance
    or classifier takes half of the reference; the other half, and as many events of the sample, are compared with it:
    so the floor is that of the truth at the same sizes, and twins of one condition are torn apart.
    Raises InputError for other observables or conditions, fewer than 100 events, and too few without NaN.
    """
    left_out = sorted(set(sample.observables) - set(reference.observables))
    sample, reference = (_checked(one, reference) for one in (sample, reference))
    one, other = halves(reference.events, seed)
    own = one if _twins(sample, reference) else np.random.default_rng(seed + 1).permutation(sample.events)
    own = own[: len(one)]
    tables = [_table(events) for events in (sample, reference)]
    samples = tables[0][own], tables[1][other], tables[1][one]  # generated, true, other true
    classifiers = {"high_level": classifier_test(*samples, seed=seed, seeds=SEEDS)}
    if sample.cells is not None and reference.cells is not None:
        both = (sample, sample.cells), (reference, reference.cells)
        images = [np.column_stack([_matrix(events.conditions, events.events), cells]) for events, cells in both]
        low_level = images[0][own], images[1][other], images[1][one]
        classifiers["low_level"] = classifier_test(*low_level, seed=seed, seeds=SEEDS, classifier="calochallenge")
    return plain(
        {
            "seed": seed,
            "events": {"sample": sample.events, "reference": reference.events, "halves": len(own)},
            "left_out": left_out,
            "observables": {name: _single(sample, reference, name, seed) for name in reference.observables},
            "conditions": {
                name: {
                    "ks": kolmogorov_smirnov(sample.conditions[name], reference.conditions[name], seed=seed),
                    "floor": kolmogorov_smirnov_floor(sample.events, reference.events),
                }
                for name in reference.conditions
            },
            "joint": _joint(*samples, seed=seed),
            "classifiers": classifiers,
            "reweighting": reweighting(samples[0], samples[1], seed=seed),
            **_conditional(sample, reference, seed),
        }
    )


def format_table(metrics: Mapping) -> str:
    """The comparison as a page of text for the terminal."""
    events = metrics["events"]
    lines = [
        f"{events['sample']} events, {events['reference']} of the reference; floor: what the reference alone gives",
        "",
        f"{'observable':<28}{'KS':>18}{'floor':>9}{'separation power':>20}{'floor':>9}{'Wasserstein':>24}{'floor':>10}",
    ]
    for name, one in metrics["observables"].items():
        separation, distance = one["separation"], one["wasserstein"]
        lines.append(
            f"{name[:27]:<28}{text(one['ks']):>18}{_number(one['ks_floor']):>9}{text(separation):>20}"
            f"{_number(separation['floor']):>9}{_text(distance):>24}{distance['floor']:>10.3g}"
        )
    if metrics["left_out"]:
        lines.append(f"not in the reference: {', '.join(metrics['left_out'])}")
    lines += ["", f"All observables together, {events['halves']} events of each kind"]
    for name, one in metrics["joint"].items():
        lines.append(
            f"  {name:<12}{_text(one):>24}   floor {_text(one['floor'])}" if one else f"  {name:<12}not defined"
        )
    for name, test in metrics["classifiers"].items():
        lines += ["", f"Classifier, {name.replace('_', ' ')}: {test['classifier']}"]
        lines.append(
            f"  AUC {text(test['auc'])}, reference against itself {text(test['null'])}, pull {test['pull']:.1f}"
        )
        lines += [f"  {row['events']} events: {text(row['auc'])}, null {text(row['null'])}" for row in test["curve"]]
    found = metrics["reweighting"]
    lines += [
        "",
        f"Weights of a calibrated classifier: spread {found['spread']:.3f}, 5 to 95 % "
        f"{found['quantiles'][0]:.2f} to {found['quantiles'][2]:.2f}, {found['effective']:.0%} of the events are left",
        f"  with them the AUC goes from {text(found['auc']['before'])} to {text(found['auc']['after'])}, the mean KS "
        f"from {found['ks']['before']:.4f} to {found['ks']['after']:.4f} (floor {found['ks']['floor']:.4f})",
    ]
    for name, one in metrics["conditions"].items():
        note = f"condition {name}: KS {text(one['ks'])} (floor {one['floor']:.4f})"
        lines.append(f"{note}: not distributed alike" if one["ks"]["value"] > 3 * one["floor"] else note)
    for condition, rows in metrics["slices"].items():
        lines += ["", f"Slices of {condition}: the largest KS pulls"]
        for row in rows:
            pulls = sorted(((one["pull"], key) for key, one in row["observables"].items()), reverse=True)[:4]
            listed = ", ".join(f"{key} {pull:.1f}" for pull, key in pulls) or "too few events"
            lines.append(f"  {row['low']:.4g} to {row['high']:.4g}: {listed}")
            correlations = row["correlations"]
            lines.append(
                f"    rank correlations differ by {text(correlations['mean'])} on average (floor "
                f"{text(correlations['mean_floor'])})"
            )
    return "\n".join(lines)


def _checked(sample: Sample, reference: Sample) -> Sample:
    """The first events of `sample`, with the observables and conditions of the reference, in its order."""
    for kind, found, expected in (
        ("observable", sample.observables, reference.observables),
        ("condition", sample.conditions, reference.conditions),
    ):
        missing = [name for name in expected if name not in found]
        if missing:
            raise InputError(f"the reference has the {kind} {missing[0]}, the sample has only {', '.join(found)}")
    if sample.events < LEAST_EVENTS:
        raise InputError(f"a file holds {sample.events} events, expected at least {LEAST_EVENTS}")
    for name, values in sample.conditions.items():
        if not np.isfinite(values).all():
            raise InputError(f"the condition {name} is not finite for every event")
    first = slice(MOST_EVENTS)
    cells = None if sample.cells is None else sample.cells[first]
    observables, conditions = (
        {name: found[name][first] for name in expected}
        for found, expected in (
            (sample.observables, reference.observables),
            (sample.conditions, reference.conditions),
        )
    )
    return Sample(observables, conditions, cells)


def _twins(sample: Sample, reference: Sample) -> bool:
    """Whether event by event the conditions are the same."""
    if sample.events != reference.events or not sample.conditions:
        return False
    return all(np.allclose(sample.conditions[name], reference.conditions[name]) for name in sample.conditions)


def _matrix(columns: Mapping[str, np.ndarray], events: int) -> np.ndarray:
    return np.column_stack(list(columns.values())) if columns else np.empty((events, 0))


def _table(events: Sample) -> np.ndarray:
    return np.column_stack([_matrix(part, events.events) for part in (events.conditions, events.observables)])


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


def _joint(x: np.ndarray, y: np.ndarray, truth: np.ndarray, *, seed: int) -> dict[str, Any]:
    """Of the events that have all observables; None for all where they are too few."""
    x, y, truth = (table[np.isfinite(table).all(axis=1)] for table in (x, y, truth))
    singles: dict[str, Callable[..., Measurement]] = {
        "fpd": frechet_physics_distance,
        "kpd": kernel_physics_distance,
        "prd_auc": prd_auc,
    }
    names = (*singles, "precision", "recall", "density", "coverage", "diversity", "distance")
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
    return found | {name: {**own[name]._asdict(), "floor": floor[name]} for name in own}


def _conditional(sample: Sample, reference: Sample, seed: int) -> dict[str, Any]:
    """Slices of each condition with the rank correlations in each; all events are one slice if there is none."""
    found = {}
    both = sample, reference
    conditions = {name: [events.conditions[name] for events in both] for name in reference.conditions}
    for name, pair in (conditions or {"all events": [np.zeros(events.events) for events in both]}).items():
        edges = np.unique(np.quantile(pair[1], np.linspace(0, 1, SLICES + 1)))
        edges = edges if len(edges) > 1 else edges[0] + np.array([-0.5, 0.5])
        rows = sliced(sample.observables, reference.observables, pair, edges, seed=seed)
        places = [slices(condition, edges) for condition in pair]
        for i, row in enumerate(rows):
            inside = [
                {key: values[place[i]] for key, values in events.observables.items()}
                for events, place in zip(both, places, strict=True)
            ]
            row["correlations"] = rank_correlations(*inside, seed=seed)
        found[name] = rows
    return {"slices": found}


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def _text(number: Mapping[str, Any]) -> str:
    return "-" if number["value"] is None else f"{number['value']:.4g} ± {number['uncertainty']:.2g}"
