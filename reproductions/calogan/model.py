"""CaloGAN's networks (Paganini, de Oliveira, Nachman, arXiv:1705.02355, section 4), one page.

Inside both networks an image is (columns, rows, channels, batch): see zoo.layers.LocallyConnected2D. At their borders a
shower is a dict of (batch, rows, columns) images ``layer_0`` (3, 96), ``layer_1`` (12, 12), ``layer_2`` (12, 6) in GeV.
"""

import keras
from keras import layers, ops

from reproductions.calogan.data import SHAPES
from zoo.layers import BatchLastConv2D, InPaintingAttention, LocallyConnected2D, MinibatchDiscrimination

CHANNELS = 2  # axis of the channels in a batch-last image
SLOPE = 0.3  # of every LeakyReLU


def generator(latent_size=1024, particles=1, attention=True):
    """z (n, latent), energy (n, 1) in GeV [, particle (n, 1) index] -> the three images in GeV.

    29,726,376 parameters in the default form, of which 29,726,280 are trainable.
    """
    inputs, hidden = conditioned_noise(latent_size, particles)
    images = {}
    for name, (rows, columns) in SHAPES.items():
        # LAGAN's upsampling (arXiv:1701.05927, figure 5): Dense, Conv2D, then the locally connected layers.
        rows, columns = rows + 2, columns + 2
        x = layers.Dense(rows * columns * 36, name=f"{name}_dense")(hidden)
        x = layers.Reshape((rows, columns, 36))(x)
        x = layers.Conv2D(16, (2, 2), padding="same", kernel_initializer="he_uniform", name=f"{name}_convolution")(x)
        x = layers.LeakyReLU(SLOPE)(ops.transpose(x, (2, 1, 3, 0)))
        x = layers.BatchNormalization(axis=CHANNELS, name=f"{name}_normalization")(x)
        images[name] = local_layers(x, name)
    showers = {name: ops.relu(image) for name, image in cells(images, attention).items()}
    return keras.Model(inputs, showers, name="generator")


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


def conditioned_noise(latent_size, particles):
    """The inputs of a generator, and z * E / 100 GeV [* embedding of the particle] (n, latent)."""
    inputs = {"z": keras.Input((latent_size,), name="z"), "energy": keras.Input((1,), name="energy")}
    hidden = inputs["z"]
    if particles > 1:
        inputs["particle"] = keras.Input((1,), dtype="int32", name="particle")
        embedding = layers.Embedding(particles, latent_size, embeddings_initializer="glorot_normal", name="embedding")
        hidden = hidden * layers.Flatten()(embedding(inputs["particle"]))
    return inputs, hidden * (inputs["energy"] / 100.0)


def local_layers(x, name, rows_per_block=3, initializers=("he_uniform", "glorot_normal")):
    """(columns + 2, rows + 2, 16, batch) -> (columns, rows, 1, batch), with initial kernels of both layers.

    tf_keras's fans count the positions too, so that its kernels are small.
    """
    first, second = initializers
    form: dict = {"batch_last": True, "rows_per_block": rows_per_block}
    x = LocallyConnected2D(6, (2, 2), kernel_initializer=first, name=f"{name}_local_1", **form)(x)
    x = layers.LeakyReLU(SLOPE)(x)
    return LocallyConnected2D(1, (2, 2), kernel_initializer=second, use_bias=False, name=f"{name}_local_2", **form)(x)


def cells(images, attention):
    """Attention from layer to layer, and what goes into the last ReLU, as (batch, rows, columns)."""
    if attention:
        carried = _average_columns(ops.repeat(images["layer_0"], 4, axis=1), 8)
        images["layer_1"] = InPaintingAttention(name="attention_1")([images["layer_1"], carried])
        carried = _average_columns(images["layer_1"], 2)
        images["layer_2"] = InPaintingAttention(name="attention_2")([images["layer_2"], carried])
    return {name: ops.transpose(image[:, :, 0], (2, 1, 0)) for name, image in images.items()}


def _average_columns(image, width):
    columns, rows = image.shape[:2]
    return ops.mean(ops.reshape(image, (columns // width, width, rows, 1, -1)), axis=1)


def _image_features(image, name):
    """[convolutional features, their similarity, occupancy, its similarity] of one image, each (batch, ...)."""
    x = ops.expand_dims(ops.transpose(image, (2, 1, 0)), CHANNELS)
    x = layers.LeakyReLU(SLOPE)(BatchLastConv2D(64, (2, 2), name=f"{name}_convolution")(x))
    for i, (filters, kernel_size, strides) in enumerate(
        [(16, (3, 3), (1, 2)), (8, (2, 2), (1, 1)), (8, (2, 2), (1, 2))]
    ):
        x = LocallyConnected2D(filters, kernel_size, strides, (1, 1), batch_last=True, name=f"{name}_local_{i}")(x)
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
