"""CaloGAN in the form its authors gave it (arXiv:1705.02355, section 4), in tf_keras, as the benchmark's opponent.

Images are (batch, rows, columns, channels); each locally connected layer is tf_keras's own in implementation 1, the
default of the Keras of 2017. Layers that have weights bear the names they have in reproductions.calogan.model.
"""

import numpy as np
import tensorflow as tf

from reproductions.calogan.data import SHAPES
from zoo import optional

with optional.needed("the original form"):
    import tf_keras
    from tf_keras import layers

LATENT = 1024
SLOPE = 0.3  # of every LeakyReLU


def generator():
    """z (n, 1024), energy (n, 1) in GeV -> the three images (n, rows, columns, 1) in GeV."""
    z, energy = tf_keras.Input((LATENT,), name="z"), tf_keras.Input((1,), name="energy")
    hidden = layers.Lambda(lambda inputs: inputs[0] * inputs[1] / 100.0)([z, energy])
    image_0, image_1, image_2 = (_stream(hidden, name, *shape) for name, shape in SHAPES.items())
    carried = layers.AveragePooling2D((1, 8))(layers.UpSampling2D((4, 1))(image_0))
    image_1 = _attention(image_1, carried, "attention_1")
    image_2 = _attention(image_2, layers.AveragePooling2D((1, 2))(image_1), "attention_2")
    return tf_keras.Model([z, energy], [layers.ReLU()(image) for image in (image_0, image_1, image_2)])


def _stream(hidden, name, rows, columns):
    """LAGAN's upsampling (arXiv:1701.05927, figure 5): n x latent -> n x rows x columns x 1."""
    rows, columns = rows + 2, columns + 2
    x = layers.Dense(rows * columns * 36, name=f"{name}_dense")(hidden)
    x = layers.Reshape((rows, columns, 36))(x)
    x = layers.Conv2D(16, (2, 2), padding="same", kernel_initializer="he_uniform", name=f"{name}_convolution")(x)
    x = layers.BatchNormalization(name=f"{name}_normalization")(layers.LeakyReLU(SLOPE)(x))
    x = layers.LocallyConnected2D(6, (2, 2), kernel_initializer="he_uniform", name=f"{name}_local_1")(x)
    return layers.LocallyConnected2D(
        1, (2, 2), use_bias=False, kernel_initializer="glorot_normal", name=f"{name}_local_2"
    )(layers.LeakyReLU(SLOPE)(x))


def _attention(new, carried, name):
    """The new image and the one carried over, each weighted by its channel of a softmax."""
    images = layers.Concatenate()([new, carried])
    scores = layers.LocallyConnected2D(2, (3, 3), bias_initializer=_carried_last, name=name)(
        layers.ZeroPadding2D(1)(images)
    )
    weighted = layers.Multiply()([images, layers.Softmax()(scores)])
    return layers.Lambda(lambda x: tf.reduce_sum(x, axis=-1, keepdims=True))(weighted)


def _carried_last(shape, dtype=None):
    bias = np.zeros(shape)
    bias[..., -1] = -10.0
    return tf.constant(bias, dtype)


def discriminator():
    """The three images in GeV, the requested energy (n, 1) in GeV -> the probability to be real, the total energy."""
    images = [tf_keras.Input((*shape, 1), name=name) for name, shape in SHAPES.items()]
    requested = tf_keras.Input((1,), name="energy")
    features = [x for image, name in zip(images, SHAPES, strict=True) for x in _features(image, name)]
    energies = layers.Concatenate()([layers.Lambda(lambda x: tf.reduce_sum(x, axis=(1, 2)))(x) for x in images])
    total = layers.Lambda(lambda x: tf.reduce_sum(x, axis=1, keepdims=True))(energies)
    excess = layers.Lambda(lambda x: tf.abs(x[0] - x[1]))([total, requested])
    features += [
        layers.Lambda(lambda x: x / 10.0)(energies),
        layers.Lambda(lambda x: x / 100.0)(total),
        excess,
        layers.Lambda(lambda x: 10.0 * tf.cast(x > 5.0, x.dtype))(excess),
        MinibatchDiscrimination(name="energy_similarity")(energies),
    ]
    real = layers.Dense(1, activation="sigmoid", name="real")(layers.Concatenate()(features))
    return tf_keras.Model([*images, requested], [real, total])


