"""What draws how many cells of each layer are filled with --occupied, before the images fill so many.

No part of the paper. Whether a cell is hit at all is a yes or no that no gradient reaches: images alone have too few
showers that hit nearly all cells of a layer, or nearly none. Point clouds of showers draw their numbers of points so
before the points (CaloClouds, arXiv:2305.04847).
"""

import math

import keras
import numpy as np
from keras import layers, ops

from reproductions.calogan import data
from reproductions.calogan.data import SHAPES
from reproductions.calogan.energies import (
    KNOTS,
    LIMIT,
    SCORES,
    fit,
    hidden,
    kept,
    known,
    scores_apart,
    set_tables,
    told,
)
from zoo import backend
from zoo.layers import ConditionalQuantiles
from zoo.observables import calorimeter

FILE = "occupancies.keras"  # in the folder of a run
NOISE = 8
UNITS = 64
CELLS = np.array([math.prod(shape) for shape in SHAPES.values()], np.float32)


def network():
    """occupancy_noise (n, 8), energy (n, 1) and those of the layers (n, 3) in GeV -> filled cells of the layers (n, 3).

    Whole numbers; none in a layer without energy, and at least one in others.
    """
    inputs = {
        "occupancy_noise": keras.Input((NOISE,), name="occupancy_noise"),
        "energy": keras.Input((1,), name="energy"),
        "energies": keras.Input((len(SHAPES),), name="energies"),
    }
    return keras.Model(inputs, drawn(**inputs), name="occupancies")


def drawn(occupancy_noise, energy, energies):
    """The output of `network`: layer by layer, as the quantiles of each at this energy ask for."""
    asked = [told(energy, energies), occupancy_noise]
    scores: list = []
    for i in range(len(SHAPES)):
        x = hidden([*asked, *scores], UNITS, f"occupancies_{i}")
        shift = layers.Dense(2, kernel_initializer="zeros", name=f"occupancy_score_{i}")(x)
        scores.append(occupancy_noise[:, i : i + 1] * ops.exp(shift[:, :1]) + shift[:, 1:])
    scores = layers.Concatenate(name="occupancy_scores")(scores)
    quantiles = ConditionalQuantiles(len(KNOTS), len(SHAPES), SCORES, LIMIT, name="occupancy_quantiles")
    number = ops.minimum(ops.maximum(ops.floor(quantiles((scores, ops.log(energy)))), 1.0), CELLS)
    return ops.where(energies > 0, number, 0.0)


def filled(showers):
    """How many cells of each layer are filled (n, 3)."""
    return np.stack([np.count_nonzero(showers[name], axis=(1, 2)) for name in SHAPES], axis=1).astype(np.float32)


def trained(config, showers):
    """A `network`, trained by the proper score of what it draws at the energies of real layers.

    Where a run resumes, or starts from or names a model that has one, it is that one.
    """
    found = None if config.resume else known(config, FILE, network())
    return kept(config, FILE, "filled cells", found, lambda: _train(config, showers))


def _train(config, showers):
    found, rng = network(), np.random.default_rng(config.seed)
    showers = data.in_gev(showers)
    real = {"energy": showers["energy"], "layers": calorimeter.layer_energies(showers).astype(np.float32)}
    numbers = filled(showers) + rng.random((len(showers["energy"]), len(SHAPES)))  # floor gives them back
    real["scores"] = set_tables(found.get_layer("occupancy_quantiles"), showers["energy"][:, 0], numbers)
    whole = keras.Model(found.inputs, found.get_layer("occupancy_scores").output)

    def loss(batch, size, seeds):
        asked = {"energy": batch["energy"], "energies": batch["layers"]}
        sets = [whole({"occupancy_noise": backend.normal((size, NOISE), seeds), **asked}) for _ in range(2)]
        return {"scores": scores_apart(batch["scores"], *sets)}

    return fit(config, found, real, loss)
