import numpy as np
import pytest

from zoo.layers import MinibatchDiscrimination


@pytest.mark.parametrize("inputs", [1, 4])
def test_equals_the_formula_written_out(inputs):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(5, inputs)).astype(np.float32)
    layer = MinibatchDiscrimination(features=3, dimensions=2)
    layer.build(x.shape)
    kernel, bias = rng.normal(size=(3, inputs, 2)), rng.normal(size=(3, 2))
    layer.set_weights([kernel, bias])
    expected = np.zeros((5, 3))
    for n in range(5):
        for f in range(3):
            m = x @ kernel[f] + bias[f]
            expected[n, f] = np.tanh(sum(np.exp(-np.abs(m[n] - m[k]).sum()) for k in range(5)))
    np.testing.assert_allclose(layer(x), expected, rtol=1e-5)


def test_equal_events_are_as_alike_as_can_be():
    layer = MinibatchDiscrimination()
    np.testing.assert_allclose(layer(np.ones((2, 7), np.float32)), np.full((2, 10), np.tanh(2.0)), rtol=1e-6)


def test_an_event_far_from_all_others_is_alike_only_itself():
    layer = MinibatchDiscrimination()
    x = np.array([[0.0], [1e4]], np.float32)
    np.testing.assert_allclose(layer(x), np.full((2, 10), np.tanh(1.0)), rtol=1e-6)
