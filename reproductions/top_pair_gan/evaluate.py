"""How good is a generator? Against held-out events.

    python -m reproductions.top_pair_gan.evaluate top_pair_gan --data mg5.h5

The paper's comparisons (arXiv:1907.03764, section 3): energies and transverse momenta, the tail, correlations, masses
and momentum conservation; and what it does not test: the spins of tops and W bosons, and a classifier.
"""

import argparse
import json
import math
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from reproductions.top_pair_gan.data import MASSES, load, split
from zoo.cli import run
from zoo.data import distributions
from zoo.data.distributions import Counts
from zoo.data.files import atomic
from zoo.data.splits import of_training
from zoo.errors import InputError
from zoo.metrics import (
    Measurement,
    average,
    bootstrap,
    classifier_auc,
    fraction,
    mean,
    plain,
    text,
    triangular_discrimination,
    triangular_floor,
)
from zoo.observables import four_vectors
from zoo.observables.four_vectors import boosted, cos_angle, mass, pseudorapidity, transverse_momentum

LEAST_EVENTS = 100  # below it neither a classifier nor a bootstrap means anything
SAVED = 100_000  # generated events in distributions.h5, so that a test can repeat them
JUDGED = 20_000  # events of each kind for the classifiers
TAILS = (0.1, 0.01, 0.001)  # fractions of the true events above a pT
RATIO_BINS = 20


class Observable(NamedTuple):
    """What a histogram shows: a label for the axis, its unit, and the edges of the bins."""

    label: str
    unit: str
    edges: np.ndarray


def _momenta(symbol: str, energy: float, momentum: float) -> dict[str, Observable]:
    name = symbol.replace("^", "").replace("+", "").replace("-", "").replace("\\bar t", "tbar")
    return {
        f"e_{name}": Observable(f"$E_{{{symbol}}}$", "GeV", np.linspace(0, energy, 41)),
        f"pt_{name}": Observable(f"$p_{{T,{symbol}}}$", "GeV", np.linspace(0, momentum, 41)),
    }


OBSERVABLES = {
    **_momenta("t", 1600, 600),
    **_momenta("\\bar t", 1600, 600),
    **_momenta("W", 1000, 400),
    **_momenta("b", 600, 300),
    **_momenta("q", 600, 300),
    "eta_t": Observable("$\\eta_t$", "", np.linspace(-6, 6, 41)),
    "m_tt": Observable("$m_{t\\bar t}$", "GeV", np.linspace(330, 1500, 40)),
    "m_t": Observable("$m_t$", "GeV", np.linspace(165, 181, 41)),
    "m_tbar": Observable("$m_{\\bar t}$", "GeV", np.linspace(165, 181, 41)),
    "m_wplus": Observable("$m_{W^+}$", "GeV", np.linspace(70, 90, 41)),
    "m_wminus": Observable("$m_{W^-}$", "GeV", np.linspace(70, 90, 41)),
    "cos_top": Observable("$\\cos\\theta_t$, rest frame of the pair", "", np.linspace(-1, 1, 41)),
    "cos_w": Observable("$\\cos\\theta^*$ of the down-type quark of the $W^+$", "", np.linspace(-1, 1, 41)),
    "cos_cos": Observable("$\\cos\\theta_1\\cos\\theta_2$ of the down-type quarks", "", np.linspace(-1, 1, 41)),
}
BEAM = np.array([1.0, 0, 0, 1])
PEAKS = ("m_t", "m_tbar", "m_wplus", "m_wminus")
PEAK = ("median", "iqr", "near")
SPINS = {"c_hel": "spin correlation C_hel", "d": "spin correlation D", "w_f0": "W helicity F0"}
NEAR = 5.0  # GeV from the median of the true mass


def observables(p4: np.ndarray) -> dict[str, np.ndarray]:
    """The values (n,) of `OBSERVABLES` for events (n, 6, 4), and cos_phi.

    cos_w: in the rest frame of the W+, between the down-type quark and the direction in which the W+ left the top.
    cos_cos: of each down-type quark in the rest frame of its top, with the direction in which the top left the pair.
    cos_phi: between the two down-type quarks, each in the rest frame of its top (their opening angle).
    """
    p4 = np.asarray(p4, np.float64)
    top, antitop, w_plus, w_minus = (p4[:, i:j].sum(axis=1) for i, j in ((0, 3), (3, 6), (1, 3), (4, 6)))
    pair = top + antitop
    found: dict[str, np.ndarray] = {}
    for name, one in (("t", top), ("tbar", antitop), ("W", w_plus), ("b", p4[:, 0]), ("q", p4[:, 1])):
        found |= {f"e_{name}": one[:, 0], f"pt_{name}": transverse_momentum(one)}
    cosines, downs = [], []
    # The helicity frames need no axes: boosts go from the pair to the top to the W.
    for one, boson, down in ((top, w_plus, p4[:, 2]), (antitop, w_minus, p4[:, 4])):
        one, boson, down = (boosted(p, pair) for p in (one, boson, down))
        boson, down_in_top = boosted(boson, one), boosted(down, one)
        in_top = cos_angle(down_in_top, one)
        downs.append(down_in_top)
        cosines.append((cos_angle(one, BEAM), cos_angle(boosted(down_in_top, boson), boson), in_top))
    return found | {
        "eta_t": pseudorapidity(top),
        "m_tt": mass(pair),
        "m_t": mass(top),
        "m_tbar": mass(antitop),
        "m_wplus": mass(w_plus),
        "m_wminus": mass(w_minus),
        "cos_top": cosines[0][0],
        "cos_w": cosines[0][1],
        "cos_cos": cosines[0][2] * cosines[1][2],
        "cos_phi": cos_angle(*downs),
    }


