"""What draws the energies of the three layers with --normalised, before the images share them out.

An idea of CaloFlow (arXiv:2106.05285); no part of the paper. Taught by a proper score of the energies, without an
opponent, before the game or the scores of the images begin.
"""

import math

import keras
import numpy as np
from keras import layers, ops

from reproductions.calogan import data, shapes
from reproductions.calogan.data import SHAPES
from zoo import backend
from zoo.data.files import atomic
from zoo.errors import InputError
from zoo.generator import read_model
from zoo.layers import ConditionalQuantiles, around
from zoo.losses import energy_score
from zoo.observables import calorimeter
from zoo.training import runs
from zoo.training.batches import Batches
from zoo.training.trainer import Trainer, Update

FILE = "energies.keras"  # in the folder of a run
NOISE = 16
LEAST = 1e-6  # GeV, about the smallest energy that Geant4 leaves in a layer
LOG_CENTRE, LOG_SPREAD = 3.5, 1.0  # of log(E / GeV), uniform from 1 to 100 GeV
BATCH, RATE, UPDATES = 512, 2e-3, 15_000
UNITS, TABLE_UNITS, DEPTH = 128, 64, 3
# Tables of quantiles, of layers in the order in which they are drawn, at these log(E / GeV) and scores.
ORDER = (1, 0, 2)
KNOTS = np.linspace(math.log(data.RANGE[0]), math.log(data.RANGE[1]), 9).astype(np.float32)
SCORES, LIMIT = 129, 4.0
AROUND = 500  # showers at least to take the quantiles of


def network(tables=False):
    """energy_noise (n, 16), energy (n, 1) in GeV -> the energies of the three layers (n, 3) in GeV.

    Together less than the requested energy.
    """
    inputs = {"energy_noise": keras.Input((NOISE,), name="energy_noise"), "energy": keras.Input((1,), name="energy")}
    return keras.Model(inputs, drawn(**inputs, tables=tables), name="layer_energies")


def drawn(energy_noise, energy, tables):
    """The output of `network`.

    As a response and how the layers share it, less than `LEAST` in a layer being nothing; or with `tables` layer by
    layer, as the quantiles of each at this energy ask for: the edge of what a particle leaves that only ionises is as
    sharp as it is, and layers have it together where they should.
    """
    asked = (ops.log(energy) - LOG_CENTRE) / LOG_SPREAD
    if not tables:
        x = _hidden([energy_noise, asked], UNITS, "energies")
        response = layers.Dense(1, activation="sigmoid", name="response")(x)
        shares = layers.Dense(len(SHAPES), activation="softmax", name="shares")(x)
        return ops.relu(energy * response * shares - LEAST)
    scores: dict = {}
    for i, layer in enumerate(ORDER):
        x = _hidden([energy_noise, asked, *scores.values()], TABLE_UNITS, f"energies_{layer}")
        shift = layers.Dense(2, kernel_initializer="zeros", name=f"score_{layer}")(x)
        scores[layer] = energy_noise[:, i : i + 1] * ops.exp(shift[:, :1]) + shift[:, 1:]
    ordered = layers.Concatenate(name="scores")([scores[layer] for layer in range(len(SHAPES))])
    quantiles = ConditionalQuantiles(len(KNOTS), len(SHAPES), SCORES, LIMIT, name="quantiles")
    found = ops.relu(ops.exp(quantiles((ordered, ops.log(energy)))) - LEAST)
    return found * ops.minimum(1.0, energy / ops.maximum(ops.sum(found, axis=1, keepdims=True), LEAST))


def trained(config, showers):
    """A `network`, trained by its proper score.

    Where a run resumes, or starts from or names a model that has one, it is that one.
    """
    path = config.folder / FILE
    if config.resume:
        return read_model(path)
    source = config.energies or config.start
    found = known(source, config.tables) if source else None
    if found is None and config.energies:
        form = "with" if config.tables else "without"
        raise InputError(f"{config.energies}: holds no network of the layers' energies, expected one {form} --tables")
    if found is None:
        print(f"trains the network of the layers' energies, {UPDATES:,} updates", flush=True)
        found = _train(config, showers)
    with atomic(path) as temporary:
        found.save(temporary)
    return found


