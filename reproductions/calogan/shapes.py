"""Shower shapes that gradients pass through, and how far two batches of showers are apart in them.

No part of the paper: the options --lambda-shapes and --lambda-score, see ours.py. "How to GAN LHC events"
(arXiv:1907.03764, section 2.3) adds such a distance between batches to the generator's loss, where a discriminator
alone finds narrow features too slowly.
"""

import numpy as np
from keras import ops

from reproductions.calogan.data import SHAPES
from zoo.losses import energy_distance, energy_score

# GeV. The share of cells above a threshold t has no gradient; the mean of E / (E + t) has.
THRESHOLDS = (1e-6, 1e-5, 1e-4, 1e-3, 1e-2)
NUMBER, WIDTHS = 41, (17, 18, 25, 26, 33, 34)  # how many shapes there are, and which are lateral widths
SMALL = 1e-5  # GeV, added where an empty shower would divide by zero
CELL_SCALE, CELL_SHARE = 1e-4, 0.03  # GeV and a share: below them cells are compared linearly, see cell_score


def shapes(images, energy):
    """Images (n, rows, columns) in GeV and the requested energy (n, 1) in GeV -> shower shapes (n, NUMBER).

    Those of `zoo.observables.calorimeter` but for the depth, which has no gradient, and the depth-weighted energy, with
    smooth occupancies instead of the sparsity, the lateral width along both axes, and logarithms of what spans decades.
    The requested energy stands first.
    """
    energies = layer_energies(images)
    total = ops.sum(energies, axis=1, keepdims=True) + SMALL
    fractions = energies / total
    index = np.arange(len(SHAPES), dtype=np.float32)
    depth = ops.sum(fractions * index, axis=1, keepdims=True)
    depth_width = _root(ops.sum(fractions * (index - depth) ** 2, axis=1, keepdims=True))
    columns = [energy, total, ops.log(total), energies, ops.log(energies + 1e-3)]
    columns += [fractions, ops.log(fractions + 1e-4), depth, depth_width]
    for name in SHAPES:
        columns += _layer_shapes(images[name])
    return ops.concatenate(columns, axis=1)


def shape_distance(generated, real):
    """The energy distance between two batches of `shapes` (n, k): of each with the requested energy, and of all.

    In units of the standard deviations of the real batch, summed over the shapes; all together count as ten. Without
    bias, so that equal parents are 0 apart on average; a batch needs two showers. The released weights of 0.1 were
    trained with the biased form, which prefers a little too narrow shapes (1.5 % at the batch size of 128).
    """
    mean, spread = ops.mean(real, axis=0), ops.std(real, axis=0) + 1e-6
    generated, real = (generated - mean) / spread, (real - mean) / spread
    single = energy_distance(_with_energy(generated), _with_energy(real))
    whole = energy_distance(generated, real) / np.sqrt(real.shape[1])
    return ops.sum(single) + 10.0 * whole


def cell_score(real, generated, again):
    """The proper score of energies and cells, showers `generated` and `again` being asked for the energies of `real`.

    Showers are dicts of images in GeV. The sum of the scores of log E_tot, of log E_i, of each cell, all alike and by
    its mean share of its layer's energy in the batch, and of all cells of a layer at once. Factors keep every term in
    sight of the others: without the shares the few cells of the core counted for nothing, and `shape_distance` had
    their energies in the wrong ones.

    A cell counts as arsinh(E / s), a logarithm that takes the negative energies of a leak, which the others leave out.
    Its scale s is CELL_SCALE and CELL_SHARE of what the mean share makes of the layer's real energy, so that no cell's
    gradient grows a thousandfold where it crosses 0.
    """
    shares, scales = {}, {}
    for name in SHAPES:
        layer_energy = ops.sum(real[name], axis=(1, 2), keepdims=True)
        shares[name] = ops.mean(real[name] / (layer_energy + SMALL), axis=0)
        scales[name] = CELL_SCALE + CELL_SHARE * layer_energy * shares[name]
    sets = [_logarithms(showers, scales) for showers in (real, generated, again)]
    total, layers, cells = zip(*sets, strict=True)
    score = 10.0 * ops.mean(energy_score(*total)) + 3.0 * ops.mean(energy_score(*layers))
    for name in SHAPES:
        images = [each[name] for each in cells]
        single = ops.mean(energy_score(*(image[..., None] for image in images)), axis=0)
        score += 5.0 * ops.mean(single) + 10.0 * ops.sum(single * ops.reshape(shares[name], (-1,)))
        score += 2.0 * ops.mean(energy_score(*images)) / np.sqrt(images[0].shape[1])
    return score


