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
LOG_SCALE = 3.0  # of the logarithms of the layers' energies
TINY = 1e-9  # GeV: an empty image stays empty
BATCH, RATE, UPDATES = 512, 2e-3, 15_000
UNITS, TABLE_UNITS, DEPTH = 128, 64, 3
# Tables of quantiles, of coordinates in the order in which they are drawn, at these log(E / GeV) and scores.
ORDER = {"layers": (1, 0, 2), "response": (0, 1, 2)}
MORE = 1.1e-3  # GeV, 2 m_e: so much more than its kinetic energy a positron can leave
KNOTS = np.linspace(math.log(data.RANGE[0]), math.log(data.RANGE[1]), 9).astype(np.float32)
SCORES, LIMIT = 129, 4.0
AROUND = 500  # showers at least to take the quantiles of


def network(tables=None):
    """energy_noise (n, 16), energy (n, 1) in GeV -> the energies of the three layers (n, 3) in GeV.

    Together at most the requested energy, and `MORE` with tables of the response.
    """
    inputs = {"energy_noise": keras.Input((NOISE,), name="energy_noise"), "energy": keras.Input((1,), name="energy")}
    return keras.Model(inputs, drawn(**inputs, tables=tables), name="layer_energies")


def drawn(energy_noise, energy, tables):
    """The output of `network`.

    As a response and how the layers share it, less than `LEAST` in a layer being nothing; or with `tables` one
    coordinate after the other, as the quantiles of each at this energy ask for. With those of the "layers" the edge of
    what a particle leaves that only ionises is as sharp as it is, and layers have it together where they should; with
    those of the "response", and of how the layers share it, showers lose as much as they should.
    """
    asked = (ops.log(energy) - LOG_CENTRE) / LOG_SPREAD
    if not tables:
        x = hidden([energy_noise, asked], UNITS, "energies")
        response = layers.Dense(1, activation="sigmoid", name="response")(x)
        shares = layers.Dense(len(SHAPES), activation="softmax", name="shares")(x)
        return ops.relu(energy * response * shares - LEAST)
    scores: dict = {}
    for i, d in enumerate(ORDER[tables]):
        noise = [energy_noise] if scores or tables == "layers" else []
        x = hidden([*noise, asked, *scores.values()], TABLE_UNITS, f"energies_{d}")
        shift = layers.Dense(2, kernel_initializer="zeros", name=f"score_{d}")(x)
        scores[d] = energy_noise[:, i : i + 1] * ops.exp(shift[:, :1]) + shift[:, 1:]
    ordered = layers.Concatenate(name="scores")([scores[d] for d in range(len(SHAPES))])
    quantiles = ConditionalQuantiles(len(KNOTS), len(SHAPES), SCORES, LIMIT, name="quantiles")
    found = quantiles((ordered, ops.log(energy)))
    if tables == "response":
        total = ops.relu(energy * (1 - ops.exp(found[:, :1])) + MORE)
        shares = ops.softmax(ops.concatenate([found[:, 1:2], 0 * total, found[:, 2:]], axis=1))
        return ops.relu(total * shares - LEAST)
    found = ops.relu(ops.exp(found) - LEAST)
    return found * ops.minimum(1.0, energy / ops.maximum(ops.sum(found, axis=1, keepdims=True), LEAST))


def coordinates(energy, layers, tables):
    """What `tables` are of: numbers (n, 3) for the energies of the layers (n, 3) in GeV of showers of `energy` (n, 1).

    Of the "layers" their logarithms; of the "response" that of the share of the energy which is lost, and those of the
    first and of the last layer's energy in units of the middle one's.
    """
    logs = np.log(layers + LEAST)
    if tables == "layers":
        return logs
    lost = 1 - (np.sum(layers, axis=1, keepdims=True) - MORE) / energy
    return np.hstack([np.log(np.maximum(lost, LEAST)), logs[:, :1] - logs[:, 1:2], logs[:, 2:] - logs[:, 1:2]])


def trained(config, showers):
    """A `network`, trained by its proper score.

    Where a run resumes, or starts from or names a model that has one, it is that one.
    """
    found = None if config.resume else known(config, FILE, network(config.tables))
    if found is None and config.energies and not config.resume:
        form = f"with --tables {config.tables}" if config.tables else "without --tables"
        raise InputError(f"{config.energies}: holds no network of the layers' energies, expected one {form}")
    return kept(config, FILE, "the layers' energies", found, lambda: _train(config, showers))


