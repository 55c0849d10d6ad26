"""How good is a generator? Against held-out Geant4 showers and against the published histograms.

    python -m reproductions.calogan evaluate calogan_piplus_plus                    # by the sample of this repository
    python -m reproductions.calogan evaluate calogan_piplus_plus --data piplus.h5   # by what its training held out

The observables are the 23 of the paper's histograms (arXiv:1705.02355), compared on the published bins and normalised
to the bins shown.
"""

import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from reproductions.calogan.config import Config
from reproductions.calogan.data import PARTICLES, SHAPES, Showers, take
from reproductions.calogan.data import load as load_showers
from reproductions.calogan.observables import histograms, score
from reproductions.calogan.published import load, load_mean_images
from zoo.data import distributions, hdf5
from zoo.data.distributions import Counts
from zoo.errors import InputError
from zoo.evaluation import Sample, by_room, format_by_room, format_test
from zoo.generator import Generator
from zoo.metrics import (
    Measurement,
    average,
    bootstrap,
    classifier_auc,
    classifier_test,
    fraction,
    kolmogorov_smirnov,
    kolmogorov_smirnov_floor,
    mean,
    plain,
    rank_correlations,
    text,
    triangular_discrimination,
    triangular_floor,
    wasserstein,
)
from zoo.metrics import response as response_shape
from zoo.metrics.conditional import slices
from zoo.observables.calorimeter import layer_energies, shower_shapes, sparsity
from zoo.progress import in_turn

RESPONSE_ENERGIES = (*range(5, 100, 10), 120, 150)  # GeV; the last two lie outside the range of the training
RESPONSE_SHOWERS = 300  # at each of them
WALK = np.geomspace(10, 100, 101, dtype=np.float32)  # GeV: in steps of 2.3 %
WALKS = 100
NEIGHBOURS = 2000  # at most that many showers look for their nearest neighbours
NEIGHBOURS_SHOWN = 6
LEAST_SHOWERS = 10  # below it neither a classifier nor a bootstrap means anything
QUANTITIES = ("E", "E_0", "E_1", "E_2")
ENERGY_SLICES = (1.0, 10.0, 30.0, 60.0, 100.0)  # GeV, in which shapes are compared at about fixed energy
SEEDS = 3  # of each classifier test
CELL_SCALE = 0.01  # MeV: the network sees log(1 + cell / CELL_SCALE)

COMPARISONS = {
    "gan_geant4": ("ours -", "our Geant4"),
    "gan_published_geant4": ("ours -", "GEANT4*"),
    "geant4_published_geant4": ("our Geant4 -", "GEANT4*"),
    "published_gan_published_geant4": ("CaloGAN* -", "GEANT4*"),
}


def evaluate(generator: Generator, parts: Mapping[str, Showers], config: Config, out: Path, seed: int) -> dict:
    """What `judge` finds, of a model of several particles for each by name, in a folder of its own."""
    if len(config.particle) == 1:
        return judge(generator.sample, parts, config.particle[0], out, seed)
    found = {}
    for index, particle in enumerate(config.particle):
        own = {name: take(part, part["particle"] == index) for name, part in parts.items()}
        found[particle] = judge(partial(generator.sample, particle=index), own, particle, out / particle, seed)
    return found


def compared(generator: Generator, parts: Mapping[str, Showers], config: Config) -> dict[str, Measurement]:
    """What `zoo.training.comparison` puts beside each other, and what Geant4 has by the same measures.

    Against the test part, of showers at the energies of the validation part: the mean distance of the 23 histograms,
    the trees' area on the shapes and a network's on the cells, how far rank correlations of the shapes are off at about
    fixed energy, and the Kolmogorov-Smirnov distance of E_tot / E. Of several particles the first.
    """
    parts = {name: _of_first(part) for name, part in parts.items()}
    truth, test, seed = parts["validation"], parts["test"], config.seed
    asked: dict[str, Any] = {name: truth[name] for name in generator.conditions}
    generated = {**truth, **generator.sample(len(truth["energy"]), seed=seed, **asked)}
    found: dict[str, Measurement] = {}
    for label, showers in (("", generated), ("Geant4: ", truth)):
        sets = {"generated": showers, "reference": test}
        shapes = {name: shower_shapes(one) for name, one in sets.items()}
        responses = [one["e_total"] / sets[name]["energy"] for name, one in shapes.items()]
        found |= {
            f"{label}mean distance": score(showers, test),
            f"{label}AUC of shapes": classifier_auc(*(_features(sets[name], shapes[name]) for name in sets), seed=seed),
            f"{label}AUC of cells": classifier_auc(*map(_images, sets.values()), seed=seed, classifier="network"),
            f"{label}correlations": _correlations_off(showers, test, seed),
            f"{label}response": kolmogorov_smirnov(*responses, seed=seed),
        }
    return found


