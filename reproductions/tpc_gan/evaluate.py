"""How good is a generator? Against held-out responses, as in arXiv:2012.04595, section 4.

    python -m reproductions.tpc_gan evaluate tpc_gan

The paper's profiles of six moments against five variables and the score made of them; a convolutional network that
tries to tell responses apart; and what a reconstruction makes of them: the position of a hit and its resolution.
"""

import math
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import keras
import numpy as np
from keras import ops

from reproductions.tpc_gan import data, model
from reproductions.tpc_gan.config import Config
from reproductions.tpc_gan.constants import AT_ONCE, PARAMETERS
from reproductions.tpc_gan.data import Events
from reproductions.tpc_gan.observables import (
    EDGES,
    SCORED,
    VARIABLES,
    bands,
    even_edges,
    histograms,
    observed,
    profile_terms,
    score,
    variables,
)
from reproductions.tpc_gan.simulate import draw_parameters, simulate
from zoo import optional
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
    plain,
    text,
    triangular_discrimination,
    triangular_floor,
)
from zoo.metrics.classifier import mean_over_seeds, roc_area

Made = Callable[[Events, int], Events]  # responses to the parameters of events, by a seed

REPEATS = 5  # samples of which a score is the mean
SAVED = 10_000  # generated events in distributions.h5, so that a test can repeat them
LEAST_EVENTS = 100  # below it neither profiles nor a classifier mean anything

CNN_EVENTS, CNN_EPOCHS, CNN_BATCH = 10_000, 5, 128  # of each kind to train on
CNN_RATE = 1e-3
CNN_CURVE = 0.25  # share of these events that the network is also trained on, to see whether more would tell more
SEEDS = 3  # of each classifier test
AUC_BINS, HIT_BINS = 5, 10  # of each variable


def averaged(scores: list[float]) -> Measurement:
    """The mean of scores, with the spread of a single one: all share the reference, so that their mean is no surer."""
    return Measurement(float(np.mean(scores)), float(np.std(scores, ddof=1)))


def sampled(generator: Generator, parameters: np.ndarray, seed: int) -> np.ndarray:
    """The amplitudes (n, 8, 16) that `generator` makes of parameters (n, 6)."""
    asked, at_once = data.asked(generator, parameters), min(AT_ONCE, len(parameters))
    return generator.sample(len(parameters), seed, batch_size=at_once, **asked)["amplitude"]


def without_threshold(generator: Generator) -> Generator:
    """The same generator without its last step, the threshold of one ADC count."""
    inputs = {tensor.name: tensor for tensor in generator.model.inputs}
    before = model.amplitudes(generator.model.get_layer("network").output)
    return Generator(keras.Model(inputs, {"amplitude": before}), generator.card)


def check(parts: Mapping[str, Events], config: Config) -> None:
    """Raises InputError for fewer than a hundred events to compare with or to train on, and without the simulator."""
    optional.check("a comparison with the simulator", "simulate", ("tensorflow_probability",))
    test, train = parts["test"], parts["train"]
    if min(len(test["amplitude"]), len(train["amplitude"])) < LEAST_EVENTS:
        raise InputError(f"{len(test['amplitude'])} events are held out, expected at least {LEAST_EVENTS}")


def evaluate(generator: Generator, parts: Mapping[str, Events], config: Config, out: Path, seed: int) -> dict:
    """Compare generated responses with the held-out ones, segment by segment of the same parameters.

    `parts` holds the event sets train, validation and test. Test is compared with; train teaches the convolutional
    network; all together show how near two real samples are. Samples of the same segments are nearer to each other than
    those of other segments, so both are compared: "generated" with "simulator", which is the truth if that made the
    events, and "generated_apart" with "real". Classifiers compare generated responses with real ones of other segments,
    or they would know the twin of a response that they were trained on.
    Writes figures/*.png, metrics.json and distributions.h5 to the folder `out` and returns the content of metrics.json:
    numbers come as {"value", "uncertainty"}, None where undefined. `format_table` prints the essence.
    Raises InputError for too few events.
    """
    check(parts, config)
    test = parts["test"]
    made, raw = partial(_made, generator), partial(_made, without_threshold(generator))
    generated, others = made(test, seed), _others(parts)
    sets = {"generated": generated, "reference": test}
    terms = profile_terms(generated, test)
    counts = {name: _counted(events) for name, events in sets.items()}
    areas = {
        name: cnn_auc(source, parts, seed)
        for name, source in (("generated", made), ("without_threshold", raw), ("real", _as_they_are))
    }
    metrics = plain(
        {
            "seed": seed,
            "events": {name: len(events["amplitude"]) for name, events in parts.items()},
            "terms": int(np.isfinite(terms).sum()),
            "score": _scores(parts, made, raw, seed),
            "profiles": {
                moment: dict(zip(VARIABLES, map(float, row), strict=True))
                for moment, row in zip(SCORED, np.nansum(terms, axis=(2, 3)), strict=True)
            },
            "histograms": _distances(**counts),
            "cnn_auc": {name: area for name, (area, _) in areas.items()},
            "cnn_auc_bins": {name: bins for name, (_, bins) in areas.items()},
            "moments_auc": classifier_test(
                _table(made(others, seed + 300)), _table(test), _table(others), seed=seed, seeds=SEEDS
            ),
            "hit": {name: hit(events) for name, events in sets.items()},
            "resolution": {name: resolution(events) for name, events in sets.items()},
            "empty": {name: fraction(events["amplitude"].sum(axis=(1, 2)) <= 0) for name, events in sets.items()},
            **by_room(as_sample(generated), as_sample(test), as_sample(parts["train"]), seed),
        }
    )
    distributions.record(out, metrics, _saved(generator, counts["reference"], seed))

    from reproductions.tpc_gan import figures

    figures.draw(Path(out) / "figures", metrics, sets, raw(test, seed))
    return metrics


