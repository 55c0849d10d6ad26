"""What the paper does not have: proper scores, which need no discriminator, and a generator whose noise begins quietly.

A response is scored as a whole (--lambda-score) and in pieces, each alone (--lambda-score-pieces). In the norm of a
whole response its size outweighs all else: that pulses are smooth, or how near to the track the barycentre is. A score
is proper for each of its pieces, so that all of them together ask for nothing but the truth.
"""

import keras
import numpy as np
from keras import ops

from reproductions.tpc_gan import model
from reproductions.tpc_gan.constants import MPD
from reproductions.tpc_gan.moments import moments
from zoo.losses import energy_score

# How far moments of simulated responses of equal parameters are apart: pads, buckets, pads^2 ..., the sum's logarithm.
SPREADS = np.array([0.08, 0.2, 0.05, 0.3, 0.08, 0.25], np.float32)
# Differences of y by their orders along pads and time: their mean in simulated responses, how far they are apart at
# equal parameters, and how many of them a response has. Each is made of the one before it in time, or in pads.
DIFFERENCES = {
    (0, 1): (0.0, 0.085, 14.9),
    (1, 0): (0.0, 0.115, 11.3),
    (0, 2): (-0.27, 0.067, 11.7),
    (1, 1): (0.0, 0.059, 9.0),
    (2, 0): (-1.23, 0.131, 5.1),
    (0, 3): (0.0, 0.071, 8.7),
    (1, 2): (0.0, 0.056, 6.8),
    (2, 1): (0.0, 0.077, 3.8),
    (1, 3): (0.0, 0.069, 4.8),
    (2, 2): (0.07, 0.076, 2.6),
}
PIXELS, PIXEL = 18.2, 0.26  # how many digits a response has, and how far y of a digit is apart
ROOT = 5.0  # how far the root of the sum is apart
PROJECTION = 0.2  # the same of log10(1 + the sum of a pad or a time bucket)


def scores(config, *events):
    """What joins the generator's loss, by name: scores of `events`, real, generated, and generated again, y (n, 8, 16).

    With ``lambda_score`` that of the moments in their units and of the pixels y, with ``lambda_score_pieces`` the sum
    of those of all `pieces`, with ``lambda_score_hits`` of those of both barycentres, each alone.
    """
    terms = {}
    if config.lambda_score:
        summaries = energy_score(*(summary(y) for y in events))
        pixels = energy_score(*(ops.reshape(y, (config.batch_size, -1)) for y in events))
        terms["energy_score"] = config.lambda_score * ops.mean(summaries + pixels) / 2
    if config.lambda_score_pieces:
        total = 0.0
        for (weight, x), (_, one), (_, two) in zip(*(pieces(y) for y in events), strict=True):
            total += weight * ops.sum(ops.mean(energy_score(x, one, two), axis=0))
        terms["pieces"] = config.lambda_score_pieces * total
    if config.lambda_score_hits:
        barycentres = (ops.expand_dims(summary(y)[:, :2], 2) for y in events)
        terms["hits"] = config.lambda_score_hits * ops.sum(ops.mean(energy_score(*barycentres), axis=0))
    return terms


def quieten(generator, factor):
    """Multiply the generator's first weights of the noise: 32 noise numbers drown five features at first."""
    joined, number = generator.get_layer("joined").output, generator.input["features"].shape[1]
    for layer in generator.layers:
        if isinstance(layer, keras.layers.Dense) and layer.input is joined:  # one, or two with `residual`
            factors = np.where(np.arange(layer.kernel.shape[0]) < number, 1.0, factor)
            layer.kernel.assign(layer.kernel * factors[:, None].astype(np.float32))


def summary(y):
    """The moments (n, 6) of y (n, 8, 16) in units of `SPREADS`, the sum as a logarithm."""
    return _summary(_digits(y))


def pieces(y):
    """The pieces of y (n, 8, 16): a list of (weight, (n, number, size)), each of `number` pieces to be scored alone.

    Pieces are scaled so that their scores are about 1, and weighted so that those of an element of the list add up to
    about 1, each moment to as much; all differences together do. Those along pads and time, of pixels that are all
    digits (their mean elsewhere), come first: a pulse is smooth, and its curvature nearly the same everywhere. Then
    squares of 2 x 2 pixels, the sums of pads and of time buckets, each moment alone, and the sum's root and fourth
    root, which see large ones better than its logarithm.
    """
    digits = _digits(y)
    found = _differences(y)
    squares = ops.stack([y[:, i : 7 + i, j : 15 + j] for i in (0, 1) for j in (0, 1)], axis=3)
    found.append((1 / PIXELS, ops.reshape(squares, (-1, 7 * 15, 4)) / (2 * PIXEL)))
    sums = ops.concatenate([ops.sum(digits, axis=axis) for axis in (1, 2)], axis=1)
    found.append((1 / 15, ops.log10(1 + sums)[:, :, None] / PROJECTION))
    found.append((1.0, _summary(digits)[:, :, None]))
    total = 1 + ops.sum(digits, axis=(1, 2))[:, None, None]
    found += [(1.0, total**0.25), (1.0, total**0.5 / ROOT)]
    return found


def _digits(y):
    amplitude = model.amplitudes(y)
    return ops.where(amplitude >= MPD.threshold, amplitude, 0.0)


def _summary(amplitude):
    found = moments(amplitude)
    return ops.concatenate([found[:, :5], ops.log(1 + found[:, 5:])], axis=1) / SPREADS


def _differences(y):
    orders = {(0, 0): (y, y >= model.ONE)}  # with whether all of their pixels are digits
    found = []
    for (i, j), (mean, spread, number) in DIFFERENCES.items():
        if j:
            before, whole = orders[i, j - 1]
            orders[i, j] = before[:, :, 1:] - before[:, :, :-1], whole[:, :, 1:] & whole[:, :, :-1]
        else:
            before, whole = orders[i - 1, j]
            orders[i, j] = before[:, 1:] - before[:, :-1], whole[:, 1:] & whole[:, :-1]
        difference, whole = orders[i, j]
        scaled = ops.where(whole, (difference - mean) / spread, 0.0)
        weight = 1 / number / len(DIFFERENCES)
        found.append((weight, ops.reshape(scaled, (-1, scaled.shape[1] * scaled.shape[2], 1))))
    return found
