import keras
import numpy as np
import pytest
from keras import ops

from zoo.losses import cross_entropy, wasserstein, wasserstein_critic


@pytest.mark.parametrize("real", [True, False])
def test_equals_keras_binary_cross_entropy(real):
    logits = np.random.default_rng(0).normal(scale=5, size=(50, 1)).astype(np.float32)
    expected = keras.losses.BinaryCrossentropy(from_logits=True)(np.full((50, 1), float(real)), logits)
    np.testing.assert_allclose(cross_entropy(logits, real), expected, rtol=1e-5)


def test_stays_finite_where_a_sigmoid_saturates():
    assert float(cross_entropy(np.array([-200.0], np.float32), True)) == pytest.approx(200)


def test_the_wasserstein_critic_and_its_opponent_pull_apart():
    scores = np.array([[1.0], [4.0]], np.float32)
    assert float(wasserstein(scores, False)) == 2.5
    assert float(wasserstein(scores, True)) == -2.5


def test_a_critic_is_held_to_slopes_of_one():
    weights = keras.Variable([[1.0], [1.0], [1.0]])

    def judge(events):
        return ops.matmul(events, weights)

    events = ops.ones((4, 3))
    found = wasserstein_critic(judge, 2.0 * events, events, keras.random.SeedGenerator(1), 2.0)
    expected = {"real": -6.0, "generated": 3.0, "gradient": 2.0 * (np.sqrt(3.0) - 1) ** 2}
    assert {name: float(value) for name, value in found.items()} == pytest.approx(expected, rel=1e-5)
