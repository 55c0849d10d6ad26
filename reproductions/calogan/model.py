"""CaloGAN's networks (Paganini, de Oliveira, Nachman, arXiv:1705.02355, section 4), one page.

Inside both networks an image is (columns, rows, channels, batch): see zoo.layers.LocallyConnected2D. At their borders a
shower is a dict of (batch, rows, columns) images ``layer_0`` (3, 96), ``layer_1`` (12, 12), ``layer_2`` (12, 6) in GeV.
"""

import itertools
import math

import keras
import numpy as np
from keras import layers, ops

from reproductions.calogan.data import SHAPES
from zoo.layers import BatchLastConv2D, BatchLastDense, InPaintingAttention, LocallyConnected2D, MinibatchDiscrimination

CHANNELS = 2  # axis of the channels in a batch-last image
SLOPE = 0.3  # of every LeakyReLU
# Of the layers' energies, where a network of its own draws them.
ENERGY_NOISE = 16
LEAST = 1e-6  # GeV, about the smallest energy that Geant4 leaves in a layer
LOG_CENTRE, LOG_SPREAD = 3.5, 1.0  # of log(E / GeV), uniform from 1 to 100 GeV
LOG_SCALE = 3.0  # of the logarithms of the layers' energies
TINY = 1e-9  # GeV: an empty image stays empty
LEAST_SHARE = 1e-6  # of a layer's energy: the unit of cells that no shower hits


def generator(latent_size=1024, particles=1, attention=True):
    """z (n, latent), energy (n, 1) in GeV [, particle (n, 1) index] -> the three images in GeV.

    29,726,376 parameters in the default form, of which 29,726,280 are trainable.
    """
    inputs, hidden = _conditioned_noise(latent_size, particles)
    images = {}
    for name, (rows, columns) in SHAPES.items():
        # LAGAN's upsampling (arXiv:1701.05927, figure 5): Dense, Conv2D, then the locally connected layers.
        rows, columns = rows + 2, columns + 2
        x = layers.Dense(rows * columns * 36, name=f"{name}_dense")(hidden)
        x = layers.Reshape((rows, columns, 36))(x)
        x = layers.Conv2D(16, (2, 2), padding="same", kernel_initializer="he_uniform", name=f"{name}_convolution")(x)
        x = layers.LeakyReLU(SLOPE)(ops.transpose(x, (2, 1, 3, 0)))
        x = layers.BatchNormalization(axis=CHANNELS, name=f"{name}_normalization")(x)
        images[name] = _local_layers(x, name)
    return keras.Model(inputs, _showers(images, attention), name="generator")


def folded(latent_size=1024, particles=1, attention=True, rows_per_block=13, leak=0.0, energies=None):
    """The inference form of `generator`: the same showers, in MeV, without redundant arithmetic. See `fold`.

    With `leak` energies may be negative, that much of what goes into the last ReLU: cells that are always empty can
    learn not to be. `energies`, no part of the paper: the images only share out the layers' energies, which are
    "given", an input (n, 3) in GeV, or "drawn" by the layers of `layer_energies` from the input energy_noise. Each cell
    then has a unit of its own, see `set_units`.
    """
    inputs, hidden = _conditioned_noise(latent_size, particles)
    if energies:
        name = "energies" if energies == "given" else "energy_noise"
        inputs[name] = keras.Input((len(SHAPES) if energies == "given" else ENERGY_NOISE,), name=name)
        known = inputs[name] if energies == "given" else _drawn_energies(inputs[name], inputs["energy"])
        hidden = _informed(hidden, inputs["energy"], known)
    shapes = {name: (columns + 2, rows + 2, 16) for name, (rows, columns) in SHAPES.items()}
    sizes = [math.prod(shape) for shape in shapes.values()]
    x = layers.LeakyReLU(SLOPE)(BatchLastDense(sum(sizes), name="dense")(hidden))
    parts = ops.split(x, list(itertools.accumulate(sizes[:-1])), axis=0)
    images = {
        name: _local_layers(ops.reshape(part, (*shape, -1)), name, rows_per_block, units=bool(energies))
        for (name, shape), part in zip(shapes.items(), parts, strict=True)
    }
    showers = _showers(images, attention, leak)
    if energies:
        showers = {
            name: image * (energy[:, :, None] / ops.maximum(ops.sum(ops.relu(image), axis=(1, 2), keepdims=True), TINY))
            for (name, image), energy in zip(showers.items(), ops.split(known, len(SHAPES), axis=1), strict=True)
        }
    return keras.Model(inputs, {name: 1000.0 * image for name, image in showers.items()}, name="calogan")


def layer_energies():
    """energy_noise (n, 16), energy (n, 1) in GeV -> the energies of the three layers (n, 3) in GeV.

    No part of the paper. Together less than the requested energy.
    """
    inputs = {"energy_noise": keras.Input((ENERGY_NOISE,), name="energy_noise")}
    inputs["energy"] = keras.Input((1,), name="energy")
    return keras.Model(inputs, _drawn_energies(**inputs), name="layer_energies")