def _correlations_off(showers: Showers, test: Showers, seed: int) -> Measurement:
    """Mean |difference| of the rank correlations of all pairs of shapes, mean over the `ENERGY_SLICES`."""
    inside = []
    for one in (showers, test):
        values, places = _relative(shower_shapes(one), one["energy"]), slices(one["energy"], np.array(ENERGY_SLICES))
        inside.append([{name: shape[place] for name, shape in values.items()} for place in places])
    return mean(rank_correlations(*pair, seed=seed)["mean"] for pair in zip(*inside, strict=True))


def _of_first(part: Showers) -> Showers:
    return take(part, part["particle"] == 0) if "particle" in part else part


def check(parts: Mapping[str, Showers], config: Config) -> None:
    """Raises InputError for fewer than ten showers of a particle to train on or to compare with."""
    for index, particle in enumerate(config.particle):
        own = [part["particle"] == index if len(config.particle) > 1 else slice(None) for part in parts.values()]
        numbers = {name: len(part["energy"][rows]) for (name, part), rows in zip(parts.items(), own, strict=True)}
        _check_numbers({"reference": numbers["test"], "training": numbers["train"]}, f" of {particle}")


def judge(
    sample: Callable[..., Showers],
    parts: Mapping[str, Showers],
    particle: str,
    out: str | Path,
    seed: int,
    events: int = 10_000,
) -> dict:
    """Compare `events` generated showers with held-out Geant4 and with the published results.

    `sample(n, energy=array, seed=int)` gives n showers in MeV; `parts` holds the shower sets train, validation and
    test. Only test is compared with; the generated showers draw their energies from train, each once while they last,
    or from "asked" if that is there. Showers of "beyond", of a few energies above the training's, may be there too.
    Writes figures/*.png, metrics.json and distributions.h5 to the folder `out` and returns the content of metrics.json:
    numbers come as {"value", "uncertainty"}, None where undefined. `format_table` prints the essence.
    Raises InputError for an unknown particle and fewer than ten showers.
    """
    if particle not in PARTICLES:
        raise InputError(f"there is no particle '{particle}', expected one of {', '.join(PARTICLES)}")
    train, test = parts["train"], parts["test"]
    numbers = {"generated": events, "reference": len(test["energy"]), "training": len(train["energy"])}
    _check_numbers(numbers)
    asked = parts.get("asked", train)["energy"]
    energy = np.random.default_rng(seed).choice(asked, events, replace=events > len(asked))
    generated = {"energy": energy, **sample(len(energy), energy=energy, seed=seed)}
    sets = {"generated": generated, "reference": test}
    shapes = {name: shower_shapes(showers) for name, showers in sets.items()}
    counts = {name: histograms(showers) for name, showers in sets.items()}
    every = [parts[name] for name in ("train", "validation", "test")]
    counts["all"] = histograms({layer: np.concatenate([part[layer] for part in every]) for layer in SHAPES})

    beyond = parts.get("beyond", take(test, slice(0)))
    known = {name: np.concatenate([test[name], beyond[name]]) for name in ("energy", *SHAPES)}
    found = in_turn(
        {
            "histograms": lambda: _panels(counts, shapes, particle, seed),
            "classifier_auc": lambda: _classifier_aucs(sets, shapes, train, seed),
            "nearest_neighbours": lambda: _neighbours(generated, test, train),
            "response": lambda: _response(sample, known, seed),
            "correlations": lambda: _correlations(sets, seed),
            "beyond": lambda: _beyond(sample, beyond, seed),
            "walk": lambda: _walk(sample, seed),
            "mean_cells": lambda: _mean_cells(generated, test),
            "all rooms' measures": lambda: by_room(as_sample(generated), as_sample(test), as_sample(train), seed),
        }
    )
    neighbours, (points, e_total) = found["nearest_neighbours"], found["response"]
    of_all_rooms = found.pop("all rooms' measures")
    panels = found["histograms"].values()
    metrics = plain(
        {
            "particle": particle,
            "seed": seed,
            "events": numbers,
            "mean": {comparison: _mean([panel[comparison] for panel in panels]) for comparison in COMPARISONS},
            **found,
            "nearest_neighbours": _neighbour_ratios(neighbours["distances"], seed),
            "response": points,
            "sparsity": {
                layer: {name: average(sparsity(showers[layer])) for name, showers in sets.items()} for layer in SHAPES
            },
            **of_all_rooms,
        }
    )
    edges = {name: observable.edges for name, observable in load().items()}
    attributes = {"particle": particle, "seed": seed, **numbers}
    saved = distributions.Distributions({"energy": energy}, edges, counts["generated"], counts["reference"], attributes)
    distributions.record(out, metrics, saved)
    _draw(Path(out) / "figures", particle, metrics, counts, sets, neighbours, e_total)
    return metrics


