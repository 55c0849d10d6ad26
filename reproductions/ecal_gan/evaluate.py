"""How good is a generator? Against held-out showers, the published GAN and a shower library.

    python -m reproductions.ecal_gan evaluate ecal_gan --data electrons.h5

The papers' comparisons (arXiv:1812.01319, section 4; arXiv:2207.06329): widths, centre shift, asymmetries, sparsity,
precision and recall; and response, resolution, obedience to the conditions, and classifiers.
"""

import math
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from reproductions.ecal_gan import published
from reproductions.ecal_gan.config import Config
from reproductions.ecal_gan.data import CELL, ROWS, Showers, beam_energy, conditions, load
from reproductions.ecal_gan.library import ShowerLibrary
from reproductions.ecal_gan.observables import (
    ENERGY_EDGES,
    OBSERVABLES,
    STEEP,
    THRESHOLDS,
    counted,
    observables,
    occupancy,
)
from zoo.data import distributions
from zoo.errors import InputError
from zoo.evaluation import Sample, by_room, format_by_room, format_test
from zoo.generator import Generator
from zoo.metrics import (
    Measurement,
    average,
    bootstrap,
    classifier_auc,
    classifier_test,
    halves,
    kolmogorov_smirnov,
    kolmogorov_smirnov_floor,
    mean,
    plain,
    prd_auc,
    spread,
)
from zoo.metrics.classifier import Classifier
from zoo.metrics.measurement import UNDEFINED
from zoo.observables import projected

LEAST_EVENTS = 50  # below it neither a classifier nor a bootstrap means anything
PUBLISHED_LEAST = 2.0  # MeV, about the smallest energy of a published cell that is not empty
SEEDS = 3  # of each classifier test
ANGLE_EDGES = np.array([0.0, 10.0, 20.0, 30.0, 90.0])  # degrees off the normal, slices in which showers are compared


def check(parts: Mapping[str, Showers], config: Config) -> None:
    """Raises InputError for fewer than fifty showers to compare with."""
    n = len(parts["test"]["point"])
    if n < LEAST_EVENTS:
        raise InputError(f"{n} showers are held out, expected at least {LEAST_EVENTS}")


def evaluate(generator: Generator, parts: Mapping[str, Showers], config: Config, out: Path, seed: int) -> dict:
    """Compare a generated shower for each held-out one, of its momentum and entry point.

    Of `parts` the shower set test is compared with, and train is the shower library.
    Classifiers and PRD-AUC compare half of the generated showers with the other half of the held-out ones, so that no
    shower is known from its twin of the same condition, and the two halves of the held-out ones with each other.
    Writes figures/*.png, metrics.json and distributions.h5 to the folder `out` and returns the content of metrics.json:
    numbers come as {"value", "uncertainty"}, None where undefined. `format_table` prints the essence.
    Raises InputError for fewer than fifty showers.
    """
    check(parts, config)
    reference, asked = parts["test"], conditions(parts["test"])
    n = len(asked["point"])
    library, learnt = ShowerLibrary(parts["train"]), parts.get("learnt", parts["train"])
    sets = {
        "reference": reference,
        "generated": asked | generator.sample(n, seed, momentum=asked["momentum"], point=asked["point"]),
        "library": asked | library.sample(n, momentum=asked["momentum"], point=asked["point"]),
    }
    values = {source: observables(showers) for source, showers in sets.items()}
    counts = {source: counted(found) for source, found in values.items()}
    metrics = plain(
        {
            "seed": seed,
            "events": {"generated": n, "reference": n, "library": len(parts["train"]["point"])},
            "floor": kolmogorov_smirnov_floor(n, n),
            **{source: _judged(source, sets, values, seed) for source in ("generated", "library")},
            "published": {name: published.distance(one) for name, one in published.load().items()},
            "library_bytes": library.bytes(),
            "simulation": _simulation(reference),
            "response": {source: _response(showers) for source, showers in sets.items()},
            "conditions": {source: _obedience(showers, seed) for source, showers in sets.items()},
            **by_room(as_sample(sets["generated"]), as_sample(reference), as_sample(learnt), seed),
        }
    )
    edges = {name: observable.edges for name, observable in OBSERVABLES.items()}
    attributes = {"seed": seed, **metrics["events"]}
    saved = distributions.Distributions(asked, edges, counts["generated"], counts["reference"], attributes)
    distributions.record(out, metrics, saved)
    _draw(Path(out) / "figures", sets, values, counts, metrics)
    return metrics


