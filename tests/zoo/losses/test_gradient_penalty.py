import keras
import numpy as np
import pytest

from zoo.losses import roth
from zoo.training import backend


def test_one_event_has_the_penalty_of_the_formula():
    # phi = log 3: D = 3/4; |gradient|^2 = 9 + 16
    logits, gradients = np.float32([[np.log(3)]]), np.float32([[3, 4]])
    assert float(roth(logits, gradients, real=True)) == pytest.approx(25 / 16)
    assert float(roth(logits, gradients, real=False)) == pytest.approx(25 * 9 / 16)


def test_events_are_averaged_and_all_axes_of_an_event_summed(random):
    logits, gradients = random.normal(size=(5, 1)), random.normal(size=(5, 6, 4))
    weight = 1 / (1 + np.exp(logits[:, 0])) ** 2
    expected = np.mean(weight * (gradients**2).sum(axis=(1, 2)))
    assert float(roth(np.float32(logits), np.float32(gradients), real=True)) == pytest.approx(expected, rel=1e-5)


def test_input_gradients_are_those_of_each_event_and_differentiable():
    """phi = w x^2: gradient 2 w x; d/dw of <gradient^2> is 8 w <x^2>."""
    weight = keras.Variable([[3.0]])
    x = keras.ops.convert_to_tensor(np.float32([[1], [2]]))

    def loss():
        outputs, gradients = backend.input_gradients(lambda x: keras.ops.matmul(x**2, weight), x)
        np.testing.assert_allclose(outputs, [[3], [12]])
        np.testing.assert_allclose(gradients, [[6], [12]])
        return keras.ops.mean(gradients**2), {}

    value, _, (slope,) = backend.value_and_gradients(loss, [weight])
    assert float(value) == pytest.approx(90)
    np.testing.assert_allclose(slope, [[60]])