def _check_numbers(numbers: Mapping[str, int], what: str = "") -> None:
    if min(numbers.values()) < LEAST_SHOWERS:
        raise InputError(f"the numbers of showers{what} are {numbers}, expected at least {LEAST_SHOWERS} of each")


def format_table(metrics: Mapping) -> str:
    """The metrics of `evaluate` as pages of text for the terminal."""
    if "particle" not in metrics:
        return "\n\n".join(map(format_table, metrics.values()))
    events = metrics["events"]
    first, *others = COMPARISONS
    above, below = zip(*(COMPARISONS[key] for key in others), strict=True)
    lines = [
        f"{metrics['particle']}: {events['generated']} generated showers, {events['reference']} held-out of Geant4",
        "Triangular discrimination of the published histograms (0 equal, 1 disjoint); floor: what is expected when",
        "only the finite numbers of showers differ; * published (arXiv:1705.02355); KS: Kolmogorov-Smirnov distance",
        "",
        _row("", COMPARISONS[first][0], "", *above, COMPARISONS[first][0]),
        _row("observable", COMPARISONS[first][1], "floor", *below, "our Geant4: KS"),
    ]
    for name, panel in (*metrics["histograms"].items(), ("mean", metrics["mean"])):
        ks = text(panel["kolmogorov_smirnov"]) if "kolmogorov_smirnov" in panel else ""
        lines.append(_row(name, text(panel[first]), _floor(panel[first]), *(text(panel[key]) for key in others), ks))
    lines.append(_row("mean floor", "", *(_floor(metrics["mean"][key]) for key in COMPARISONS)))
    lines += ["", "Ours against our Geant4; an AUC of 0.5: cannot be told apart, 1: always"]
    for key, meaning in (
        ("shower_shapes", "shower shapes"),
        ("cells", "cells"),
    ):
        lines += format_test(meaning, metrics["classifier_auc"][key], "Geant4 against Geant4")
    for key, meaning in (
        ("to_training", "distance to the nearest training shower, generated / held-out (well below 1: memorised)"),
        ("to_own", "distance to the nearest of its own kind, generated / held-out (well below 1: mode collapse)"),
    ):
        lines.append(f"  {text(metrics['nearest_neighbours'][key])}  {meaning}")
    walk = metrics["walk"]
    lines += [
        "Walks from 10 to 100 GeV at fixed noise, in steps of 2.3 %: how far one moves a shower, over how far they are",
        f"  apart: {text(walk['mean'])} on average, {walk['largest']:.3f} at most",
    ]
    alike = metrics["mean_cells"]
    lines.append(
        f"Of the 504 cells {alike['alike']:.3f} have Geant4's mean energy within a factor of two (halves of Geant4's "
        f"showers: {alike['halves']:.3f})"
    )
    return "\n".join([*lines, "", *_format_beyond(metrics["beyond"]), *format_by_room(metrics)])


def _format_beyond(found: Mapping[str, Mapping]) -> list[str]:
    lines = []
    for energy, row in found.items():
        worst = sorted(row["observables"], key=lambda name: -row["observables"][name]["value"])[:3]
        numbers = ", ".join(f"{name} {text(row['observables'][name], 2)}" for name in worst)
        response = row["response"]
        lines += [
            f"{energy} GeV, outside the training, {row['events']['reference']} Geant4 showers",
            f"  KS of the shapes: mean {text(row['mean'])} (floor {row['floor']:.3f}), largest:",
            f"    {numbers}",
            f"  mean response {text(response['generated'])}, Geant4 {text(response['reference'])}",
        ]
    return lines