def compared(generator: Generator, parts: Mapping[str, Showers], config: Config) -> dict[str, Measurement]:
    """What `zoo.training.comparison` puts beside each other: Kolmogorov-Smirnov distances and classifiers' areas."""
    reference, seed = parts["test"], config.seed
    asked = conditions(reference)
    showers = asked | generator.sample(len(asked["point"]), seed, momentum=asked["momentum"], point=asked["point"])
    values = {"generated": observables(showers), "reference": observables(reference)}
    distances = {
        name: kolmogorov_smirnov(values["generated"][name], values["reference"][name], seed=seed)
        for name in OBSERVABLES
    }
    one, other = halves(len(reference["point"]), seed)
    found = {"mean distance": mean(distances.values())}
    found |= {f"distance of {name}": value for name, value in distances.items() if "asymmetry" in name}
    shapes = [np.nan_to_num(np.column_stack(list(values[kind].values()))) for kind in ("generated", "reference")]
    judges: list[tuple[str, Classifier, list[np.ndarray]]] = [
        ("shapes", "boosting", shapes),
        ("cells", "network", [_cells(showers), _cells(reference)]),
    ]
    for name, classifier, kinds in judges:
        generated, real = (np.column_stack([kind, _asked(asked)]) for kind in kinds)
        for label, first in (("", generated), ("null: ", real)):
            found[f"{label}AUC of {name}"] = classifier_auc(first[one], real[other], seed=seed, classifier=classifier)
    return found


def format_table(metrics: Mapping) -> str:
    """The metrics of `evaluate` as a page of text for the terminal."""
    ours, library, events = metrics["generated"], metrics["library"], metrics["events"]
    lines = [
        f"{events['generated']} generated showers, {events['reference']} held-out ones; the shower library holds "
        f"{events['library']} others",
        f"Kolmogorov-Smirnov distances; showers of the same parent would be {metrics['floor']:.3f} apart. "
        "Published: their GAN against their Geant4, binned",
        "",
        f"{'':<18}{'generated':>20}{'shower library':>20}{'published GAN':>16}",
    ]
    for name in OBSERVABLES:
        theirs = metrics["published"].get(name)
        cells = f"{_text(ours['ks'][name]):>20}{_text(library['ks'][name]):>20}"
        lines.append(f"{name:<18}{cells}{'' if theirs is None else f'{theirs:.3f}':>16}")
    rows = (
        ("mean", "mean", ""),
        ("sparsity", "occupancy", "largest difference of the mean fraction of cells above a threshold"),
        ("PRD-AUC", "prd_auc", f"truth against truth {_text(ours['prd_auc_null'])}"),
    )
    for label, key, note in rows:
        lines.append(f"{label:<18}{_text(ours[key]):>20}{_text(library[key]):>20}   {note}".rstrip())
    lines.append(f"Classifier tests of halves, {ours['auc_shapes']['events']} showers of each kind")
    for label, key in (("shapes", "auc_shapes"), ("cells", "auc_cells")):
        lines += format_test(label, ours[key])
        lines.append(f"  shower library {_text(library[key]['auc'])}, pull {library[key]['pull']:.1f}")
    lines += ["", f"{'beam energy':<18}{'response':>20}{'Geant4':>20}{'resolution':>20}{'Geant4':>20}"]
    response = metrics["response"]
    for i, (low, high) in enumerate(zip(ENERGY_EDGES[:-1], ENERGY_EDGES[1:], strict=True)):
        cells = (response[source][i][key] for key in ("mean", "resolution") for source in ("generated", "reference"))
        lines.append(f"{low:5.1f} to {high:5.1f} GeV " + "".join(f"{_text(cell):>20}" for cell in cells))
    lines += [
        "",
        "What the shower tells of the electron",
        f"{'':<18}{'Geant4':>18}{'generated':>18}{'shower library':>18}",
    ]
    told = metrics["conditions"]
    for key, label in OBEDIENCE.items():
        cells = "".join(f"{_text(told[source][key]):>18}" for source in ("reference", "generated", "library"))
        lines.append(f"{key:<18}{cells}   {label}")
    lines += ["", "Our Geant4 beside the published one"]
    for source, found in metrics["simulation"].items():
        lines.append(
            f"{source:<10} mean image, spread in cells: {found['rms_x']:.2f} (x), {found['rms_y']:.2f} (y); "
            f"cells above {PUBLISHED_LEAST:g} MeV: {100 * found['occupancy']:.1f} %"
        )
    lines.append(f"\nThe shower library takes {metrics['library_bytes'] / 1e6:.2f} MB")
    return "\n".join([*lines, *format_by_room(metrics)])


