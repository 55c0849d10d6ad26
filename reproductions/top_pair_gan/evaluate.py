"""How good is a generator? Against held-out events.

    python -m reproductions.top_pair_gan evaluate top_pair_gan                  # by the sample of this repository
    python -m reproductions.top_pair_gan evaluate top_pair_gan --data mg5.h5    # by what its training held out

The paper's comparisons (arXiv:1907.03764, section 3): energies and transverse momenta, the tail, correlations, masses
and momentum conservation; and what it does not test: the spins of tops and W bosons, and a classifier.
"""

import math
import textwrap
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from reproductions.top_pair_gan.config import Config
from reproductions.top_pair_gan.constants import MASSES
from reproductions.top_pair_gan.data import load
from reproductions.top_pair_gan.observables import (
    NEAR,
    OBSERVABLES,
    PEAK,
    PEAKS,
    SPINS,
    counted,
    observables,
    peak,
    score,
    spins,
)
from zoo.data import distributions
from zoo.errors import InputError
from zoo.evaluation import Sample, by_room, format_by_room, format_test
from zoo.generator import Generator
from zoo.metrics import (
    Measurement,
    average,
    classifier_test,
    fraction,
    mean,
    plain,
    spread,
    text,
    triangular_discrimination,
    triangular_floor,
)
from zoo.metrics.classifier import Classifier
from zoo.observables import four_vectors
from zoo.observables.four_vectors import transverse_momentum

LEAST_EVENTS = 100  # below it neither a classifier nor a bootstrap means anything
SAVED = 100_000  # generated events in distributions.h5, so that a test can repeat them
JUDGED = 20_000  # events of each kind for the classifiers
SEEDS = 3  # of each classifier test
TAILS = (0.1, 0.01, 0.001)  # fractions of the true events above a pT
RATIO_BINS = 20
SLICES = {"m_tt": (330.0, 400.0, 500.0, 700.0, 2000.0), "pt_t": (0.0, 50.0, 100.0, 200.0, 1000.0)}  # GeV


def check(parts: Mapping[str, np.ndarray], config: Config) -> None:
    """Raises InputError for fewer than a hundred events to compare with or to train on."""
    _check_numbers(_numbers(parts))


def _numbers(parts: Mapping[str, np.ndarray], events: int = 1_000_000) -> dict[str, int]:
    return {"generated": events, "reference": len(parts["test"]), "training": len(parts["train"])}


def _check_numbers(numbers: Mapping[str, int]) -> None:
    if min(numbers.values()) < LEAST_EVENTS:
        raise InputError(f"the numbers of events are {numbers}, expected at least {LEAST_EVENTS} of each")


