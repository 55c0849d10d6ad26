"""The networks of arXiv:2012.04595, section 3, on one page.

They see a segment as `features` and a response as y = log10(1 + amplitude), (n, 8, 16).
"""

import math

import keras
from keras import layers, ops

from reproductions.tpc_gan.constants import BUCKETS, MPD, PADS, PARAMETERS
from zoo.layers import Dropout

SHAPE = len(PADS), len(BUCKETS)
WIDTHS = (32, 64, 64, 64)  # of the generator's hidden layers; its last has 8 x 16
CRAMER_OUTPUTS = 256  # of the critic, with the Cramer loss

ONE = math.log10(2)  # y at the threshold of one ADC count
BELOW = ONE / 10  # y where the steep part of the kinked activation ends
STEEP = 0.01  # its length


def features(parameters):
    """What the networks see of parameters (n, 4) or (n, 6), as in `simulate.PARAMETERS`: (n, 5) or (n, 7), near to 1.

    Angles, drift length, its fraction of a time bucket, the pad coordinate's fraction of a pad; and whether the row is
    one of the outer ones, and pT.
    """
    crossing, dip, drift, pad, *more = (parameters[:, i : i + 1] for i in range(parameters.shape[1]))
    columns = [crossing / 20, dip / 60, (drift - 162.5) / 127.5, drift - ops.floor(drift), pad - ops.floor(pad)]
    if more:
        row, pt = more
        columns += [ops.cast(row >= MPD.inner_rows, pt.dtype), pt / 2.5]
    return ops.concatenate(columns, axis=1)


def kinked(x):
    r"""The output's activation (section 3.2): it jumps from almost 0 to the threshold, as amplitudes do.

    .. math:: y = \log_{10} 2 + x - 0.01 \text{ if } x > 0.01, \text{ else } v_0 + s\, \mathrm{elu}(x; v_0 / s), \quad
              s = (\log_{10} 2 - v_0) / 0.01, \quad v_0 = \log_{10}(2) / 10
    """
    slope = (ONE - BELOW) / STEEP
    below = BELOW + slope * ops.where(x > 0, x, (BELOW / slope) * (ops.exp(ops.minimum(x, 0.0)) - 1))
    return ops.where(x > STEEP, ONE + x - STEEP, below)


def generator(number=5, latent_size=32, output="kinked", residual=False):
    """features (n, `number`), z (n, latent) -> y (n, 8, 16).

    The last activation is `kinked`, ELU or ReLU; with `residual` each hidden layer is added to a linear image of its
    input.
    """
    inputs = {"features": keras.Input((number,), name="features"), "z": keras.Input((latent_size,), name="z")}
    x = layers.Concatenate(name="joined")([inputs["features"], inputs["z"]])
    for width in WIDTHS:
        hidden = layers.Dense(width, "elu")(x)
        x = hidden + layers.Dense(width, use_bias=False)(x) if residual else hidden
    x = layers.Dense(math.prod(SHAPE))(x)
    y = kinked(x) if output == "kinked" else layers.Activation(output)(x)
    return keras.Model(inputs, layers.Reshape(SHAPE)(y), name="generator")


def discriminator(number=5, dropout=0.02, outputs=1):
    """features (n, `number`), y (n, 8, 16) -> score or logit (n, `outputs`)."""
    inputs = {"features": keras.Input((number,), name="features"), "y": keras.Input(SHAPE, name="y")}
    tiled = layers.Reshape((*SHAPE, number))(layers.RepeatVector(math.prod(SHAPE))(inputs["features"]))
    x = layers.Concatenate()([layers.Reshape((*SHAPE, 1))(inputs["y"]), tiled])

    def convolve(x, filters, size, padding):
        return Dropout(dropout)(layers.Conv2D(filters, size, padding=padding, activation="elu")(x))

    x = convolve(convolve(x, 16, 3, "same"), 16, 3, "same")
    x = layers.MaxPooling2D((1, 2))(x)
    x = convolve(convolve(x, 32, 3, "same"), 32, 3, "same")
    x = layers.MaxPooling2D(2)(x)
    x = convolve(convolve(x, 64, 3, "valid"), 64, 2, "valid")
    x = layers.Concatenate()([layers.Flatten()(x), inputs["features"]])
    x = Dropout(dropout)(layers.Dense(128, "elu")(x))
    return keras.Model(inputs, layers.Dense(outputs)(x), name="discriminator")


def amplitudes(y):
    """ADC counts of y = log10(1 + amplitude): what is negative, as an ELU may be, is 0."""
    return ops.maximum(ops.power(10.0, y) - 1.0, 0.0)


def responses(network, six=False):
    """The inference form of a `generator`: noise and parameters by name -> ``amplitude`` (n, 8, 16), ADC counts.

    Amplitudes below the threshold of one count are 0. What the threshold sees is the output of the layer "network".
    """
    z = keras.Input((network.input["z"].shape[1],), name="z")
    inputs = {name: keras.Input((1,), name=name) for name in (PARAMETERS if six else PARAMETERS[:4])}
    parameters = layers.Concatenate()(list(inputs.values()))
    y = network({"features": features(parameters), "z": z})
    amplitude = amplitudes(layers.Activation("linear", name="network")(y))
    amplitude = ops.where(amplitude >= MPD.threshold, amplitude, 0.0)
    return keras.Model({"z": z, **inputs}, {"amplitude": amplitude}, name="tpc_gan")
