import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from zoo import backend
from zoo.layers import LocallyConnected2D
from zoo.layers.locally_connected import SMALL_BATCH


def oracle(layer, image_shape, batch=3, seed=0):
    """tf_keras's layer, with zeros around the image as `layer` has them, and `layer`, of the same random weights; an
    input.
    """
    reference = tf_keras.layers.LocallyConnected2D(
        layer.filters, layer.kernel_size, strides=layer.strides, use_bias=layer.use_bias, implementation=1
    )
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(batch, *image_shape)).astype(np.float32)
    (rows, columns), channels = layer.padding, image_shape[2]
    reference.build((batch, image_shape[0] + 2 * rows, image_shape[1] + 2 * columns, channels))
    layer.build((image_shape[1], image_shape[0], image_shape[2], batch) if layer.batch_last else x.shape)
    weights = [rng.normal(size=w.shape).astype(np.float32) for w in reference.weights]
    reference.set_weights(weights)
    layer.set_weights(weights)
    return (lambda x: reference(tf_keras.layers.ZeroPadding2D(layer.padding)(x))), reference.trainable_weights, x


@settings(max_examples=25, deadline=None)
@given(
    kernel=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    strides=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    extra=st.tuples(st.integers(0, 6), st.integers(0, 6)),
    channels=st.integers(1, 3),
    filters=st.integers(1, 3),
    use_bias=st.booleans(),
    padded=st.tuples(st.booleans(), st.booleans()),
    rows_per_block=st.integers(1, 7),
    batch=st.sampled_from([3, SMALL_BATCH]),
)
def test_equals_tf_keras_for_any_kernel_and_stride(
    kernel, strides, extra, channels, filters, use_bias, padded, rows_per_block, batch
):
    shape = (kernel[0] + extra[0], kernel[1] + extra[1], channels)
    padding = tuple(n - 1 if wanted else 0 for n, wanted in zip(kernel, padded, strict=True))
    layer = LocallyConnected2D(filters, kernel, strides, padding, use_bias=use_bias, rows_per_block=rows_per_block)
    reference, _, x = oracle(layer, shape, batch)
    y = layer(x)
    np.testing.assert_allclose(y, reference(x), rtol=1e-4, atol=1e-4)
    assert y.shape == layer.compute_output_shape(x.shape)


@pytest.mark.parametrize("batch", [3, SMALL_BATCH])
@pytest.mark.parametrize("batch_last", [False, True])
@pytest.mark.parametrize(
    ("shape", "filters", "kernel", "strides", "padding"),
    [  # CaloGAN's three in the discriminator, its attention, and a stride in both directions
        ((3, 96, 4), 16, (3, 3), (1, 2), (1, 1)),
        ((12, 6, 3), 8, (2, 2), (1, 1), (1, 1)),
        ((9, 8, 3), 8, (2, 2), (1, 2), (0, 0)),
        ((12, 12, 2), 2, (3, 3), (1, 1), (1, 1)),
        ((9, 11, 2), 3, (3, 2), (2, 3), (0, 1)),
    ],
)
def test_outputs_and_gradients_equal_tf_keras(shape, filters, kernel, strides, padding, batch_last, batch):
    layer = LocallyConnected2D(filters, kernel, strides, padding, batch_last=batch_last)
    reference, weights, x = oracle(layer, shape, batch)
    images = keras.Variable(x)

    def loss():
        y = layer(ops.transpose(images, (2, 1, 3, 0)) if batch_last else images)
        y = ops.transpose(y, (3, 1, 0, 2)) if batch_last else y
        return ops.sum(ops.sin(y)), y

    x = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        expected = reference(x)
        total = tf.reduce_sum(tf.sin(expected))
    wanted = tape.gradient(total, [x, *weights])
    _, y, found = backend.value_and_gradients(loss, [images, layer.kernel, layer.bias])
    np.testing.assert_allclose(y, expected, rtol=1e-4, atol=1e-4)
    for ours, theirs in zip(found, wanted, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("initializer", ["glorot_uniform", "he_uniform", "glorot_normal"])
def test_initialisation_has_tf_kerass_fans(initializer):
    layer = LocallyConnected2D(16, (3, 3), kernel_initializer=initializer)
    layer.build((None, 8, 8, 16))
    reference = tf_keras.layers.LocallyConnected2D(16, (3, 3), kernel_initializer=initializer, implementation=1)
    reference.build((None, 8, 8, 16))
    ours, theirs = np.array(layer.kernel), reference.get_weights()[0]
    # 83,000 weights: their standard deviation is known to 0.3 %
    assert ours.std() == pytest.approx(theirs.std(), rel=0.02)
    assert not np.array(layer.bias).any()


def test_survives_saving(tmp_path):
    inputs = keras.Input((6, 7, 2))
    layer = LocallyConnected2D(3, (2, 3), (1, 2), kernel_initializer="he_uniform", bias_initializer="ones")
    model = keras.Model(inputs, layer(inputs))
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    x = np.random.default_rng(0).normal(size=(4, 6, 7, 2)).astype(np.float32)
    np.testing.assert_array_equal(loaded(x), model(x))
    assert loaded.layers[1].get_config() == layer.get_config()


def test_refuses_an_image_smaller_than_the_kernel():
    with pytest.raises(ValueError, match=r"an image of 2x5 is smaller than the kernel \(3, 3\)"):
        LocallyConnected2D(1, (3, 3))(np.zeros((1, 2, 5, 1), np.float32))
