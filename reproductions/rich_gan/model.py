"""The networks of the RICH GANs (arXiv:1905.11825, arXiv:2204.09947), one page: fully connected, see coordinates.py."""

import keras
from keras import layers

from reproductions.rich_gan.constants import CONDITIONS


def generator(size, told, latent_size=64, depth=10, width=128):
    """z (n, latent_size), what it is `told` (n, told) -> coordinates (n, size)."""
    inputs = {"z": keras.Input((latent_size,), name="z"), "told": keras.Input((told,), name="told")}
    x = hidden(layers.Concatenate()([inputs["z"], inputs["told"]]), depth, width)
    return keras.Model(inputs, layers.Dense(size, name="coordinates")(x), name="generator")


def critic(inputs, depth=10, width=128, features=256):
    """Coordinates and what the generator was told, beside each other (n, inputs) -> features (n, features)."""
    judged = keras.Input((inputs,), name="judged")
    return keras.Model(judged, layers.Dense(features, name="features")(hidden(judged, depth, width)), name="critic")


def dlls(network, coordinates):
    """The inference form of a `generator`: noise z (and category) and P (MeV), eta, nspdhits, each (n, 1), -> DLLs."""
    inputs = {name: keras.Input((1,), name=name) for name in (*CONDITIONS, *coordinates.noise)}
    z = keras.Input(network.input["z"].shape[1:], name="z")
    told = coordinates.tell(inputs)
    found = coordinates.dlls(network({"z": z, "told": told}), told)
    return keras.Model({"z": z, **inputs}, found, name="rich_gan")


def hidden(x, depth, width):
    """The hidden layers of both networks."""
    for _ in range(depth):
        x = layers.Dense(width, "relu", kernel_initializer="he_uniform")(x)
    return x
