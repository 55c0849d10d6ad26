"""Do classifiers of particles that learn from generated showers work on Geant4's? (arXiv:1705.02355, section 5.)

    python -m reproductions.calogan.classification

Positrons against photons, and against pions: a network on the cells and boosted trees on the shapes learn from Geant4's
showers or from as many generated ones, and judge held-out showers of Geant4 and new generated ones, at energies that
are uniform for all particles alike; the energy itself is not told. All showers of Geant4 come with this repository; the
models did not learn from those that are judged.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from reproductions.calogan import data
from reproductions.calogan.data import Showers, take
from reproductions.calogan.evaluate import CELL_SCALE, cells
from reproductions.calogan.headline import SHOWERS
from zoo.cli import Parser, check_seed, run
from zoo.data.files import atomic
from zoo.errors import InputError
from zoo.generator import Generator
from zoo.metrics import plain, text, transfer
from zoo.metrics.classifier import Classifier
from zoo.observables.calorimeter import shower_shapes

MODELS = ("calogan_eplus_plus", "calogan_gamma_plus", "calogan_piplus_plus")
PAIRS = (("eplus", "gamma"), ("eplus", "piplus"))
SOURCES = ("Geant4", "generated")
JUDGES: dict[str, Classifier] = {"cells": "network", "shapes": "boosting"}
RECORD = Path(__file__).with_name("classification.json")
SEEDS = 3  # classifiers of a kind


def samples(generator: Generator, seed: int) -> tuple[str, dict[str, dict[str, Showers]]]:
    """The particle of a model, and {"Geant4", "generated": {"train", "test": showers}}, generated at the same energies.

    Raises InputError for a model that learnt from the held-out sample.
    """
    particle = generator.card["training"]["config"]["particle"][0]
    known = data.held_out(particle, generator.card)
    if known is None:
        raise InputError(f"{generator.name}: may have learnt from the held-out showers of {particle}, expected another")
    real = {name: known[name] for name in ("train", "test")}
    made = {
        name: {"energy": part["energy"]} | generator.sample(len(part["energy"]), seed + i, energy=part["energy"])
        for i, (name, part) in enumerate(real.items())
    }
    return particle, {"Geant4": real, "generated": made}


def classify(found: Mapping[str, Mapping[str, Mapping[str, Showers]]], seed: int, seeds: int = SEEDS) -> dict[str, Any]:
    """{"eplus gamma": {"train", "test": showers of each kind, "cells": {"Geant4": {"Geant4", "generated": {"auc",
    "accuracy"}}, ...}, "shapes"}}: by the source that was learnt from, then by that which was judged."""
    results: dict[str, Any] = {}
    for pair in PAIRS:
        sizes = {part: min(len(found[one]["Geant4"][part]["energy"]) for one in pair) for part in ("train", "test")}
        row: dict[str, Any] = dict(sizes)
        for judge, classifier in JUDGES.items():
            sets = {
                (source, part): tuple(features(take(found[one][source][part], slice(size)), judge) for one in pair)
                for source in SOURCES
                for part, size in sizes.items()
            }
            row[judge] = {}
            for learnt in SOURCES:
                judged = [sets[source, "test"] for source in SOURCES]
                areas = transfer(sets[learnt, "train"], judged, seed=seed, classifier=classifier, seeds=seeds)
                row[judge][learnt] = dict(zip(SOURCES, areas, strict=True))
        results[" ".join(pair)] = row
    return results


def features(showers: Showers, judge: str) -> np.ndarray:
    """What a classifier sees of n showers, (n, features): log(1 + cell / CELL_SCALE), or the shapes."""
    if judge == "cells":
        return np.log1p(cells(showers) / CELL_SCALE)
    return np.stack([values for name, values in shower_shapes(showers).items() if not name.endswith("_log")], axis=1)


def format_table(found: Mapping[str, Any]) -> str:
    """The results as a Markdown table."""
    rows = [
        "| AUC, accuracy; learns from → judges | Geant4 → Geant4 | generated → Geant4 | Geant4 → generated | "
        "generated → generated |",
        "|---|---|---|---|---|",
    ]
    ways: Sequence[tuple[str, str]] = [(learnt, judged) for judged in SOURCES for learnt in SOURCES]
    for pair, row in found.items():
        for judge in JUDGES:
            numbers = [row[judge][learnt][judged] for learnt, judged in ways]
            shown = " | ".join(f"{text(one['auc'], 3)}, {text(one['accuracy'], 3)}" for one in numbers)
            first, other = (SHOWERS[particle] for particle in pair.split())
            rows.append(f"| {first} and {other}, {judge} | {shown} |")
    return "\n".join(rows)


def main() -> None:
    """Classify from the command line."""
    command = "python -m reproductions.calogan.classification"
    parser = Parser(prog=command, what=__doc__, example=command)
    parser.add_argument("--models", nargs=3, default=MODELS, metavar="NAME", help="of e+, gamma and pi+ (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of showers and classifiers (%(default)s)")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help=f"JSON to write; claims reads {RECORD.name} of the room"
    )
    args = parser.parse_args()
    check_seed("--seed", args.seed)

    import zoo

    found = plain(classify(dict(samples(zoo.load(name), args.seed) for name in args.models), args.seed))
    if args.out:
        with atomic(args.out) as temporary:
            temporary.write_text(json.dumps(found, indent=1) + "\n")
    sizes = ", ".join(f"{pair}: {row['train']} to learn from, {row['test']} to judge" for pair, row in found.items())
    print(f"{format_table(found)}\n\nshowers of each kind: {sizes}; {SEEDS} classifiers")


if __name__ == "__main__":
    run(main)
