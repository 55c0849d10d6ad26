"""How good is a generator? Against held-out events of the simulator, at every beam energy.

python -m reproductions.mfc_cgan evaluate mfc_cgan
"""

import math
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from reproductions.mfc_cgan import data
from reproductions.mfc_cgan.config import Config
from reproductions.mfc_cgan.constants import AT_ONCE, FEATURES, MUON
from reproductions.mfc_cgan.observables import BINS, edges, histogram_name, histograms
from zoo.data import distributions
from zoo.data.distributions import Counts
from zoo.errors import InputError
from zoo.evaluation import Sample, by_room, format_by_room, format_test
from zoo.generator import Generator
from zoo.metrics import (
    Measurement,
    classifier_auc,
    classifier_test,
    fraction,
    hellinger,
    hellinger_floor,
    mean,
    plain,
    text,
)

SAVED = 10_000  # generated events of each energy in distributions.h5: a test makes them again
LEAST_EVENTS = 10  # of each energy; below it neither a classifier nor a bootstrap means anything
JUDGED = 10_000  # events of each energy and kind that the classifier sees
CONDITIONAL = ("mean", "largest", "classifier_auc", "classifier_real")  # of each beam energy
SEEDS = 3  # of the classifier test


def check(parts: Mapping[str, data.Events], config: Config) -> None:
    """Raises InputError for fewer than ten events of a beam energy to compare with."""
    test = parts["test"]
    for energy in data.energies(test):
        n = len(data.at(test, energy)["beam_energy"])
        if n < LEAST_EVENTS:
            raise InputError(f"{n} events of {energy:g} GeV are held out, expected at least {LEAST_EVENTS}")


def evaluate(generator: Generator, parts: Mapping[str, data.Events], config: Config, out: Path, seed: int) -> dict:
    """Compare as many generated events as there are held-out ones, at each beam energy of these.

    `parts` holds the event sets train and test, of which only test is compared with: train shows how near two real
    samples are.
    Writes figures/*.png, metrics.json and distributions.h5 to the folder `out` and returns the content of metrics.json:
    numbers come as {"value", "uncertainty"}, None where undefined. `format_table` prints the essence.
    Raises InputError for too few events.
    """
    check(parts, config)
    test, train, sample = parts["test"], parts["train"], generator.sample
    mass = data.carrier_mass(config.data or data.default(config.events))
    generated = _sampled(sample, test["beam_energy"], seed)
    sets = {"generated": generated, "reference": test}
    counts = {name: histograms(events) for name, events in sets.items()}
    energies = data.energies(test)
    distances = {
        f"{energy:g}": {
            feature: _distance(*(counts[name][histogram_name(energy, feature)] for name in sets))
            for feature in FEATURES
        }
        for energy in energies
    }
    every = [panel for row in distances.values() for panel in row.values()]
    tables = {name: correlations(events) for name, events in sets.items()}
    metrics = plain(
        {
            "seed": seed,
            "events": {"generated": len(generated["beam_energy"]), "held_out": len(test["beam_energy"])},
            "hellinger": distances,
            "mean": {**mean(Measurement(one["value"], one["uncertainty"]) for one in every)._asdict(), **_floor(every)},
            "largest": max(every, key=lambda one: one["value"]),
            "real": _real(train, counts["reference"], energies),
            "classifier_auc": _classified(generated, test, train, seed),
            "conditional": _conditional(sets | {"train": train}, distances, seed),
            "consistency": {name: consistency(events, mass) for name, events in sets.items()},
            "correlations": tables,
            "correlation_error": float(np.nanmax(np.abs(np.subtract(tables["generated"], tables["reference"])))),
            **by_room(as_sample(generated), as_sample(test), None if config.without else as_sample(train), seed),
        }
    )
    beam = np.repeat(np.asarray(energies, np.float32), SAVED)
    again = histograms(_sampled(sample, beam, seed))
    bins = {histogram_name(energy, feature): values for energy in energies for feature, values in edges(energy).items()}
    attributes = {"seed": seed, "generated": len(beam), "reference": len(test["beam_energy"])}
    saved = distributions.Distributions({"beam_energy": beam}, bins, again, counts["reference"], attributes)
    distributions.record(out, metrics, saved)

    from reproductions.mfc_cgan import figures

    figures.draw(Path(out) / "figures", metrics, sets)
    return metrics