def set_units(network, showers):
    """Make its mean share of the layer's energy in `showers` the unit of each cell of `network`, a `folded`.

    Cells differ by a factor of thousands, and Adam moves all weights alike: what is much to one is nothing to another.
    """
    for name in SHAPES:
        mean = np.mean(showers[name], axis=0, dtype=np.float64)
        share = np.maximum(mean / mean.sum(), LEAST_SHARE)
        network.get_layer(f"{name}_unit").set_weights([share.reshape(-1, 1, 1)])


def transfer(source, target):
    """Give the layers of `target` the weights of those of the same name in `source`; what `source` lacks stays."""
    found = {layer.name: layer for layer in source.layers if layer.weights}
    for layer in target.layers:
        if layer.name in found:
            layer.set_weights(found[layer.name].get_weights())


def fold(network, model):
    """Give `model`, a `folded`, the weights that make it equal to `network`, a `generator` of the same form.

    A Dense and the Conv2D right after it are one linear map: a Dense of 12,768 outputs takes the place of 28,728 and a
    convolution. Batch normalisation at inference is an affine map a x + b of each channel, which the locally connected
    layer behind it absorbs: W (a x + b) + c = (W a) x + (W b + c).
    """
    kernels, biases = [], []
    for name, (rows, columns) in SHAPES.items():
        dense, convolution = network.get_layer(f"{name}_dense"), network.get_layer(f"{name}_convolution")
        # ops.conv and not the layer, which would compute in its own precision
        linear = [ops.reshape(weight, (-1, rows + 2, columns + 2, 36)) for weight in (dense.kernel, dense.bias)]
        kernel, bias = (ops.conv(weight, convolution.kernel, padding="same") for weight in linear)
        bias = bias + convolution.bias
        kernels.append(ops.reshape(ops.transpose(kernel, (0, 2, 1, 3)), (len(kernel), -1)))
        biases.append(ops.reshape(ops.transpose(bias, (0, 2, 1, 3)), (-1,)))

        normalization = network.get_layer(f"{name}_normalization")
        scale = normalization.gamma / ops.sqrt(normalization.moving_variance + normalization.epsilon)
        shift = normalization.beta - normalization.moving_mean * scale
        local, target = network.get_layer(f"{name}_local_1"), model.get_layer(f"{name}_local_1")
        # The inputs of a locally connected kernel are (kernel rows, kernel columns, channels): 2 x 2 x 16.
        target.kernel.assign(local.kernel * ops.reshape(ops.tile(scale, 4), (1, -1, 1)))
        moved = ops.sum(local.kernel * ops.reshape(ops.tile(shift, 4), (1, -1, 1)), axis=1)
        target.bias.assign(local.bias + ops.reshape(moved, local.bias.shape))
    model.get_layer("dense").kernel.assign(ops.concatenate(kernels, axis=1))
    model.get_layer("dense").bias.assign(ops.concatenate(biases))
    for layer in model.layers:
        if layer.name.endswith("_local_2") or layer.name.startswith("attention") or layer.name == "embedding":
            layer.set_weights(network.get_layer(layer.name).get_weights())


def _conditioned_noise(latent_size, particles):
    """The inputs of a generator, and z * E / 100 GeV [* embedding of the particle] (n, latent)."""
    inputs = {"z": keras.Input((latent_size,), name="z"), "energy": keras.Input((1,), name="energy")}
    hidden = inputs["z"]
    if particles > 1:
        inputs["particle"] = keras.Input((1,), dtype="int32", name="particle")
        embedding = layers.Embedding(particles, latent_size, embeddings_initializer="glorot_normal", name="embedding")
        hidden = hidden * layers.Flatten()(embedding(inputs["particle"]))
    return inputs, hidden * (inputs["energy"] / 100.0)


def _drawn_energies(energy_noise, energy):
    """The response and how the layers share it, of noise and log E; less than `LEAST` in a layer is nothing."""
    x = layers.Concatenate()([energy_noise, (ops.log(energy) - LOG_CENTRE) / LOG_SPREAD])
    for i in range(3):
        x = layers.Dense(128, activation="relu", name=f"energies_{i}")(x)
    response = layers.Dense(1, activation="sigmoid", name="response")(x)
    shares = layers.Dense(len(SHAPES), activation="softmax", name="shares")(x)
    return ops.relu(energy * response * shares - LEAST)


def _informed(hidden, energy, known):
    """`hidden` (n, latent) louder or softer, as the energies of beam and layers ask for, and these (n, 7) beside it."""
    total = ops.maximum(ops.sum(known, axis=1, keepdims=True), TINY)
    features = [(ops.log(energy) - LOG_CENTRE) / LOG_SPREAD, ops.log(known + 1e-3) / LOG_SCALE, known / total]
    features = layers.Concatenate()(features)
    gain = layers.Dense(1, kernel_initializer="zeros", name="gain")(features)
    return layers.Concatenate()([hidden * ops.exp(gain), features])


