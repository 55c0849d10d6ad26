import keras
import numpy as np
import pytest

from zoo.generator import dequantise, quantise
from zoo.layers import BatchLastDense
from zoo.layers.dense import SMALL_BATCH


def model(layer):
    x = keras.Input((8,), name="x")
    return keras.Model(x, keras.ops.relu(layer(x)))


@pytest.mark.parametrize("batch", [3, SMALL_BATCH])
def test_is_a_dense_layer_transposed(batch, random):
    plain, layer = keras.layers.Dense(5, bias_initializer="random_normal"), BatchLastDense(5)
    x = random.normal(size=(batch, 8)).astype(np.float32)
    expected = np.transpose(plain(x))
    layer.build(x.shape)
    layer.set_weights(plain.get_weights())
    assert layer(x).shape == layer.compute_output_shape(x.shape) == expected.shape
    np.testing.assert_allclose(layer(x), expected, rtol=1e-5, atol=1e-6)


def test_can_be_stored_as_int8(tmp_path, random):
    original = model(BatchLastDense(5))
    small = quantise(original, minimum_size=1)
    small.save(tmp_path / "model.keras")
    restored = dequantise(keras.saving.load_model(tmp_path / "model.keras"))
    x = random.normal(size=(4, 8)).astype(np.float32)
    assert small(x).shape == (5, 4)
    np.testing.assert_allclose(restored(x), original(x), atol=0.05)