OBEDIENCE = {
    "depth_x": "mm, slope of the centre's x against px/pz",
    "depth_y": "mm, slope of the centre's y against py/pz",
    "point_x": "slope of the centre's x against the entry point's",
    "point_y": "slope of the centre's y against the entry point's",
    "azimuth": "degrees, median angle between the image's long axis and the track, where tan > 0.3",
}


def layout(path: str, options: Mapping) -> Sample:
    """Showers as ``python -m zoo evaluate --layout reproductions.ecal_gan.evaluate:layout`` compares them."""
    return as_sample(load(path))


def as_sample(showers: Showers) -> Sample:
    """Showers as `zoo.evaluation` compares them: observables in slices of energy and angle, and cells."""
    names = ("log_momentum", "slope_x", "slope_y", "point_x", "point_y")
    momentum = showers["momentum"].astype(np.float64)
    angle = np.degrees(np.arctan2(np.hypot(momentum[:, 0], momentum[:, 1]), momentum[:, 2]))
    at = {"energy_gev": (beam_energy(momentum), ENERGY_EDGES), "angle_degrees": (angle, ANGLE_EDGES)}
    return Sample(observables(showers), dict(zip(names, _asked(showers).T, strict=True)), _cells(showers), at)


def _judged(source: str, sets: Mapping[str, Showers], values: Mapping[str, Mapping], seed: int) -> dict:
    """What is compared with the reference, for the showers of one source."""
    showers, reference, true = sets[source], sets["reference"], values["reference"]
    distances = {name: kolmogorov_smirnov(values[source][name], true[name], seed=seed) for name in OBSERVABLES}
    one, other = halves(len(reference["point"]), seed)

    def shapes(kind: str) -> np.ndarray:
        return np.nan_to_num(np.column_stack([values[kind][name] for name in OBSERVABLES]))

    def tested(kind: Callable[[str], np.ndarray], **options) -> dict:
        options |= {} if source == "generated" else {"curve": ()}
        tables = {name: np.column_stack([kind(name), _asked(sets[name])]) for name in (source, "reference")}
        samples = tables[source][one], tables["reference"][other], tables["reference"][one]
        return classifier_test(*samples, seed=seed, seeds=SEEDS, **options)

    return {
        "ks": distances,
        "mean": mean(distances.values()),
        "occupancy": bootstrap(
            lambda one, other: float(np.abs(one.mean(axis=0) - other.mean(axis=0)).max()),
            projected.occupancy(showers["energy"], THRESHOLDS),
            projected.occupancy(reference["energy"], THRESHOLDS),
            seed=seed,
        ),
        "prd_auc": prd_auc(shapes(source)[one], shapes("reference")[other], seed=seed),
        "prd_auc_null": prd_auc(shapes("reference")[one], shapes("reference")[other], seed=seed),
        "auc_shapes": tested(shapes),
        "auc_cells": tested(lambda kind: _cells(sets[kind]), classifier="network"),
    }


def _asked(showers: Showers) -> np.ndarray:
    """Log momentum, two slopes and the entry point, (n, 5), as classifiers see them."""
    momentum = showers["momentum"].astype(np.float64)
    log_momentum = np.log(np.linalg.norm(momentum, axis=1, keepdims=True))
    return np.column_stack([log_momentum, momentum[:, :2] / momentum[:, 2:], showers["point"]])


def _cells(showers: Showers) -> np.ndarray:
    return np.log1p(showers["energy"].reshape(len(showers["point"]), -1)).astype(np.float64)