def evaluate(
    generator: Generator,
    parts: Mapping[str, np.ndarray],
    config: Config,
    out: Path,
    seed: int,
    events: int = 1_000_000,
) -> dict:
    """Compare `events` generated events with held-out ones.

    `parts` holds the momenta (n, 6, 3) of train, validation and test. Only test is compared with; of train, pT of the
    tops. How many events the model learnt from is what its card says, or as many as train has.
    Classifiers compare with one half of test; the null is that of the other half.
    Writes figures/*.png, metrics.json and distributions.h5 to the folder `out` and returns the content of metrics.json:
    numbers come as {"value", "uncertainty"}, None where undefined. `format_table` prints the essence.
    Raises InputError for fewer than a hundred events.
    """
    numbers = _numbers(parts, events)
    _check_numbers(numbers)
    trained = generator.card.get("data", {}).get("events", {}).get("train", numbers["training"])
    numbers["training"] = trained
    p4 = {
        "generated": generator.sample(events, seed=seed)["p4"],
        "reference": four_vectors.on_shell(parts["test"], MASSES),
    }
    values = {source: observables(p) for source, p in p4.items()}
    counts = {source: counted(found) for source, found in values.items()}
    ours, true = values["generated"], values["reference"]
    panels = {
        name: {
            **triangular_discrimination(counts["generated"][name], content)._asdict(),
            "floor": triangular_floor(counts["generated"][name], content),
        }
        for name, content in counts["reference"].items()
    }
    overall = mean(Measurement(panel["value"], panel["uncertainty"]) for panel in panels.values())
    angles = {source: spins(found) for source, found in values.items()}
    train = four_vectors.on_shell(parts["train"][:SAVED], MASSES)
    metrics = plain(
        {
            "seed": seed,
            "events": numbers,
            "mean": {**overall._asdict(), "floor": float(np.mean([panel["floor"] for panel in panels.values()]))},
            "histograms": panels,
            "peaks": {
                name: {source: peak(found[name], true[name], seed) for source, found in values.items()}
                for name in PEAKS
            },
            "pt_t": {
                "ratio": _ratio(ours["pt_t"], true["pt_t"]),
                "training": _ratio(_pt_t(parts["train"]), true["pt_t"])["worst"],
                "tail": _tail(ours["pt_t"], true["pt_t"], trained),
            },
            "balance": {source: _balance(p) for source, p in p4.items()},
            "off_shell": _off_shell(p4["generated"]),
            **{name: {source: found[name] for source, found in angles.items()} for name in SPINS},
            "mmd": _mmd(ours, true),
            "classifier_auc": _classifier_tests(p4, values, seed),
            **by_room(as_sample(p4["generated"][:SAVED]), as_sample(p4["reference"]), as_sample(train), seed),
        }
    )
    metrics["pulls"] = pulls(metrics)
    edges = {name: observable.edges for name, observable in OBSERVABLES.items()}
    first = min(SAVED, events)
    again = counted({name: found[:first] for name, found in values["generated"].items()})
    attributes = {"seed": seed, **numbers, "generated": first}
    saved = distributions.Distributions({}, edges, again, counts["reference"], attributes)
    distributions.record(out, metrics, saved)
    _draw(Path(out) / "figures", metrics, counts, values, p4, trained)
    return metrics


def compared(generator: Generator, parts: Mapping[str, np.ndarray], config: Config) -> dict[str, Measurement]:
    """What `zoo.training.comparison` puts beside each other: the mean distance, the peaks' widths over those held out,
    how far they are off in GeV, the balance of px."""
    true = four_vectors.on_shell(parts["test"], MASSES)
    p4 = generator.sample(min(SAVED, len(true)), seed=config.seed)["p4"]
    ours, real = observables(p4), observables(true)
    found = {"mean distance": score(p4, true), "balance of px": _balance(p4)["px"]}
    for name in PEAKS:
        one, other = (peak(values[name], real[name], config.seed) for values in (ours, real))
        width = one["iqr"].value / other["iqr"].value
        errors = (each["iqr"].uncertainty / each["iqr"].value for each in (one, other))
        found[f"width of {name}"] = Measurement(width, width * math.hypot(*errors))
        found[f"{name} off by"] = Measurement(
            abs(one["median"].value - other["median"].value),
            math.hypot(one["median"].uncertainty, other["median"].uncertainty),
        )
    return found


def pulls(metrics: Mapping) -> dict[str, float | None]:
    """(generated - held-out) / uncertainty of both, of the numbers of `metrics` that are quoted; None if undefined."""
    pairs = {name: metrics[name] for name in SPINS}
    pairs |= {
        f"{key}_{name}": {s: p[key] for s, p in both.items()} for name, both in metrics["peaks"].items() for key in PEAK
    }
    pairs |= {f"above_{step['pt']:.0f}": step for step in metrics["pt_t"]["tail"]}
    return {name: _pull(pair["generated"], pair["reference"]) for name, pair in pairs.items()}


def _pull(one: Mapping, other: Mapping) -> float | None:
    numbers = one["value"], other["value"], one["uncertainty"], other["uncertainty"]
    if None in numbers or not (error := math.hypot(*numbers[2:])):
        return None
    return (numbers[0] - numbers[1]) / error


