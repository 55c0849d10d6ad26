import keras
import numpy as np
import pytest

from zoo.losses import cross_entropy, wasserstein


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