def _features(image, name):
    x = layers.LeakyReLU(SLOPE)(layers.Conv2D(64, (2, 2), padding="same", name=f"{name}_convolution")(image))
    for i, (filters, kernel_size, strides) in enumerate([(16, 3, (1, 2)), (8, 2, (1, 1)), (8, 2, (1, 2))]):
        x = layers.LocallyConnected2D(filters, kernel_size, strides=strides, name=f"{name}_local_{i}")(
            layers.ZeroPadding2D(1)(x)
        )
        x = layers.BatchNormalization(name=f"{name}_normalization_{i}")(layers.LeakyReLU(SLOPE)(x))
    x = layers.Flatten()(x)
    occupancy = layers.Lambda(lambda x: tf.reduce_mean(tf.cast(x > 0, x.dtype), axis=(1, 2)))(image)
    return [
        x,
        MinibatchDiscrimination(name=f"{name}_similarity")(x),
        occupancy,
        MinibatchDiscrimination(name=f"{name}_occupancy_similarity")(occupancy),
    ]


class MinibatchDiscrimination(layers.Layer):
    """All pairs of the batch at once, as the authors have it: a tensor (batch, 10, 10, batch)."""

    def build(self, input_shape):
        self.kernel = self.add_weight("kernel", (10, input_shape[-1], 10))
        self.bias = self.add_weight("bias", (10, 10), initializer="zeros")

    def call(self, inputs):
        x = tf.einsum("ni,fid->nfd", inputs, self.kernel) + self.bias
        pairs = tf.expand_dims(x, 3) - tf.expand_dims(tf.transpose(x, (1, 2, 0)), 0)
        return tf.tanh(tf.reduce_sum(tf.exp(-tf.reduce_sum(tf.abs(pairs), axis=2)), axis=2))


class Training:
    """The authors' models/train.py on one batch: generate, two steps of the discriminator, two of the generator."""

    def __init__(self, seed=1):
        tf_keras.utils.set_random_seed(seed)
        self.random = np.random.default_rng(seed)
        losses = {"loss": ["binary_crossentropy", "mae"], "loss_weights": [1.0, 0.05]}
        self.generator, self.discriminator = generator(), discriminator()
        self.discriminator.compile(tf_keras.optimizers.Adam(2e-5, beta_1=0.5), **losses)
        self.discriminator.trainable = False
        inputs = self.generator.inputs
        outputs = self.discriminator([*self.generator(inputs), inputs[1]])
        self.combined = tf_keras.Model(inputs, outputs)
        self.combined.compile(tf_keras.optimizers.Adam(2e-4, beta_1=0.5), **losses)

    def step(self, batch):
        """`batch`: images (n, rows, columns) and ``energy`` (n, 1), in GeV."""
        size = len(batch["energy"])
        noise, energy = self._inputs(size)
        fake = self.generator.predict([noise, energy], batch_size=size, verbose=0)
        real = [batch[name][..., None] for name in SHAPES]
        self.discriminator.train_on_batch([*real, batch["energy"]], [np.ones((size, 1)), batch["energy"]])
        self.discriminator.train_on_batch([*fake, energy], [np.zeros((size, 1)), energy])
        for _ in range(2):
            noise, energy = self._inputs(size)
            self.combined.train_on_batch([noise, energy], [np.ones((size, 1)), energy])

    def _inputs(self, size):
        energy = self.random.uniform(1, 100, (size, 1)).astype(np.float32)
        return self.random.standard_normal((size, LATENT), np.float32), energy
