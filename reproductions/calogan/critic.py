"""A Wasserstein critic of cells and shapes beside the scores (--opponent critic). No part of the paper.

The paper's discriminator wins at once against a generator that scores have taught, and then has nothing more to say. A
critic whose slope is held to one (Gulrajani et al., arXiv:1704.00028) goes on saying in which direction showers should
change, of whatever the scores do not look at.
"""

import keras
import numpy as np
from keras import layers, ops

from reproductions.calogan import data, shapes
from reproductions.calogan.data import SHAPES
from reproductions.calogan.energies import LOG_CENTRE, LOG_SPREAD

WIDTH, DEPTH = 512, 3  # of its hidden layers
SLOPE = 0.2  # of every LeakyReLU
CELL = 1e-5  # GeV: cells count as log(1 + cell / CELL)
CELLS = {name: rows * columns for name, (rows, columns) in SHAPES.items()}
ALL = sum(CELLS.values())
FAINT = 0.1  # on that scale, about a keV: where the smooth share of filled cells is a half
# What is seen beside the cells: shapes, how many cells are filled, and logarithms of that and of the widths, because
# what a particle leaves that only ionises is seen in their smallest values.
NUMBERS = shapes.NUMBER + 2 * len(CELLS) + len(shapes.WIDTHS)
SOME = 4000  # showers that give the shapes their units
LEAST = 1e-3  # of a unit


def network():
    """What `sight` gives (n, 557) -> a score (n, 1)."""
    x = inputs = keras.Input((ALL + NUMBERS,), name="seen")
    for i in range(DEPTH):
        x = layers.LeakyReLU(SLOPE)(layers.Dense(WIDTH, name=f"hidden_{i}")(x))
    return keras.Model(inputs, layers.Dense(1, name="score")(x), name="critic")


def sight(showers):
    """The function (images, energy) -> (n, 557): what the critic sees of images (n, rows, columns) in GeV that were
    asked for energy (n, 1): their cells, and their shapes.

    A shape counts from what it is on average at its energy and in units of its spread there, which for many is a small
    part of their spread over all energies. Both are of `showers`, in MeV.
    """
    some = data.in_gev({name: values[:SOME] for name, values in showers.items()})
    numbers = ops.convert_to_numpy(_seen(some, some["energy"]))
    usual = np.linalg.lstsq(ops.convert_to_numpy(_powers(some["energy"])), numbers)[0].astype(np.float32)
    off = numbers - ops.convert_to_numpy(_powers(some["energy"])) @ usual
    scale = np.append(np.ones(ALL, np.float32), off[:, ALL:].std(axis=0) + LEAST)
    return lambda images, energy: (_seen(images, energy) - _powers(energy) @ usual) / scale


def _seen(images, energy):
    cells = [ops.reshape(ops.log1p(images[name] / CELL), (-1, number)) for name, number in CELLS.items()]
    found = shapes.shapes(images, energy)
    filled = ops.concatenate([_filled(image) for image in cells], axis=1)
    widths = ops.take(found, np.array(shapes.WIDTHS), axis=1)
    return ops.concatenate([*cells, found, filled, ops.log(filled), ops.log(widths)], axis=1)


def _filled(cells):
    """How many of the cells (n, cells) are above 0, and half a cell (n, 1); the gradient is that of a smooth share."""
    smooth = cells / (cells + FAINT)
    exact = smooth + ops.stop_gradient(ops.cast(cells > 0, cells.dtype) - smooth)
    return ops.sum(exact, axis=1, keepdims=True) + 0.5


def _powers(energy):
    """Powers of log E (n, 5)."""
    x = (ops.log(energy) - LOG_CENTRE) / LOG_SPREAD
    return ops.concatenate([x**power for power in range(5)], axis=1)