def _response(showers: Showers) -> list[dict[str, Measurement]]:
    """Mean response and relative resolution in `ENERGY_EDGES`."""
    beam = beam_energy(showers["momentum"])
    response = showers["energy"].sum(axis=(1, 2), dtype=np.float64) / beam / 1000
    rows = []
    for low, high in zip(ENERGY_EDGES[:-1], ENERGY_EDGES[1:], strict=True):
        inside = response[(beam >= low) & (beam < high)]
        if len(inside) < 2:
            rows.append({"mean": UNDEFINED, "resolution": UNDEFINED})
            continue
        scale = inside.mean()
        resolution = Measurement(*(part / scale for part in spread(inside))) if scale else UNDEFINED
        rows.append({"mean": average(inside), "resolution": resolution})
    return rows


def _obedience(showers: Showers, seed: int) -> dict[str, Measurement]:
    """`OBEDIENCE` of a shower set: least squares of the centres, and the directions of steep showers."""
    energy = showers["energy"].astype(np.float64)
    slopes = (showers["momentum"][:, :2] / showers["momentum"][:, 2:]).astype(np.float64)
    cells = CELL * (np.arange(ROWS) - (ROWS - 1) / 2)
    filled = np.maximum(energy.sum(axis=(1, 2)), projected.TINY)
    centres = [energy.sum(axis=2) @ cells / filled, energy.sum(axis=1) @ cells / filled]
    found = {}
    for axis, name in enumerate("xy"):
        columns = np.column_stack([slopes[:, axis], showers["point"][:, axis], centres[axis]])
        for i, key in enumerate((f"depth_{name}", f"point_{name}")):
            found[key] = bootstrap(lambda rows, i=i: float(_fit(rows)[i]), columns, seed=seed)
    steep = np.hypot(*slopes.T) > STEEP
    if steep.sum() < 2:
        return found | {"azimuth": Measurement(math.nan, math.nan)}
    x, y = (cells[None, :, None] - centres[0][:, None, None], cells[None, None, :] - centres[1][:, None, None])
    xx, yy, xy = (np.sum(energy * product, axis=(1, 2)) for product in (x * x, y * y, x * y))
    axis_angle = np.arctan2(2 * xy, xx - yy) / 2
    difference = axis_angle - np.arctan2(slopes[:, 1], slopes[:, 0])
    turned = np.abs((difference + np.pi / 2) % np.pi - np.pi / 2)[steep]
    return found | {"azimuth": bootstrap(lambda angles: float(np.degrees(np.median(angles))), turned, seed=seed)}


def _simulation(reference: Showers) -> dict[str, dict[str, float]]:
    """Our Geant4 beside the published one: spreads (cells) of the mean image, occupancy above `PUBLISHED_LEAST`."""
    cells = np.arange(ROWS) - (ROWS - 1) / 2
    found: dict[str, dict[str, float]] = {}
    theirs = published.occupancy()
    for source, picture in (("ours", reference["energy"].mean(axis=0)), ("published", published.mean_image())):
        found[source] = {}
        for axis, name in enumerate("xy"):
            profile = picture.sum(axis=1 - axis) / picture.sum()
            found[source][f"rms_{name}"] = float(np.sqrt(profile @ cells**2 - (profile @ cells) ** 2))
    found["ours"]["occupancy"] = float(np.mean(reference["energy"] > PUBLISHED_LEAST))
    found["published"]["occupancy"] = float(np.interp(np.log10(PUBLISHED_LEAST), theirs.thresholds, theirs.geant4))
    return found


def _fit(rows: np.ndarray) -> np.ndarray:
    return np.linalg.lstsq(rows[:, :2], rows[:, 2], rcond=None)[0]


def _text(measurement: Mapping) -> str:
    if measurement["value"] is None:
        return "-"
    return f"{measurement['value']:.4g} ± {measurement['uncertainty']:.2g}"


def _draw(folder: Path, sets: Mapping, values: Mapping, counts: Mapping, metrics: Mapping) -> None:
    from reproductions.ecal_gan import figures

    folder.mkdir(parents=True, exist_ok=True)
    figures.overview(folder / "overview.png", counts)
    figures.shapes(folder / "shapes.png", counts, metrics)
    figures.showers(folder / "showers.png", sets)
    figures.mean_images(folder / "mean_images.png", sets)
    figures.sparsity(folder / "sparsity.png", {source: occupancy(one) for source, one in sets.items()})
    figures.response(folder / "response.png", metrics["response"])