def known(config, file, network):
    """`network` with the weights that it has in `file` of the run that `config` starts from or names, or in a release.

    None without a run or release, or where that has no such network, or one of another form.
    """
    folder = config.energies or config.start
    source = next((path for path in (folder / file, folder / runs.WEIGHTS) if path.exists()), None) if folder else None
    if not source:
        return None
    held = read_model(source)
    runs.transfer(held, network)
    own = {layer.name for layer in network.layers if layer.weights}
    return network if own <= {layer.name for layer in held.layers} else None


def kept(config, file, what, found, train):
    """The network of `what` in `file` of the run, if it resumes; else `found`, or what `train` gives, written there."""
    path = config.folder / file
    if config.resume:
        return read_model(path)
    if found is None:
        print(f"trains the network of {what}, {UPDATES:,} updates", flush=True)
        found = train()
    with atomic(path) as temporary:
        found.save(temporary)
    return found


def set_tables(quantiles, energy, values):
    """Give the layer `quantiles` those of `values` (n, d) at `energy` (n,), GeV; the normal scores that these have."""
    order, asked = np.argsort(energy), np.log(energy)
    grid = np.linspace(-LIMIT, LIMIT, SCORES)
    levels = [0.5 * (1 + math.erf(score / math.sqrt(2))) for score in grid]
    places = around(KNOTS, asked[order], min(AROUND, len(order)))
    table = np.stack([np.quantile(values[order][place], levels, axis=0).T for place in places]).astype(np.float32)
    quantiles.set_weights([KNOTS, table])
    last = np.clip(np.searchsorted(KNOTS, asked, side="right") - 1, 0, len(KNOTS) - 2)
    across = ((asked - KNOTS[last]) / (KNOTS[last + 1] - KNOTS[last]))[:, None]
    scores = np.empty_like(values, np.float32)
    for d in range(values.shape[1]):
        at = table[last, d] + across * (table[last + 1, d] - table[last, d])
        scores[:, d] = [np.interp(x, knots, grid) for x, knots in zip(values[:, d], at, strict=True)]
    return scores


def fit(config, network, real, loss):
    """The average of `network`, taught by the terms of `loss`, a function of a batch of `real`, its size and seeds."""
    size = min(BATCH, len(real["energy"]))
    rate = keras.optimizers.schedules.CosineDecay(RATE, UPDATES)
    trainer = Trainer(
        optimizers=[(network, keras.optimizers.Adam(rate))],
        updates=[Update(network, lambda batch, seeds: loss(batch, size, seeds))],
        average=network,
        momentum=0.999,
        seed=config.seed,
    )
    trainer.compile(config.jit)
    trainer.fit(Batches(real, size, config.seed, length=UPDATES), shuffle=False, verbose=0)
    return trainer.averaged


def _train(config, showers):
    found = network(config.tables)
    showers = data.in_gev(showers)
    energies = calorimeter.layer_energies(showers).astype(np.float32)
    real = {"energy": showers["energy"], "layers": energies}
    whole = found
    if config.tables:
        values = coordinates(showers["energy"], energies, config.tables)
        real["scores"] = set_tables(found.get_layer("quantiles"), showers["energy"][:, 0], values)
        whole = keras.Model(found.inputs, [found.output, found.get_layer("scores").output])

    def loss(batch, size, seeds):
        def draw():
            noise = backend.normal((size, NOISE), seeds)
            made = whole({"energy_noise": noise, "energy": batch["energy"]})
            return made if config.tables else [made]

        sets = list(zip(draw(), draw(), strict=True))
        terms = {"layer_energies": shapes.layer_energy_score(batch["energy"], batch["layers"], *sets[0])}
        if config.tables:
            terms["scores"] = scores_apart(batch["scores"], *sets[1])
        return terms

    return fit(config, found, real, loss)


def scores_apart(*sets):
    """The proper score of normal scores (n, 3), real ones and two drawn sets: of each, of pairs and of all."""
    together = [(0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2)]
    parts = ([ops.stack([x[:, d] for d in chosen], axis=1) for x in sets] for chosen in together)
    return sum(ops.mean(energy_score(*part)) for part in parts)


def told(energy, energies):
    """The energies of beam (n, 1) and layers (n, 3) in GeV as numbers of order 1 (n, 7)."""
    total = ops.maximum(ops.sum(energies, axis=1, keepdims=True), TINY)
    asked = (ops.log(energy) - LOG_CENTRE) / LOG_SPREAD
    return layers.Concatenate()([asked, ops.log(energies + 1e-3) / LOG_SCALE, energies / total])


def hidden(features, units, name):
    """What `DEPTH` layers of `units` make of `features`."""
    x = layers.Concatenate()(features) if len(features) > 1 else features[0]
    for i in range(DEPTH):
        x = layers.Dense(units, activation="relu", name=f"{name}_{i}")(x)
    return x
