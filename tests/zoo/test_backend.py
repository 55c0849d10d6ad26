import keras
import numpy as np
import pytest

from zoo import backend
from zoo.layers import Dropout


@pytest.mark.parametrize("jit", [False, True])
def test_normal_gives_keras_s_numbers_and_goes_on_like_keras(jit):
    def numbers(draw):
        seeds = keras.random.SeedGenerator(5)
        compiled = backend.compiled_once(lambda: draw(seeds), jit)
        return [np.array(compiled()) for _ in range(2)]

    expected = numbers(lambda seeds: keras.random.normal((3, 4), seed=seeds))
    found = numbers(lambda seeds: backend.normal((3, 4), seeds))
    np.testing.assert_array_equal(found, expected)
    assert not np.array_equal(*found)


@pytest.mark.parametrize("jit", [False, True])
def test_dropout_drops_what_keras_drops(jit):
    def outputs(kind):
        layer = kind(0.3, seed=5)
        return [np.array(backend.compiled_once(layer, jit)(np.ones((3, 4), np.float32), training=True))]

    (found,), (expected,) = outputs(Dropout), outputs(keras.layers.Dropout)
    np.testing.assert_array_equal(found, expected)
    assert len(np.unique(found)) == 2
    np.testing.assert_array_equal(Dropout(0.3)(found), found)


def test_a_weight_without_influence_has_a_gradient_of_zero():
    used, unused = keras.Variable(2.0), keras.Variable([1.0, 1.0])
    value, _, gradients = backend.value_and_gradients(lambda: (used**2, None), [used, unused])
    assert float(value) == 4.0
    assert float(gradients[0]) == 4.0
    np.testing.assert_array_equal(gradients[1], [0.0, 0.0])