def layout(path: str, options: Mapping) -> Sample:
    """Showers as ``python -m zoo evaluate --layout reproductions.calogan.evaluate:layout`` compares them.

    The particle is that of the file, or options["particle"] if the file does not say.
    """
    if not Path(path).is_file():
        raise InputError(f"{path}: no such file")
    particle = options.get("particle") or hdf5.attributes(path).get("particle") or PARTICLES[0]
    return as_sample(load_showers(path, str(particle)))


def as_sample(showers: Showers) -> Sample:
    """Showers as `zoo.evaluation` compares them: shapes, energies over the beam's, and cells, at about one energy."""
    energy = np.asarray(showers["energy"], np.float64)
    images, at = np.log1p(cells(showers) / CELL_SCALE), {"energy": (energy, ENERGY_SLICES)}
    return Sample(_relative(shower_shapes(showers), energy), {"energy": energy}, images, at)


def _panels(counts: Mapping[str, Counts], shapes: Mapping[str, Counts], particle: str, seed: int) -> dict[str, dict]:
    """All distances of each observable."""
    panels = {}
    for name, observable in load().items():
        geant4, gan = observable.series[f"geant_{particle}"], observable.series[f"gan_{particle}"]
        ours = {source: (counts[source][name], None) for source in counts}
        published = (geant4.counts, geant4.counts_sigma)
        low, high = observable.edges[[0, -1]]
        generated_shape, true_shape = shapes["generated"][name], shapes["reference"][name]
        panels[name] = {
            "unit": observable.unit,
            "gan_geant4": _triangular(ours["generated"], ours["reference"]),
            "gan_published_geant4": _triangular(ours["generated"], published),
            "geant4_published_geant4": _triangular(ours["all"], published),
            "published_gan_published_geant4": _triangular((gan.counts, gan.counts_sigma), published),
            "kolmogorov_smirnov": kolmogorov_smirnov(generated_shape, true_shape, seed=seed),
            "wasserstein": wasserstein(generated_shape, true_shape, seed=seed),
            "in_range": {source: fraction((one[name] >= low) & (one[name] <= high)) for source, one in shapes.items()},
        }
    return panels


def _triangular(p: tuple, q: tuple) -> dict:
    distance = triangular_discrimination(p[0], q[0], p[1], q[1])
    return {**distance._asdict(), "floor": triangular_floor(p[0], q[0])}


def _mean(panels: Sequence[Mapping]) -> dict:
    average = mean(Measurement(panel["value"], panel["uncertainty"]) for panel in panels)
    return {**average._asdict(), "floor": mean(Measurement(panel["floor"], 0.0) for panel in panels).value}


def _classifier_aucs(
    sets: Mapping[str, Showers], shapes: Mapping[str, Counts], train: Showers, seed: int
) -> dict[str, dict]:
    """Both classifiers also see the energy asked for, so that a wrong response gives the generator away.

    The null is that of training showers, whose energies the generated ones have, against the held-out ones.
    """
    truth = take(train, slice(len(sets["generated"]["energy"])))

    ours, true = (_features(sets[source], shapes[source]) for source in ("generated", "reference"))
    other = _features(truth, shower_shapes(truth))
    images = _images(sets["generated"]), _images(sets["reference"]), _images(truth)
    return {
        "shower_shapes": classifier_test(ours, true, other, seed=seed, seeds=SEEDS),
        "cells": classifier_test(*images, seed=seed, seeds=SEEDS, classifier="network"),
    }


def _features(showers: Showers, found: Mapping[str, np.ndarray]) -> np.ndarray:
    """The energy asked for and each of the shapes `found` once, (n, k), as classifiers see them."""
    distinct = [values for name, values in found.items() if not name.endswith("_log")]
    return np.stack([showers["energy"], *distinct], axis=1)


def _images(showers: Showers) -> np.ndarray:
    """The energy asked for and all cells, (n, 505), as the network sees them."""
    return np.column_stack([np.log(showers["energy"]), np.log1p(cells(showers) / CELL_SCALE)])


def _relative(shapes: Mapping[str, np.ndarray], energy: np.ndarray) -> dict[str, np.ndarray]:
    """Shower shapes with energies divided by that asked for, without those that are there twice; nor the depth, which
    is the last layer for nearly all."""
    found = {"response": shapes["e_total"] / energy}
    for name, values in shapes.items():
        if name not in ("e_total", "depth") and not name.endswith("_log"):
            found[name] = values / energy if name.startswith(("e_layer", "depth_weighted")) else values
    return found


