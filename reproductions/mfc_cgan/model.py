"""The networks, one page: fully connected, in the coordinates of `coordinates.py`."""

import keras
from keras import layers

ENERGY_SCALE = 100.0  # GeV: the networks see the beam energy in units of it
# Layers below 8 neurons are not normalised over their neurons: of 6 numbers, too few are left without their mean and
# spread. Their sigmoids are scaled to what they are of standard normal inputs, mean 0 and deviation 1.
NARROW, MEAN, DEVIATION = 8, 0.5, 0.2083


def generator(
    size, latent_size=15, widths=(16, 128, 256, 128), activation="sigmoid", normalisation=True, residual=False
):
    """z (n, latent), beam_energy (n, 1) in GeV -> `size` coordinates (n, size).

    With `residual` the first numbers of z are added to them, and all that the network adds is 0 at first.
    """
    inputs = {"z": keras.Input((latent_size,), name="z"), "beam_energy": keras.Input((1,), name="beam_energy")}
    x = layers.Concatenate()([inputs["z"], inputs["beam_energy"] / ENERGY_SCALE])
    x = _hidden(x, widths, activation, normalisation)
    initial = "zeros" if residual else "glorot_uniform"
    x = layers.Dense(size, kernel_initializer=initial, name="coordinates")(x)
    return keras.Model(inputs, x + inputs["z"][:, :size] if residual else x, name="generator")


def discriminator(
    size, widths=(6, 128, 256, 128), activation="sigmoid", normalisation=True, judge_energy=False, regress=True
):
    """coordinates (n, size) [, beam_energy (n, 1) in GeV] -> ``real`` (n, 1), a logit or score [, ``energy`` (n, 1)].

    The beam energy is told to the network with `judge_energy`. The output ``energy`` is its estimate in units of
    100 GeV, with `regress`. The paper's sigmoid of the first output is applied in the loss, where it cannot saturate.
    """
    inputs = {"coordinates": keras.Input((size,), name="coordinates")}
    x = inputs["coordinates"]
    if judge_energy:
        inputs["beam_energy"] = keras.Input((1,), name="beam_energy")
        x = layers.Concatenate()([x, inputs["beam_energy"] / ENERGY_SCALE])
    x = _hidden(x, widths, activation, normalisation)
    outputs = {"real": layers.Dense(1, name="real")(x)}
    if regress:
        outputs["energy"] = layers.Dense(1, name="energy")(x)
    return keras.Model(inputs, outputs, name="discriminator")


def events(network, coordinates):
    """The inference form of a `generator`: the same inputs, the six features by name, each (n,), in GeV."""
    inputs = {tensor.name: tensor for tensor in network.inputs}
    return keras.Model(inputs, coordinates.features(network.output, inputs["beam_energy"]), name="mfc_cgan")


def _hidden(x, widths, activation, normalisation):
    for width in widths:
        x = layers.Dense(width, activation)(x)
        if normalisation and width >= NARROW:
            x = layers.LayerNormalization()(x)
        elif normalisation and activation == "sigmoid":
            x = layers.Rescaling(1 / DEVIATION, -MEAN / DEVIATION)(x)
    return x