def known(start, tables):
    """The network of the layers' energies in the folder `start` of a run or of released weights.

    None without one, or where it is of the other form, with or without `tables`.
    """
    sources = (start / FILE, start / runs.WEIGHTS)
    source = next((path for path in sources if path.exists()), None)
    if not source:
        return None
    held, found = read_model(source), network(tables)
    runs.transfer(held, found)
    own = {layer.name for layer in found.layers if layer.weights}
    return found if own <= {layer.name for layer in held.layers} else None


def set_tables(found, energy, energies):
    """Give `found`, a `network` with tables, the quantiles of `energies` (n, 3) at `energy` (n,), in GeV.

    The normal scores (n, 3) that these then have.
    """
    order = np.argsort(energy)
    logs, asked = np.log(energies + LEAST), np.log(energy)
    grid = np.linspace(-LIMIT, LIMIT, SCORES)
    levels = [0.5 * (1 + math.erf(score / math.sqrt(2))) for score in grid]
    places = around(KNOTS, asked[order], min(AROUND, len(order)))
    table = np.stack([np.quantile(logs[order][place], levels, axis=0).T for place in places]).astype(np.float32)
    found.get_layer("quantiles").set_weights([KNOTS, table])
    last = np.clip(np.searchsorted(KNOTS, asked, side="right") - 1, 0, len(KNOTS) - 2)
    across = ((asked - KNOTS[last]) / (KNOTS[last + 1] - KNOTS[last]))[:, None]
    scores = np.empty_like(logs)
    for d in range(len(SHAPES)):
        at = table[last, d] + across * (table[last + 1, d] - table[last, d])
        scores[:, d] = [np.interp(x, quantiles, grid) for x, quantiles in zip(logs[:, d], at, strict=True)]
    return scores


def _train(config, showers):
    found = network(config.tables)
    size = min(BATCH, len(showers["energy"]))
    showers = data.in_gev(showers)
    energies = calorimeter.layer_energies(showers).astype(np.float32)
    real = {"energy": showers["energy"], "layers": energies}
    whole = found
    if config.tables:
        real["scores"] = set_tables(found, showers["energy"][:, 0], energies).astype(np.float32)
        whole = keras.Model(found.inputs, [found.output, found.get_layer("scores").output])

    def loss(batch, seeds):
        def draw():
            noise = backend.normal((size, NOISE), seeds)
            made = whole({"energy_noise": noise, "energy": batch["energy"]})
            return made if config.tables else [made]

        sets = list(zip(draw(), draw(), strict=True))
        terms = {"layer_energies": shapes.layer_energy_score(batch["energy"], batch["layers"], *sets[0])}
        if config.tables:
            terms["scores"] = _scores_apart(batch["scores"], *sets[1])
        return terms

    rate = keras.optimizers.schedules.CosineDecay(RATE, UPDATES)
    trainer = Trainer(
        optimizers=[(found, keras.optimizers.Adam(rate))],
        updates=[Update(found, loss)],
        average=found,
        momentum=0.999,
        seed=config.seed,
    )
    trainer.compile(config.jit)
    trainer.fit(Batches(real, size, config.seed, length=UPDATES), shuffle=False, verbose=0)
    return trainer.averaged


def _scores_apart(*sets):
    """The proper score of normal scores (n, 3), real ones and two drawn sets: of each, of pairs and of all."""
    together = [(0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2)]
    parts = ([ops.stack([x[:, d] for d in chosen], axis=1) for x in sets] for chosen in together)
    return sum(ops.mean(energy_score(*part)) for part in parts)


def _hidden(features, units, name):
    x = layers.Concatenate()(features)
    for i in range(DEPTH):
        x = layers.Dense(units, activation="relu", name=f"{name}_{i}")(x)
    return x