def _beyond(sample: Callable[..., Showers], beyond: Showers, seed: int) -> dict[str, dict]:
    """At each energy of the showers `beyond`: KS distances of the shapes of generated ones, and the mean response.

    "floor" is the distance that samples of these sizes have when nothing differs.
    """
    found = {}
    for energy in np.unique(beyond["energy"]):
        reference = take(beyond, beyond["energy"] == energy)
        asked = np.full(max(RESPONSE_SHOWERS, len(reference["energy"])), energy, np.float32)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # as in `_response`
            generated = {"energy": asked, **sample(len(asked), energy=asked, seed=seed + 2)}
        sets = {"generated": generated, "reference": reference}
        values = {source: _relative(shower_shapes(showers), showers["energy"]) for source, showers in sets.items()}
        distances = {
            name: kolmogorov_smirnov(own, values["reference"][name], seed=seed)
            for name, own in values["generated"].items()
        }
        events = {source: len(showers["energy"]) for source, showers in sets.items()}
        found[f"{energy:g}"] = {
            "events": events,
            "mean": mean(distances.values()),
            "floor": kolmogorov_smirnov_floor(*events.values()),
            "response": {source: average(one["response"]) for source, one in values.items()},
            "observables": distances,
        }
    return found


def _walk(sample: Callable[..., Showers], seed: int) -> dict:
    """How far a step in energy moves a shower at fixed noise, over how far showers of different noise are apart.

    Euclidean distances, cells in units of the energy asked for. 1 where noise counts anew at every energy.
    """
    asked = (np.full(WALKS, energy) for energy in WALK)
    showers = np.stack([cells(sample(WALKS, energy=at, seed=seed)) / (1000 * at[:, None]) for at in asked])
    steps = np.linalg.norm(np.diff(showers, axis=0), axis=2)
    apart = np.linalg.norm(showers - np.roll(showers, 1, axis=1), axis=2).mean() + 1e-9
    return {"mean": average(steps.mean(axis=0) / apart), "largest": float(steps.max() / apart)}


def _mean_cells(generated: Showers, test: Showers) -> dict[str, float]:
    """The share of cells whose mean energy is Geant4's within a factor of two, and of those of halves of Geant4's.

    The halves are fewer showers than what is compared, so that theirs is a little below a perfect generator's.
    """

    def alike(one: np.ndarray, other: np.ndarray) -> float:
        means = np.maximum([one.mean(axis=0), other.mean(axis=0)], np.finfo(np.float32).tiny)
        return float(np.mean(np.abs(np.log2(means[0] / means[1])) < 1))

    true = cells(test)
    return {"alike": alike(cells(generated), true), "halves": alike(true[::2], true[1::2])}


def _neighbours(generated: Showers, test: Showers, train: Showers) -> dict:
    """Euclidean distances between showers, cells in units of the energy asked for, and who is nearest in training.

    Searched among the training showers and among as many of the shower's own kind. If the generator copies its training
    its showers lie closer to it than held-out ones do; if it repeats itself they lie closer to one another.
    """
    from sklearn.neighbors import NearestNeighbors

    def search(showers: np.ndarray) -> NearestNeighbors:
        return NearestNeighbors(n_neighbors=1, algorithm="brute").fit(showers)

    number = min(NEIGHBOURS, len(test["energy"]), len(generated["energy"]))
    vectors = {
        name: cells(showers) / (1000 * showers["energy"][:, None])
        for name, showers in (("generated", generated), ("reference", test), ("training", train))
    }
    training = search(vectors["training"])
    distances: dict[str, np.ndarray] = {}
    nearest: dict[str, np.ndarray] = {}
    for source in ("generated", "reference"):
        queries = vectors[source][:number]
        to_training, nearest[source] = training.kneighbors(queries)
        to_own, _ = search(queries).kneighbors()  # without queries: of each shower, other than itself
        distances |= {f"{source}_to_training": to_training[:, 0], f"{source}_to_own": to_own[:, 0]}
    pairs = [(take(generated, i), take(train, j)) for i, j in enumerate(nearest["generated"][:NEIGHBOURS_SHOWN, 0])]
    return {"distances": distances, "pairs": pairs}