def format_table(metrics: Mapping) -> str:
    """The metrics of `evaluate` as a page of text for the terminal."""
    events, average = metrics["events"], metrics["mean"]
    lines = [
        f"{events['generated']} generated events, {events['reference']} held-out ones",
        "Triangular discrimination (0 equal, 1 disjoint); floor: what is expected when only the finite numbers of",
        "events differ",
        "",
        f"{'':<12}{'distance':>18}{'floor':>10}",
    ]
    for name, panel in metrics["histograms"].items():
        lines.append(f"{name:<12}{text(panel):>18}{panel['floor']:>10.5f}")
    lines += [f"{'mean':<12}{text(average):>18}{average['floor']:>10.5f}", ""]
    lines += format_peaks(
        {f"{name} {source}": p for name, both in metrics["peaks"].items() for source, p in both.items()}
    )
    worst, tail, balance = metrics["pt_t"]["ratio"]["worst"], metrics["pt_t"]["tail"], metrics["balance"]
    lines += [
        "",
        f"pT_t: largest |generated / held-out - 1| of a bin below {metrics['pt_t']['ratio']['below']:.0f} GeV",
    ]
    lines[-1] += f" (0.1 % of events left): {text(worst)}; of the training events: {text(metrics['pt_t']['training'])}"
    for step in tail:
        lines.append(
            f"pT_t > {step['pt']:.0f} GeV: held-out {text(step['reference'])}, generated {text(step['generated'])}; "
            f"1/sqrt(N_tail) of the training {step['training_uncertainty']:.3f}"
        )
    lines += [
        "spread of sum px, py / mean sum of transverse energies: "
        + ", ".join(f"{text(balance['generated'][axis])} ({axis})" for axis in ("px", "py")),
        f"largest |E - sqrt(p^2 + m^2)| / E: {metrics['off_shell']:.1e}",
    ]
    for key, label in SPINS.items():
        lines.append(f"{label}: {text(metrics[key]['generated'])}, held-out {text(metrics[key]['reference'])}")
    lines += [f"unbiased MMD^2 of {name}: {text(value)}" for name, value in metrics["mmd"].items()]
    for name, test in metrics["classifier_auc"].items():
        lines += format_test(name, test, "held out against held out")
    shown = (f"{name} {'undefined' if pull is None else f'{pull:.1f}'}" for name, pull in metrics["pulls"].items())
    lines += ["pulls, (generated - held-out) / uncertainty of both:", *textwrap.wrap(", ".join(shown), 100)]
    return "\n".join([*lines, *format_by_room(metrics)])


def as_sample(p4: np.ndarray) -> Sample:
    """Events (n, 6, 4) as `zoo.evaluation` compares them: the observables at about fixed mass and pT, and momenta."""
    found = observables(p4)
    at = {name: (found[name], edges) for name, edges in SLICES.items()}
    return Sample(found, {}, np.asarray(p4[:, :, 1:], np.float64).reshape(len(p4), 18), at)


def layout(path: str, options: Mapping) -> Sample:
    """Events as ``python -m zoo evaluate --layout reproductions.top_pair_gan.evaluate:layout`` compares them."""
    return as_sample(four_vectors.on_shell(load(path), MASSES))


def format_peaks(peaks: Mapping[str, Mapping]) -> list[str]:
    """What `peak` gave, by name, as lines of a table."""
    lines = [f"{'':<32}{'median [GeV]':>20}{'IQR [GeV]':>20}{f'within {NEAR:.0f} GeV':>20}"]
    for name, found in peaks.items():
        lines.append(f"{name:<32}" + "".join(f"{text(cell):>20}" for cell in found.values()))
    return lines


def _ratio(generated: np.ndarray, reference: np.ndarray) -> dict:
    """Generated over true events in equal bins up to where 0.1 % of the true ones are left, and the worst bin."""
    below = float(np.quantile(reference, 0.999))
    edges = np.linspace(0, below, RATIO_BINS + 1)
    p, q = (np.histogram(values, edges)[0] for values in (generated, reference))
    q = np.where(q > 0, q, np.nan)  # a ratio to nothing is undefined
    scale = len(reference) / (len(generated) * q)
    one = np.maximum(p, 1)  # no event is as uncertain as one
    bins = [
        Measurement(*map(float, pair)) for pair in zip(p * scale, one * scale * np.sqrt(1 / one + 1 / q), strict=True)
    ]
    worst = int(np.nanargmax(np.abs(p * scale - 1)))
    return {"below": below, "bins": bins, "worst": Measurement(abs(bins[worst].value - 1), bins[worst].uncertainty)}


