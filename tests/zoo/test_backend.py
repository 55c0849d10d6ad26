import keras
import numpy as np
import pytest

from zoo import backend


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


def test_a_weight_without_influence_has_a_gradient_of_zero():
    used, unused = keras.Variable(2.0), keras.Variable([1.0, 1.0])
    value, _, gradients = backend.value_and_gradients(lambda: (used**2, None), [used, unused])
    assert float(value) == 4.0
    assert float(gradients[0]) == 4.0
    np.testing.assert_array_equal(gradients[1], [0.0, 0.0])