def _local_layers(x, name, rows_per_block=3, units=False):
    """(columns + 2, rows + 2, 16, batch) -> (columns, rows, 1, batch), with `units` as multiples of each cell's own."""
    form: dict = {"batch_last": True, "rows_per_block": rows_per_block}
    # tf_keras's fans count the positions too, so that its kernels are small. With units, numbers of order 1 are wanted,
    # and images that begin near the mean one: a kernel around 0 makes half the cells of the core negative.
    first, second = "he_uniform", "glorot_normal"
    if units:
        first = keras.initializers.RandomNormal(stddev=math.sqrt(2 / (2 * 2 * 16)))
        second = keras.initializers.RandomNormal(mean=0.2, stddev=0.1)
    x = LocallyConnected2D(6, (2, 2), kernel_initializer=first, name=f"{name}_local_1", **form)(x)
    x = layers.LeakyReLU(SLOPE)(x)
    form["use_bias"] = False
    x = LocallyConnected2D(1, (2, 2), kernel_initializer=second, name=f"{name}_local_2", **form)(x)
    if units:
        unit: dict = {"kernel_initializer": "ones", "trainable": False, "name": f"{name}_unit"}
        x = LocallyConnected2D(1, (1, 1), **unit, **form)(x)
    return x


def _showers(images, attention, leak=0.0):
    """Attention from layer to layer, ReLU (but for a `leak`), and the images as (batch, rows, columns)."""
    if attention:
        carried = _average_columns(ops.repeat(images["layer_0"], 4, axis=1), 8)
        images["layer_1"] = InPaintingAttention(name="attention_1")([images["layer_1"], carried])
        carried = _average_columns(images["layer_1"], 2)
        images["layer_2"] = InPaintingAttention(name="attention_2")([images["layer_2"], carried])
    energies = {name: ops.transpose(image[:, :, 0], (2, 1, 0)) for name, image in images.items()}
    return {name: ops.leaky_relu(e, leak) if leak else ops.relu(e) for name, e in energies.items()}


def _average_columns(image, width):
    columns, rows = image.shape[:2]
    return ops.mean(ops.reshape(image, (columns // width, width, rows, 1, -1)), axis=1)


def discriminator(particles=1):
    """Images in GeV and the requested energy (n, 1) in GeV -> ``real`` (n, 1), a logit [, ``particle`` (n, particles)].

    2,744,524 parameters for one particle type. The paper's sigmoid is applied in the loss, where it cannot saturate.
    """
    inputs = {name: keras.Input(shape, name=name) for name, shape in SHAPES.items()}
    inputs["energy"] = keras.Input((1,), name="energy")
    features, energies = [], []
    for name in SHAPES:
        features += _image_features(inputs[name], name)
        energies.append(ops.reshape(ops.sum(inputs[name], axis=(1, 2)), (-1, 1)))
    energies = ops.concatenate(energies, axis=1)
    total = ops.sum(energies, axis=1, keepdims=True)
    excess = ops.abs(total - inputs["energy"])
    features += [
        energies / 10.0,
        total / 100.0,
        excess,
        10.0 * ops.cast(excess > 5.0, excess.dtype),
        MinibatchDiscrimination(name="energy_similarity")(energies),
    ]
    features = ops.concatenate(features, axis=1)
    outputs = {"real": layers.Dense(1, name="real")(features)}
    if particles > 1:
        outputs["particle"] = layers.Dense(particles, name="particle")(features)
    return keras.Model(inputs, outputs, name="discriminator")


def _image_features(image, name):
    """[convolutional features, their similarity, occupancy, its similarity] of one image, each (batch, ...)."""
    x = ops.expand_dims(ops.transpose(image, (2, 1, 0)), CHANNELS)
    x = layers.LeakyReLU(SLOPE)(BatchLastConv2D(64, (2, 2), name=f"{name}_convolution")(x))
    for i, (filters, kernel_size, strides) in enumerate(
        [(16, (3, 3), (1, 2)), (8, (2, 2), (1, 1)), (8, (2, 2), (1, 2))]
    ):
        x = ops.pad(x, ((1, 1), (1, 1), (0, 0), (0, 0)))
        x = LocallyConnected2D(filters, kernel_size, strides, batch_last=True, name=f"{name}_local_{i}")(x)
        x = layers.LeakyReLU(SLOPE)(x)
        x = layers.BatchNormalization(axis=CHANNELS, name=f"{name}_normalization_{i}")(x)
    x = ops.transpose(ops.reshape(x, (x.shape[0] * x.shape[1] * x.shape[2], -1)))
    occupancy = ops.mean(ops.cast(image > 0.0, image.dtype), axis=(1, 2))
    occupancy = ops.reshape(occupancy, (-1, 1))
    return [
        x,
        MinibatchDiscrimination(name=f"{name}_similarity")(x),
        occupancy,
        MinibatchDiscrimination(name=f"{name}_occupancy_similarity")(occupancy),
    ]