def _tail(generated: np.ndarray, reference: np.ndarray, training: int) -> list[dict]:
    """How many events lie above a pT, and how well the training knew: 1 / sqrt(N_tail) (section 3, figure 4)."""
    steps = []
    for tail in TAILS:
        pt = float(np.quantile(reference, 1 - tail))
        above = {"generated": fraction(generated > pt), "reference": fraction(reference > pt)}
        steps.append({"pt": pt, **above, "training_uncertainty": 1 / math.sqrt(tail * training)})
    return steps


def _pt_t(p3: np.ndarray) -> np.ndarray:
    return np.hypot(*np.float64(p3[:, :3, :2]).sum(axis=1).T)


def _balance(p4: np.ndarray) -> dict[str, Measurement]:
    """The spread of the summed momenta across the beam over the mean sum of the transverse energies."""
    transverse_energy = p4[..., 0] * transverse_momentum(p4) / np.linalg.norm(p4[..., 1:], axis=-1)
    scale = transverse_energy.sum(axis=1).mean()
    sums = {axis: p4[..., i].sum(axis=1, dtype=np.float64) for i, axis in ((1, "px"), (2, "py"))}
    return {axis: Measurement(*(part / scale for part in spread(s))) for axis, s in sums.items()}


def _off_shell(p4: np.ndarray) -> float:
    expected = four_vectors.on_shell(p4[..., 1:], MASSES)[..., 0]
    return float(np.max(np.abs(p4[..., 0] - expected) / expected))


def _mmd(generated: Mapping[str, np.ndarray], reference: Mapping[str, np.ndarray], size=2000, samples=10) -> dict:
    """The squared MMD of the masses with the paper's kernel, unbiased: the mean over samples of 2000 events each."""
    from keras import ops

    from reproductions.top_pair_gan.phase_space import RESONANCES
    from zoo.losses import breit_wigner, squared_mmd

    size = min(size, *(len(values["m_t"]) // samples for values in (generated, reference)))
    found = {}
    for name, (_, width) in zip(PEAKS, RESONANCES, strict=True):
        parts = [np.float32(values[name][: size * samples]).reshape(samples, size) for values in (generated, reference)]
        distances = [
            float(ops.convert_to_numpy(squared_mmd(x, y, breit_wigner, width, unbiased=True)))
            for x, y in zip(*parts, strict=True)
        ]
        found[name] = average(np.array(distances))
    return found


def _classifier_tests(p4: Mapping[str, np.ndarray], values: Mapping[str, Mapping], seed: int) -> dict[str, dict]:
    """Generated events against one half of the held-out ones; the null is the other half against it."""
    size = min(JUDGED, len(p4["generated"]), len(p4["reference"]) // 2)
    features = {source: np.stack([*found.values()], axis=1) for source, found in values.items()}
    momenta = {source: p[:, :, 1:].reshape(-1, 18) for source, p in p4.items()}

    def test(table: Mapping[str, np.ndarray], classifier: Classifier) -> dict:
        own, true, other = table["generated"][:size], table["reference"][:size], table["reference"][size : 2 * size]
        return classifier_test(own, true, other, seed=seed, seeds=SEEDS, classifier=classifier)

    return {"observables": test(features, "boosting"), "momenta": test(momenta, "network")}


def _draw(folder: Path, metrics: Mapping, counts: Mapping, values: Mapping, p4: Mapping, training: int) -> None:
    from reproductions.top_pair_gan import figures

    figures.overview(folder / "overview.png", counts)
    figures.spectra(folder / "spectra.png", counts, training)
    figures.peaks(folder / "peaks.png", counts)
    figures.tail(folder / "tail.png", {source: found["pt_t"] for source, found in values.items()}, training)
    figures.correlations(folder / "correlations.png", values)
    figures.balance(folder / "balance.png", p4)
    figures.spins(folder / "spins.png", counts, metrics)