def compared(generator: Generator, parts: Mapping[str, data.Events], config: Config) -> dict[str, Measurement]:
    """What `zoo.training.comparison` puts beside each other: Hellinger distances, the trees' area and its null."""
    test = parts["test"]
    generated = _sampled(generator.sample, test["beam_energy"], config.seed)
    p, q = histograms(generated), histograms(test)
    distances = [hellinger(p[name], q[name]) for name in q]
    return {
        "mean distance": mean(distances),
        "largest distance": max(distances, key=lambda one: one.value),
        "AUC of trees": _auc(generated, test, config.seed),
        "null: AUC of trees": _auc(parts["train"], test, config.seed),
    }


def consistency(events: data.Events, mass: float) -> dict:
    """What physics demands of each event, as far as float32 can tell.

    Returns the fractions of events with `positive` energies and transverse momenta, and with an energy `balance`
    E_mu + E_X <= E_beam; and how far both particles are off their mass shells: the median and the 99 % quantile of
    |E - sqrt(pT^2 cosh^2 eta + m^2)| in GeV, each the larger of the two.
    """
    positive = np.all([events[name] > 0 for name in data.POSITIVE], axis=0)
    total = events["mu_E"].astype(np.float64) + events["mfc_E"]
    balance = total <= events["beam_energy"] * (1 + data.ROUNDING)
    off = []
    for particle, m in (("mu", MUON), ("mfc", mass)):
        E, pT, eta = (events[f"{particle}_{name}"].astype(np.float64) for name in ("E", "pT", "eta"))
        off.append(np.abs(E - np.hypot(pT * np.cosh(np.clip(eta, -30, 30)), m)))
    return {
        "positive": fraction(positive),
        "balance": fraction(balance),
        "off_shell_median": float(np.median(off, axis=1).max()),
        "off_shell_99": float(np.quantile(off, 0.99, axis=1).max()),
    }