def compared(generator: Generator, parts: Mapping[str, Events], config: Config) -> dict[str, Measurement]:
    """What `zoo.training.comparison` puts beside each other, and what the simulator has by the same measures.

    The score, the trees' area on moments at other segments, and the mean deviation of the hit's resolution along the
    pads in bins of the crossing angle, |generated / held-out - 1|.
    """
    test, seed = parts["test"], config.seed
    others = _others(parts)
    found = {}
    for name, made in (
        ("", lambda events, s: sampled(generator, events["parameters"], s)),
        ("simulator: ", lambda events, s: simulate(events["parameters"], s + 10)),
    ):
        same = [{**test, "amplitude": made(test, s)} for s in range(seed, seed + REPEATS)]
        apart = {**others, "amplitude": made(others, seed + 300)}
        found[f"{name}score"] = averaged([score(one, test) for one in same])
        found[f"{name}AUC of trees"] = classifier_auc(_table(apart), _table(test), seed=seed)
        angles = [resolution(events)["pad"]["crossing_angle"]["resolution"] for events in (same[0], test)]
        off = [abs(one.value / other.value - 1) for one, other in zip(*angles, strict=True)]
        errors = [
            math.hypot(one.uncertainty, other.uncertainty) / other.value for one, other in zip(*angles, strict=True)
        ]
        found[f"{name}resolution"] = Measurement(float(np.mean(off)), float(np.linalg.norm(errors)) / len(errors))
    return found