def spins(values: Mapping[str, np.ndarray]) -> dict[str, Measurement]:
    """Spin correlation C_hel and D, and the fraction F0 of longitudinal W bosons, of the values of `observables`.

    With the densities (1 + B_1 cos_1 + B_2 cos_2 - C cos_1 cos_2) / 4 and (1 - D cos_phi) / 2 (Bernreuther, Heisler,
    Si, arXiv:1508.05271), C = -9 <cos_1 cos_2> and D = -3 <cos_phi>.
    F0 = 2 - 5 <cos_w^2>, of 3/4 F0 (1 - cos^2) + 3/8 F_L (1 - cos)^2 + 3/8 F_R (1 + cos)^2.
    """
    return {
        "c_hel": average(-9 * values["cos_cos"]),
        "d": average(-3 * values["cos_phi"]),
        "w_f0": average(2 - 5 * values["cos_w"] ** 2),
    }


def histograms(events: Mapping[str, np.ndarray]) -> Counts:
    """Counts of `OBSERVABLES` by name for events {"p4": (n, 6, 4)}; values that are undefined are not counted."""
    return _counts(observables(events["p4"]))


def score(generated: np.ndarray, reference: np.ndarray) -> Measurement:
    """The mean triangular discrimination over the histograms of events (n, 6, 4): 0 if equal, 1 if disjoint.

    Samples of finite size do not reach 0, see `zoo.metrics.triangular_floor`. An observable that no generated event
    has in range counts as 1.
    """
    p, q = histograms({"p4": generated}), histograms({"p4": reference})
    return mean(triangular_discrimination(p[name], q[name]) for name in q)


def evaluate(
    sample: Callable[..., Mapping[str, np.ndarray]],
    splits: Mapping[str, np.ndarray],
    out: str | Path,
    seed: int,
    events: int = 1_000_000,
) -> dict:
    """Compare `events` generated events with held-out ones.

    `sample(n, seed=int)["p4"]` gives events (n, 6, 4); `splits` holds the momenta (n, 6, 3) of train, validation and
    test. Only test is compared with; of train the number of events counts.
    Writes figures/*.png, metrics.json and distributions.h5 to the folder `out` and returns the content of metrics.json:
    numbers come as {"value", "uncertainty"}, None where undefined. `format_table` prints the essence.
    Raises InputError for fewer than a hundred events, and a sample that is misshapen or not finite.
    """
    numbers = {"generated": events, "reference": len(splits["test"]), "training": len(splits["train"])}
    if min(numbers.values()) < LEAST_EVENTS:
        raise InputError(f"the numbers of events are {numbers}, expected at least {LEAST_EVENTS} of each")
    p4 = {"generated": _sampled(sample, events, seed), "reference": four_vectors.on_shell(splits["test"], MASSES)}
    values = {source: observables(p) for source, p in p4.items()}
    counts = {source: _counts(found) for source, found in values.items()}
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
                "training": _ratio(_pt_t(splits["train"]), true["pt_t"])["worst"],
                "tail": _tail(ours["pt_t"], true["pt_t"], len(splits["train"])),
            },
            "balance": {source: _balance(p) for source, p in p4.items()},
            "off_shell": _off_shell(p4["generated"]),
            **{name: {source: found[name] for source, found in angles.items()} for name in SPINS},
            "mmd": _mmd(ours, true),
            "classifier_auc": _classifier_aucs(p4, values, seed),
        }
    )
    metrics["pulls"] = pulls(metrics)
    out = Path(out)
    with atomic(out / "metrics.json") as temporary:
        temporary.write_text(json.dumps(metrics, indent=1, allow_nan=False) + "\n")
    edges = {name: observable.edges for name, observable in OBSERVABLES.items()}
    first = min(SAVED, events)
    saved = _counts({name: found[:first] for name, found in values["generated"].items()})
    attributes = {"seed": seed, **numbers, "generated": first}
    distributions.write(
        out / "distributions.h5", distributions.Distributions({}, edges, saved, counts["reference"], attributes)
    )
    _draw(out / "figures", metrics, counts, values, p4, len(splits["train"]))
    return metrics