def cells(showers: Showers) -> np.ndarray:
    """All cells as (n, 504), in MeV."""
    return np.concatenate([showers[layer].reshape(-1, np.prod(shape)) for layer, shape in SHAPES.items()], axis=1)


def _neighbour_ratios(distances: Mapping[str, np.ndarray], seed: int) -> dict:
    """Medians of the distances, and the generated ones over the held-out ones."""

    def ratio(generated: np.ndarray, geant4: np.ndarray) -> float:
        return np.median(generated) / np.median(geant4)

    ratios = {
        key: bootstrap(ratio, distances[f"generated_{key}"], distances[f"reference_{key}"], seed=seed)
        for key in ("to_training", "to_own")
    }
    return {**ratios, "medians": {name: bootstrap(np.median, values, seed=seed) for name, values in distances.items()}}


def _response(sample: Callable[..., Showers], test: Showers, seed: int) -> tuple[list[dict], dict[float, np.ndarray]]:
    """E_tot / E of showers generated at fixed energies, and of the Geant4 showers within 5 GeV of them."""
    energy = np.repeat(np.asarray(RESPONSE_ENERGIES, np.float32), RESPONSE_SHOWERS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a generator may say that it extrapolates: that is the point
        generated = {"energy": energy, **sample(len(energy), energy=energy, seed=seed + 1)}
    e_total = layer_energies(generated).sum(axis=1).reshape(-1, RESPONSE_SHOWERS) / 1000
    reference = layer_energies(test).sum(axis=1) / (1000 * test["energy"])
    points = [
        {
            "energy": at,
            "generated": _spread(found / at, seed),
            "reference": _spread(reference[np.abs(test["energy"] - at) < 5], seed),
        }
        for at, found in zip(RESPONSE_ENERGIES, e_total, strict=True)
    ]
    return points, dict(zip(RESPONSE_ENERGIES, e_total, strict=True))


def _spread(values: np.ndarray, seed: int) -> dict[str, Measurement] | None:
    """Mean and standard deviation of a response, with its tails; its core and the tails themselves."""
    if len(values) < 3:
        return None
    shape = {name: one for name, one in response_shape(values, seed=seed).items() if name not in ("mean", "spread")}
    return {"mean": average(values), "spread": bootstrap(np.std, values, seed=seed), **shape}


def _correlations(sets: Mapping[str, Showers], seed: int) -> dict:
    """Pearson correlations of the energy asked for and the energies of the layers; NaN if one of them never varies."""

    def coefficient(pair: np.ndarray) -> float:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.corrcoef(pair.T)[0, 1]

    columns = {name: np.column_stack([showers["energy"], layer_energies(showers)]) for name, showers in sets.items()}
    return {
        f"{QUANTITIES[i]} {QUANTITIES[j]}": {
            name: bootstrap(coefficient, table[:, [i, j]], seed=seed) for name, table in columns.items()
        }
        for i, j in combinations(range(len(QUANTITIES)), 2)
    }


def _row(name: str, distance: str, floor: str, *others: str) -> str:
    return f"{name:<22}{distance:>16}{floor:>9}" + "".join(f"{other:>18}" for other in others)


def _floor(number: Mapping) -> str:
    return "-" if number["floor"] is None else f"{number['floor']:.4f}"


def _draw(
    folder: Path,
    particle: str,
    metrics: Mapping,
    counts: Mapping[str, Counts],
    sets: Mapping[str, Showers],
    neighbours: Mapping,
    e_total: Mapping[float, np.ndarray],
) -> None:
    from reproductions.calogan import figures

    means = {name: {layer: showers[layer].mean(axis=0) for layer in SHAPES} for name, showers in sets.items()}
    energies = {name: layer_energies(showers) / 1000 for name, showers in sets.items()}
    published = load_mean_images() if particle == "gamma" else {}
    points, coefficients = metrics["response"], metrics["correlations"]
    in_turn(
        {
            f"draws {name}": partial(draw, folder / f"{name}.png", particle)
            for name, draw in {
                "histograms": partial(figures.histograms, counts=counts, distances=metrics["histograms"]),
                "overview": partial(figures.overview, counts=counts),
                "mean_images": partial(figures.mean_images, means=means, published=published),
                "response": partial(figures.response, points=points, e_total=e_total),
                "nearest_neighbours": partial(figures.nearest_neighbours, **neighbours),
                "correlations": partial(figures.correlations, coefficients=coefficients, energies=energies),
            }.items()
        }
    )