def cnn_auc(made: Made, parts: Mapping[str, Events], seed: int) -> tuple[dict, dict]:
    """The area under the ROC curve of a convolutional network between responses of `made` and real ones.

    The network is the paper's discriminator, told the parameters, trained by cross-entropy for five epochs on half of
    the training events and judged on the held-out ones; ``made(events, seed)`` makes responses to the parameters of
    the other half, and of validation events. If it returns real events as they are, the area is the null.
    Returns {"auc" and "auc_few": mean over `SEEDS` networks with DeLong's uncertainty and the standard error over them
    in quadrature; "events" and "few": of each kind that they were trained on}, and {variable: areas in its bins} of the
    first network.
    """
    train, test = parts["train"], parts["test"]
    n = min(CNN_EVENTS, len(train["amplitude"]) // 2)
    real, other = (data.take(train, slice(first, first + n)) for first in (0, n))
    few = max(int(CNN_CURVE * n), 1)
    found: dict[str, list[Measurement]] = {"auc": [], "auc_few": []}
    bins = {}
    for one in range(seed, seed + SEEDS):
        generated, judged = made(other, one + 100), made(parts["validation"], one + 200)
        for key, size in (("auc", n), ("auc_few", few)):
            network = _trained(data.take(real, slice(size)), data.take(generated, slice(size)), one)
            pair = [(_judged(network, events), variables(events["parameters"])) for events in (test, judged)]
            found[key].append(_area(*(logits for logits, _ in pair)))
            if key == "auc" and one == seed:
                bins = {name: _binned(name, pair) for name in VARIABLES}
    return {**{key: mean_over_seeds(areas) for key, areas in found.items()}, "events": n, "few": few}, bins


def _binned(name: str, pair: list) -> list[Measurement]:
    """The area in each bin of a variable; `pair` holds (logits, variables) of real and generated events."""
    edges = even_edges(*(x[name] for _, x in pair), bins=AUC_BINS)
    places = [np.clip(np.searchsorted(edges, x[name], side="right") - 1, 0, AUC_BINS - 1) for _, x in pair]
    areas = []
    for i in range(AUC_BINS):
        parts = [logits[where == i] for (logits, _), where in zip(pair, places, strict=True)]
        few = min(map(len, parts)) < 2
        areas.append(Measurement(math.nan, math.nan) if few else _area(*parts))
    return areas


def hit(events: Events) -> dict:
    """Bias and resolution of a hit by centre of gravity: mean and standard deviation of barycentre less track.

    {"pad": {"bias", "resolution"}, "time": ...}, in pads and in time buckets.
    """
    found = {}
    for name, off in _residuals(events).items():
        resolved = _resolved(off, np.zeros(len(off)), np.array([-1.0, 1.0]))
        found[name] = {what: resolved[what][0] for what in ("bias", "resolution")}
    return found


def resolution(events: Events) -> dict:
    """The `hit` in bins: along the pads of crossing angle and drift length, in time of dip angle and drift length.

    {"pad": {variable: {"edges", "bias", "resolution"}}, "time": ...}, a number for each bin.
    """
    x, residuals = variables(events["parameters"]), _residuals(events)
    return {
        name: {
            variable: {
                "edges": (edges := even_edges(x[variable], bins=HIT_BINS)).tolist(),
                **_resolved(residuals[name], x[variable], edges),
            }
            for variable in (angle, "drift_length")
        }
        for name, angle in (("pad", "crossing_angle"), ("time", "dip_angle"))
    }


def format_table(metrics: Mapping) -> str:
    """The metrics of `evaluate` as a page of text for the terminal."""
    found = metrics["score"]
    lines = [
        f"{metrics['events']['test']} held-out responses and as many generated ones of the same segments",
        "",
        f"score, {metrics['terms']} terms, at the same segments: generated {text(found['generated'], 0)}, "
        f"simulator {text(found['simulator'], 0)}",
        f"  before the threshold {text(found['without_threshold'], 0)}",
        f"  at other segments: generated {text(found['generated_apart'], 0)}, real {text(found['real'], 0)}",
        "",
        format_profiles(metrics["profiles"]),
    ]
    lines += ["", f"{'histogram':<16}{'distance':>20}{'floor':>10}"]
    for name, panel in metrics["histograms"].items():
        lines.append(f"{name:<16}{text(panel):>20}{panel['floor']:>10.4f}")
    lines.append("")
    for kind, area in metrics["cnn_auc"].items():
        values = [one["value"] for bins in metrics["cnn_auc_bins"][kind].values() for one in bins]
        label = f"AUC of a CNN, {kind.replace('_', ' ')} against real"
        lines.append(f"{label}: {text(area['auc'])}, {min(values):.3f} to {max(values):.3f} in bins of the variables")
        lines.append(f"  {area['events']} events of each kind to train on, with {area['few']} {text(area['auc_few'])}")
    lines += format_test("moments and parameters", metrics["moments_auc"], "real against real")
    for name, unit in (("pad", "pads"), ("time", "buckets")):
        for what in ("bias", "resolution"):
            ours, real = (metrics["hit"][kind][name][what] for kind in ("generated", "reference"))
            lines.append(f"{what} of a hit in {unit}: generated {text(ours)}, held-out {text(real)}")
    return "\n".join([*lines, *format_by_room(metrics)])


def format_profiles(profiles: Mapping[str, Mapping[str, float]]) -> str:
    """The score's share of each moment (rows) and variable (columns), of 38 terms each."""
    lines = ["terms by profile" + "".join(f"{name:>16}" for name in VARIABLES)]
    lines += [
        f"{moment:<16}" + "".join(f"{row[name]:>16.0f}" for name in VARIABLES) for moment, row in profiles.items()
    ]
    return "\n".join(lines)


def layout(path: str, options: Mapping) -> Sample:
    """Responses as ``python -m zoo evaluate --layout reproductions.tpc_gan.evaluate:layout`` compares them."""
    return as_sample(data.load(path))


def as_sample(events: Events) -> Sample:
    """Responses as `zoo.evaluation` compares them: moments by the variables, and the digits."""
    amplitude = events["amplitude"].reshape(len(events["amplitude"]), -1)
    return Sample(observed(events), variables(events["parameters"]), np.log1p(amplitude))


def _made(generator: Generator, events: Events, seed: int) -> Events:
    """What `generator` makes at the parameters of `events`."""
    return {**events, "amplitude": sampled(generator, events["parameters"], seed)}


def _as_they_are(events: Events, seed: int) -> Events:
    return events


def _scores(parts: Mapping[str, Events], made: Made, raw: Made, seed: int) -> dict[str, Measurement]:
    """The scores of `evaluate`, each of `REPEATS` samples."""
    test, seeds = parts["test"], range(seed, seed + REPEATS)
    simulated = ({**test, "amplitude": simulate(test["parameters"], s + 10)} for s in seeds)
    found = {
        "generated": [score(made(test, s), test) for s in seeds],
        "without_threshold": [score(raw(test, s), test) for s in seeds],
        "simulator": [score(events, test) for events in simulated],
        "generated_apart": [_apart(parts, made, s) for s in seeds],
        "real": [_apart(parts, _as_they_are, s) for s in seeds],
    }
    return {name: averaged(scores) for name, scores in found.items()}


def _distances(generated: Counts, reference: Counts) -> dict[str, dict]:
    """The distance of each histogram, with its floor."""
    return {
        name: {
            **triangular_discrimination(generated[name], content)._asdict(),
            "floor": triangular_floor(generated[name], content),
        }
        for name, content in reference.items()
    }


def _others(parts: Mapping[str, Events]) -> Events:
    """Real events that are not held out, validation first, at most as many as are."""
    rest = {name: np.concatenate([parts[part][name] for part in ("validation", "train")]) for name in parts["test"]}
    return data.take(rest, slice(len(parts["test"]["amplitude"])))


def _apart(parts: Mapping[str, Events], made: Made, seed: int) -> float:
    """The score of responses to the parameters of real events against real events of others: two disjoint random sets
    of all, as many as are held out, or half of all."""
    everything = {name: np.concatenate([part[name] for part in parts.values()]) for name in parts["test"]}
    total = len(everything["amplitude"])
    n = min(len(parts["test"]["amplitude"]), total // 2)
    rows = np.random.default_rng(seed).permutation(total)
    return score(made(data.take(everything, rows[:n]), seed), data.take(everything, rows[n : 2 * n]))


def _counted(events: Events) -> Counts:
    return histograms({"amplitude": events["amplitude"], **data.conditions(events["parameters"])})


def _saved(generator: Generator, reference: Counts, seed: int) -> distributions.Distributions:
    """Distributions at random segments: the parameters of real events may not be ours to give."""
    six = len(generator.conditions) == len(PARAMETERS)
    parameters = draw_parameters(SAVED, seed, six)
    again = _counted({"parameters": parameters, "amplitude": sampled(generator, parameters, seed)})
    asked = data.conditions(parameters, six)
    attributes = {"seed": seed, "generated": SAVED, "reference": int(reference["digits"].sum())}
    return distributions.Distributions(asked, EDGES, again, reference, attributes)


def _table(events: Events) -> np.ndarray:
    """Moments and parameters, for boosted trees; NaN is a value to them."""
    columns = [*observed(events).values(), *variables(events["parameters"]).values()]
    return np.column_stack(columns)


def _inputs(events: Events) -> dict[str, np.ndarray]:
    features = model.features(events["parameters"][:, :4])
    return {"features": ops.convert_to_numpy(features), "y": np.log10(1 + events["amplitude"])}


def _trained(real: Events, generated: Events, seed: int) -> keras.Model:
    keras.utils.set_random_seed(seed)
    network = model.discriminator(5, dropout=0.0)
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    network.compile(keras.optimizers.Adam(CNN_RATE), loss, jit_compile=False)
    pair = [_inputs(events) for events in (real, generated)]
    inputs = {name: np.concatenate([one[name] for one in pair]) for name in pair[0]}
    labels = np.repeat([1.0, 0.0], [len(real["amplitude"]), len(generated["amplitude"])])[:, None]
    network.fit(inputs, labels, batch_size=CNN_BATCH, epochs=CNN_EPOCHS, verbose=0)
    return network


def _judged(network: keras.Model, events: Events) -> np.ndarray:
    return network.predict(_inputs(events), batch_size=CNN_BATCH, verbose=0)[:, 0]


def _area(positive: np.ndarray, negative: np.ndarray) -> Measurement:
    value, variance = roc_area(positive, negative)
    return Measurement(value, math.sqrt(variance))


def _residuals(events: Events) -> dict[str, np.ndarray]:
    x, found = variables(events["parameters"]), observed(events)
    return {name: found[f"{name}_mean"] - x[f"{name}_fraction"] for name in ("pad", "time")}


def _resolved(off: np.ndarray, x: np.ndarray, edges: np.ndarray) -> dict:
    average, spread, average_error, spread_error = bands(x, off, edges)
    return {
        "bias": [Measurement(*map(float, pair)) for pair in zip(average, average_error, strict=True)],
        "resolution": [Measurement(*map(float, pair)) for pair in zip(spread, spread_error, strict=True)],
    }