def peak(values: np.ndarray, reference: np.ndarray, seed: int) -> dict[str, Measurement]:
    """Where a peak is, by its median, how wide, by its inter-quartile range, and how much is near the reference's."""

    def iqr(values: np.ndarray) -> float:
        low, high = np.quantile(values, (0.25, 0.75))
        return high - low

    near = fraction(np.abs(values - np.median(reference)) < NEAR)
    return {"median": bootstrap(np.median, values, seed=seed), "iqr": bootstrap(iqr, values, seed=seed), "near": near}


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
    lines += [f"classifier AUC, {name}: {text(value)}" for name, value in metrics["classifier_auc"].items()]
    shown = (f"{name} {'undefined' if pull is None else f'{pull:.1f}'}" for name, pull in metrics["pulls"].items())
    lines += ["pulls, (generated - held-out) / uncertainty of both:", *textwrap.wrap(", ".join(shown), 100)]
    return "\n".join(lines)


def format_peaks(peaks: Mapping[str, Mapping]) -> list[str]:
    """What `peak` gave, by name, as lines of a table."""
    lines = [f"{'':<32}{'median [GeV]':>20}{'IQR [GeV]':>20}{f'within {NEAR:.0f} GeV':>20}"]
    for name, found in peaks.items():
        lines.append(f"{name:<32}" + "".join(f"{text(cell):>20}" for cell in found.values()))
    return lines


def main() -> None:
    """Evaluate a released model from the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m reproductions.top_pair_gan.evaluate",
        description="Evaluate a released model on held-out events.",
    )
    parser.add_argument("model", help="name or folder of a model")
    parser.add_argument("--data", type=Path, required=True, help="the file that the model was trained on")
    parser.add_argument("--events", type=int, default=1_000_000, help="how many to generate (1000000)")
    parser.add_argument("--out", type=Path, help="folder to write to (runs/evaluate_MODEL)")
    parser.add_argument("--seed", type=int, default=0, help="of the generated events (0)")
    args = parser.parse_args()

    import zoo

    generator = zoo.load(args.model)
    splits = of_training(generator.card, args.data, load, split)
    out = args.out or Path("runs") / f"evaluate_{generator.name}"
    print(format_table(evaluate(generator.sample, splits, out, args.seed, args.events)))
    print(f"\nFigures, metrics.json and distributions.h5 are in {out}")


def _counts(values: Mapping[str, np.ndarray]) -> Counts:
    return {name: np.histogram(values[name], observable.edges)[0] for name, observable in OBSERVABLES.items()}


def _sampled(sample: Callable[..., Mapping[str, np.ndarray]], events: int, seed: int) -> np.ndarray:
    """Generated events, checked: a generator may have diverged."""
    p4 = sample(events, seed=seed)["p4"]
    if p4.shape != (events, 6, 4):
        raise InputError(f"the generator's p4 is {p4.shape}, expected {(events, 6, 4)}")
    if not np.isfinite(p4).all():
        raise InputError("the generator's p4 holds NaN or infinity, expected GeV")
    return p4


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
    return {axis: Measurement(np.std(s) / scale, np.std(s) / scale / math.sqrt(2 * len(s))) for axis, s in sums.items()}


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


def _classifier_aucs(p4: Mapping[str, np.ndarray], values: Mapping[str, Mapping], seed: int) -> dict[str, Measurement]:
    size = min(JUDGED, *map(len, p4.values()))
    features = {source: np.stack([v[:size] for v in found.values()], axis=1) for source, found in values.items()}
    momenta = {source: p[:size, :, 1:].reshape(size, 18) for source, p in p4.items()}
    return {
        "observables": classifier_auc(features["generated"], features["reference"], seed=seed),
        "momenta": classifier_auc(momenta["generated"], momenta["reference"], seed=seed, classifier="network"),
    }


def _draw(folder: Path, metrics: Mapping, counts: Mapping, values: Mapping, p4: Mapping, training: int) -> None:
    from reproductions.top_pair_gan import figures

    figures.overview(folder / "overview.png", counts)
    figures.spectra(folder / "spectra.png", counts, training)
    figures.peaks(folder / "peaks.png", counts)
    figures.tail(folder / "tail.png", {source: found["pt_t"] for source, found in values.items()}, training)
    figures.correlations(folder / "correlations.png", values)
    figures.balance(folder / "balance.png", p4)
    figures.spins(folder / "spins.png", counts, metrics)


if __name__ == "__main__":
    run(main)
