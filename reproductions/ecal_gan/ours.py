"""What the papers do not have: layers of the generator for deposit, directions and specks, and scores that teach it.

--normalised, --aligned and --speckled are layers; --lambda-score is a proper score, two draws against each simulated
shower, which needs no critic (arXiv:2112.08217).
"""

import math

import keras
from keras import layers, ops

from reproductions.ecal_gan import model
from reproductions.ecal_gan.data import CELL, DEPTH, ROWS
from zoo.losses import energy_score
from zoo.observables import projected

RESPONSE = 0.1425  # of the beam's energy in the scintillator, where `normalised` begins
HIDDEN = 32  # units in the layers of `normalised` and `aligned`
SCORED = ("deposit", "width_along", "width_across", "shift_along", "shift_across", "filled")
CELLS = 0.03  # weight of the cells' proper score: trained, it is then about as large as those of all shapes together


def generator(latent_size=512, filters=32, normalised=False, aligned=False, speckled=False):
    """`model.generator`, to which the three add layers.

    `normalised`: the image is scaled to a deposit that a network of its own draws. `aligned`: the last layers see where
    each cell lies from the track. `speckled`: they also see a number of noise of each cell's own, speckles (n, 900).
    """
    if not (normalised or aligned):
        return model.generator(latent_size, filters)
    sizes = noise(latent_size, speckled) | {"momentum": 3, "point": 2}
    inputs = {name: keras.Input((size,), name=name) for name, size in sizes.items()}
    asked = model.asked(inputs)
    x = model.grown(asked, filters)
    if aligned:
        x = layers.Cropping2D(model.MARGIN)(x)
        if speckled:
            x = layers.Concatenate()([x, layers.Reshape((ROWS, ROWS, 1))(inputs["speckles"])])
        x = _aligned(x, asked, inputs["momentum"], inputs["point"])
    cells = model.cells(x)
    energy = model.energies(cells if aligned else layers.Cropping2D(model.MARGIN)(cells))
    if normalised:
        total = ops.maximum(ops.sum(energy, axis=(1, 2, 3), keepdims=True), projected.TINY)
        energy = energy * (_deposit(asked, inputs["momentum"])[:, :, None, None] / total)
    return keras.Model(inputs, {"energy": layers.Reshape((ROWS, ROWS), name="energy")(energy)}, name="generator")


def noise(latent_size, speckled=False):
    """The generator's inputs of normal noise, by name, and their lengths."""
    return {"z": latent_size} | ({"speckles": ROWS**2} if speckled else {})


def scores(config, batch, sets):
    """What joins the generator's loss with --lambda-score: the scores of cells and of `SCORED`, by name.

    `sets` are energies (n, 30, 30) in MeV of the simulated showers of the `batch` and of two generated for each.
    """
    if not config.lambda_score:
        return {}
    found = [shapes(one, batch["momentum"], batch["point"]) for one in sets]
    cells = ops.mean(energy_score(*(ops.reshape(model.scaled(one), (-1, ROWS**2)) for one in sets)))
    each = sum(ops.mean(energy_score(*(one[name] for one in found))) for name in SCORED)
    return {"energy_score": config.lambda_score * (CELLS * cells + each)}


def shapes(energy, momentum, point):
    """`SCORED`, each (n, 1) and of order 1: log of the deposit in MeV, times 10; widths and shifts in cells; filled.

    The last is about the number of cells above 1 MeV, in units of 50, with a gradient: the sum of E / (E + 1 MeV).
    """
    seen = projected.project(momentum, point, ROWS, CELL, DEPTH, ops)
    found = {"deposit": 10 * ops.log(1 + ops.sum(energy, axis=(1, 2)))}
    found["filled"] = ops.sum(energy / (energy + 1), axis=(1, 2)) / 50
    for name, distance in (("along", seen.along), ("across", seen.across)):
        found[f"width_{name}"] = projected.width(energy, distance, ops) / CELL
        found[f"shift_{name}"] = projected.mean(energy, distance, ops) / CELL
    return {name: values[:, None] for name, values in found.items()}


def _deposit(asked, momentum):
    """The energy in the scintillator (n, 1), MeV: the beam's times a response that is drawn."""
    x = layers.Dense(HIDDEN, activation="relu", name="deposit_0")(asked)
    x = layers.Dense(HIDDEN, activation="relu", name="deposit_1")(x)
    few = keras.initializers.RandomNormal(stddev=0.003)  # of the order of the resolution
    start = keras.initializers.Constant(math.log(RESPONSE))
    logarithm = layers.Dense(1, kernel_initializer=few, bias_initializer=start, name="response")(x)
    return 1000 * ops.exp(logarithm) * ops.sqrt(ops.sum(ops.square(momentum), axis=1, keepdims=True))


def _aligned(x, asked, momentum, point):
    """Each cell's features, where it lies from the track, and a style of the whole shower, mixed by two layers."""
    seen = projected.project(momentum, point, ROWS, CELL, DEPTH, ops)
    along, across = seen.along / (2 * CELL), seen.across / (2 * CELL)
    squares = along**2 + across**2
    places = [along, across, ops.abs(across), ops.sqrt(squares), 1 / (1 + 4 * squares)]
    slopes = momentum[:, :2] / momentum[:, 2:]
    steepness = ops.sqrt(ops.sum(slopes**2, axis=1, keepdims=True))
    style = layers.Dense(HIDDEN, activation="relu", name="style_0")(layers.Concatenate()([asked, steepness]))
    style = layers.Dense(HIDDEN, activation="relu", name="style_1")(style)
    shifts = layers.Reshape((1, 1, HIDDEN))(layers.Dense(HIDDEN, name="style_2")(style))
    x = layers.Concatenate()([x, *(place[:, :, :, None] for place in places)])
    x = layers.ReLU()(layers.Dense(HIDDEN, use_bias=False, name="place_0")(x) + shifts)
    return layers.Dense(HIDDEN, activation="relu", name="place_1")(x)
