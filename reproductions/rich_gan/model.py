"""The networks, one page: fully connected, in the coordinates of `coordinates.py`."""

import keras
from keras import layers, ops

from reproductions.rich_gan.constants import CONDITIONS, DLLS


def generator(size, told, latent_size=64, depth=10, width=128, residual=False):
    """z (n, latent_size), what it is `told` (n, told) -> coordinates (n, size).

    With `residual` the first numbers of z are added to them, and all that the network adds is 0 at first.
    """
    inputs = {"z": keras.Input((latent_size,), name="z"), "told": keras.Input((told,), name="told")}
    x = _hidden(layers.Concatenate()([inputs["z"], inputs["told"]]), depth, width)
    x = layers.Dense(size, kernel_initializer="zeros" if residual else "glorot_uniform", name="coordinates")(x)
    return keras.Model(inputs, x + inputs["z"][:, :size] if residual else x, name="generator")


def critic(inputs, depth=10, width=128, features=256):
    """Coordinates and what the generator was told, beside each other (n, inputs) -> features (n, features)."""
    judged = keras.Input((inputs,), name="judged")
    return keras.Model(judged, layers.Dense(features, name="features")(_hidden(judged, depth, width)), name="critic")


def dlls(network, coordinates):
    """The inference form of a `generator`: noise z (and category) and P (MeV), eta, nspdhits, each (n, 1), -> DLLs."""
    inputs = {name: keras.Input((1,), name=name) for name in (*CONDITIONS, *coordinates.noise)}
    z = keras.Input(network.input["z"].shape[1:], name="z")
    told = coordinates.tell(inputs)
    found = coordinates.dlls(network({"z": z, "told": told}), told)
    return keras.Model({"z": z, **inputs}, found, name="rich_gan")


def back(coordinates):
    """Coordinates (n, size) and what the generator was told -> the five DLLs (n, 5)."""
    inputs = {
        "coordinates": keras.Input((coordinates.size,), name="coordinates"),
        "told": keras.Input((len(CONDITIONS) + coordinates.labels,), name="told"),
    }
    found = coordinates.dlls(inputs["coordinates"], inputs["told"])
    return keras.Model(inputs, ops.stack([found[name] for name in DLLS], axis=1), name="back")


def _hidden(x, depth, width):
    for _ in range(depth):
        x = layers.Dense(width, "relu", kernel_initializer="he_uniform")(x)
    return x
