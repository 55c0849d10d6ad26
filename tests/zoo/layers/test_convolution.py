import keras
import numpy as np
import pytest

from zoo.layers import BatchLastConv2D


@pytest.mark.parametrize("kernel_size", [(2, 2), (3, 2), (1, 4)])
def test_equals_conv2d_with_same_padding(kernel_size):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(3, 5, 7, 2)).astype(np.float32)
    reference = keras.layers.Conv2D(4, kernel_size, padding="same")
    expected = reference(x)
    layer = BatchLastConv2D(4, kernel_size)
    layer.build((7, 5, 2, 3))
    layer.set_weights([reference.get_weights()[0], rng.normal(size=4)])
    y = np.transpose(layer(np.transpose(x, (2, 1, 3, 0))), (3, 1, 0, 2))
    np.testing.assert_allclose(y, expected + np.array(layer.bias), rtol=1e-5, atol=1e-5)
    assert y.shape == (3, 5, 7, 4)