def correlations(events: data.Events) -> list[list[float]]:
    """The matrix (6, 6) of Pearson's coefficients of the features over all beam energies; NaN if one never varies."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.corrcoef(data.matrix(events).astype(np.float64).T)).tolist()


def format_table(metrics: Mapping) -> str:
    """The metrics of `evaluate` as a page of text for the terminal."""
    largest, average, real = metrics["largest"], metrics["mean"], metrics["real"]
    lines = [
        f"{metrics['events']['generated']} generated events, {metrics['events']['held_out']} held-out ones",
        f"Hellinger distance in {BINS} bins; floor {largest['floor']:.4f}: expected when only finite numbers differ",
        "",
        "beam GeV" + "".join(f"{name:>18}" for name in FEATURES),
    ]
    for energy, row in metrics["hellinger"].items():
        lines.append(f"{energy:>8}" + "".join(f"{text(row[name]):>18}" for name in FEATURES))
    lines += ["", f"{'beam GeV':>8}{'mean distance':>18}{'largest':>18}{'AUC':>18}{'null':>18}"]
    for energy, row in metrics["conditional"].items():
        lines.append(f"{energy:>8}" + "".join(f"{text(row[name]):>18}" for name in CONDITIONAL))
    lines += ["", f"mean {text(average)}, largest {text(largest)}"]
    if real["value"] is not None:
        lines.append(f"mean of training against held-out events, as many: {text(real)}")
    trees = "the six features and the beam energy"
    lines += format_test(trees, metrics["classifier_auc"], "training against held-out events")
    lines.append(f"largest difference of a correlation coefficient: {metrics['correlation_error']:.3f}")
    for name, one in metrics["consistency"].items():
        lines.append(
            f"{name:>9}: positive {one['positive']['value']:.4%}, E_mu + E_X <= E_beam {one['balance']['value']:.4%}, "
            f"off shell by {one['off_shell_median']:.2g} GeV (median), {one['off_shell_99']:.2g} GeV (99 %)"
        )
    return "\n".join([*lines, *format_by_room(metrics)])


def as_sample(events: data.Events) -> Sample:
    """Events as `zoo.evaluation` compares them: the six features, at each beam energy."""
    features = {name: events[name].astype(np.float64) for name in FEATURES}
    return Sample(features, {"beam_energy": events["beam_energy"].astype(np.float64)})


def layout(path: str, options: Mapping) -> Sample:
    """Events as ``python -m zoo evaluate --layout reproductions.mfc_cgan.evaluate:layout`` compares them."""
    return as_sample(data.load(path))


def _sampled(sample: Callable[..., data.Events], beam: np.ndarray, seed: int) -> data.Events:
    """Events of the given beam energies."""
    return {"beam_energy": beam, **sample(len(beam), seed, batch_size=AT_ONCE, beam_energy=beam)}


def _distance(p: np.ndarray, q: np.ndarray) -> dict:
    return {**hellinger(p, q)._asdict(), "floor": hellinger_floor(p, q)}


def _floor(panels: list[dict]) -> dict:
    return {"floor": float(np.mean([panel["floor"] for panel in panels]))}


def _real(train: data.Events, held_out: Counts, energies: list[float]) -> Measurement:
    """The mean distance of training events to held-out ones, as many at each energy; undefined if there are none."""
    measured = []
    for energy in energies:
        own = data.at(train, energy)
        number = min(int(held_out[histogram_name(energy, FEATURES[0])].sum()), len(own["beam_energy"]))
        counts = histograms(data.take(own, slice(number)))
        measured += [hellinger(found, held_out[name]) for name, found in counts.items()]
    return mean(measured)


def _classified(events: data.Events, held_out: data.Events, truth: data.Events, seed: int) -> dict:
    """The classifier test on the features and the beam energy; `truth` is its null if it has all energies."""
    energies = data.energies(held_out)
    known = set(energies) <= set(data.energies(truth))
    null = _table(truth, energies, seed) if known else None
    return classifier_test(
        _table(events, energies, seed), _table(held_out, energies, seed), null, seed=seed, seeds=SEEDS
    )


def _auc(events: data.Events, held_out: data.Events, seed: int) -> Measurement:
    """The area of boosted trees that see the features and the beam energy; undefined without events of each energy."""
    energies = data.energies(held_out)
    if not set(energies) <= set(data.energies(events)):
        return Measurement(math.nan, math.nan)
    return classifier_auc(*(_table(kind, energies, seed) for kind in (events, held_out)), seed=seed)


def _table(events: data.Events, energies: list[float], seed: int) -> np.ndarray:
    """What trees see (n, 7) of the first events of each energy, in random order."""
    parts = [data.take(data.at(events, energy), slice(JUDGED)) for energy in energies]
    table = np.concatenate([np.column_stack([part["beam_energy"], data.matrix(part)]) for part in parts])
    return np.random.default_rng(seed).permutation(table)


def _conditional(sets: Mapping[str, data.Events], distances: Mapping[str, Mapping], seed: int) -> dict:
    """What `evaluate` returns of each beam energy alone: mean and largest distance, area of the trees and its null."""
    found = {}
    for energy in data.energies(sets["reference"]):
        row = list(distances[f"{energy:g}"].values())
        own = {name: data.at(events, energy) for name, events in sets.items()}
        found[f"{energy:g}"] = {
            "mean": mean(Measurement(one["value"], one["uncertainty"]) for one in row),
            "largest": max(row, key=lambda one: one["value"]),
            "classifier_auc": _auc(own["generated"], own["reference"], seed),
            "classifier_real": _auc(own["train"], own["reference"], seed),
        }
    return found