def layer_energy_score(energy, real, drawn, again):
    """The proper score of layer energies (n, 3) in GeV: two drawn sets against the `real` ones of the same `energy`.

    The mean of the scores of response, leakage, energies and fractions one by one, and of all of them at once.
    """
    sets = [_energies(energy, one) for one in (real, drawn, again)]
    single = ops.mean(energy_score(*(values[..., None] for values in sets)))
    return single + ops.mean(energy_score(*sets)) / np.sqrt(sets[0].shape[1])


def layer_energies(images):
    """The energies (n, 3) of images (n, rows, columns)."""
    return ops.stack([ops.sum(images[name], axis=(1, 2)) for name in SHAPES], axis=1)


def _energies(energy, layers):
    """(n, 12) numbers of order 1, logarithms of what spans decades: E_tot / E, 1 - E_tot / E, E_i, f_i."""
    total = ops.sum(layers, axis=1, keepdims=True) + SMALL
    response, fractions = total / energy, layers / total
    logarithms = [ops.log(response), ops.log(ops.relu(1 - response) + 1e-3), ops.log(layers + 1e-6)]
    scaled = [5.0 * response, 10.0 * fractions, ops.log(fractions + 1e-4)]
    return ops.concatenate([*logarithms, *scaled], axis=1)


def _logarithms(images, scales):
    """(log E_tot (n, 1), log E_i (n, 3, 1), {layer: cells (n, rows * columns)})"""
    energies = layer_energies({name: ops.relu(images[name]) for name in SHAPES})
    cells = {name: ops.arcsinh(images[name] / scale) for name, scale in scales.items()}
    cells = {name: ops.reshape(image, (-1, np.prod(SHAPES[name]))) for name, image in cells.items()}
    total = ops.sum(energies, axis=1, keepdims=True)
    return ops.log(total + 1e-2), ops.log(energies + 1e-3)[..., None], cells


def _layer_shapes(image):
    """[lateral widths along rows and columns, E_ratio, occupancy at each threshold] of one layer, each (n, 1)."""
    layer_energy = ops.sum(image, axis=(1, 2))[:, None] + SMALL
    widths = []
    for axis in (1, 2):
        profile = ops.sum(image, axis=3 - axis) / layer_energy
        cells = image.shape[axis]
        position = (np.arange(cells, dtype=np.float32) + 0.5) / cells - 0.5
        mean = ops.sum(profile * position, axis=1, keepdims=True)
        widths.append(_root(ops.sum(profile * (position - mean) ** 2, axis=1, keepdims=True)))
    first, second = ops.split(ops.top_k(ops.reshape(image, (-1, image.shape[1] * image.shape[2])), 2)[0], 2, axis=1)
    occupancies = [ops.mean(image / (image + threshold), axis=(1, 2))[:, None] for threshold in THRESHOLDS]
    return [*widths, (first - second) / (first + second + SMALL), *occupancies]


def _root(squares):
    return ops.sqrt(squares + 1e-6)  # the gradient of a root is infinite at 0


def _with_energy(values):
    """(n, k) -> (k - 1, n, 2): each shape beside the requested energy, so that what it depends on counts too."""
    others = ops.transpose(values[:, 1:])
    return ops.stack([others, ops.broadcast_to(values[:, 0], ops.shape(others))], axis=2)
