"""All distances between one sample and another, each with its uncertainty and its floor."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from zoo.errors import InputError
from zoo.evaluation.layouts import Sample
from zoo.evaluation.measures import LEAST_EVENTS, format_measures, format_test, measures, parts, table, thinned
from zoo.metrics import classifier_test, kolmogorov_smirnov, kolmogorov_smirnov_floor, plain, text

MOST_EVENTS = 50_000  # of each sample, evenly spread over it
SEEDS = 3  # of each classifier


def compare(sample: Sample, reference: Sample, *, seed: int = 0) -> dict[str, Any]:
    """How far the events of `sample` are from those of `reference`: the content of a JSON file.

    The observables are those of the reference; "left_out" are others of the sample.
    What `measures` gives, and "classifiers" with their null and learning curve, which take halves of the reference as
    these do.
    Raises InputError for other observables or conditions, fewer than 100 events, and too few without NaN.
    """
    left_out = sorted(set(sample.observables) - set(reference.observables))
    sample, reference = (_checked(one, reference) for one in (sample, reference))
    samples = parts(sample, reference, seed)  # generated, true, other true
    classifiers = {"high_level": classifier_test(*map(table, samples), seed=seed, seeds=SEEDS)}
    if sample.cells is not None and reference.cells is not None:
        images = [np.column_stack([*one.conditions.values(), np.asarray(one.cells)]) for one in samples]
        classifiers["low_level"] = classifier_test(*images, seed=seed, seeds=SEEDS, classifier="calochallenge")
    return plain(
        {
            "seed": seed,
            "events": {"sample": sample.events, "reference": reference.events, "halves": samples[0].events},
            "left_out": left_out,
            "conditions": {
                name: {
                    "ks": kolmogorov_smirnov(sample.conditions[name], reference.conditions[name], seed=seed),
                    "floor": kolmogorov_smirnov_floor(sample.events, reference.events),
                }
                for name in reference.conditions
            },
            "classifiers": classifiers,
            **measures(sample, reference, seed=seed),
        }
    )


def format_table(metrics: Mapping) -> str:
    """The comparison as a page of text for the terminal."""
    events = metrics["events"]
    lines = [
        f"{events['sample']} events, {events['reference']} of the reference; floor: what the reference alone gives",
        "",
    ]
    if metrics["left_out"]:
        lines.append(f"not in the reference: {', '.join(metrics['left_out'])}")
    for name, test in metrics["classifiers"].items():
        lines += format_test(name.replace("_", " "), test, "reference against itself")
    for name, one in metrics["conditions"].items():
        note = f"condition {name}: KS {text(one['ks'])} (floor {one['floor']:.4f})"
        lines.append(f"{note}: not distributed alike" if one["ks"]["value"] > 3 * one["floor"] else note)
    return "\n".join([*lines, "", *format_measures(metrics)])


def _checked(sample: Sample, reference: Sample) -> Sample:
    """Events of `sample`, with the observables and conditions of the reference, in its order."""
    role = "reference" if sample is reference else "sample"
    for kind, found, expected in (
        ("observable", sample.observables, reference.observables),
        ("condition", sample.conditions, reference.conditions),
    ):
        missing = [name for name in expected if name not in found]
        if missing:
            raise InputError(f"the reference has the {kind} {missing[0]}, the sample has only {', '.join(found)}")
    if sample.events < LEAST_EVENTS:
        raise InputError(f"the {role} holds {sample.events} events, expected at least {LEAST_EVENTS}")
    for name, values in sample.conditions.items():
        if not np.isfinite(values).all():
            raise InputError(f"the condition {name} is not finite for every event")
    observables = {name: sample.observables[name] for name in reference.observables}
    conditions = {name: sample.conditions[name] for name in reference.conditions}
    return thinned(Sample(observables, conditions, sample.cells, sample.slices), MOST_EVENTS)
