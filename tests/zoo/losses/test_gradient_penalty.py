import keras
import numpy as np
import pytest
from keras import ops

from zoo import backend
from zoo.losses import gradient_penalty, roth, zero_centred_penalty


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
        return keras.ops.mean(gradients**2), (outputs, gradients)

    value, (outputs, gradients), (slope,) = backend.value_and_gradients(loss, [weight])
    np.testing.assert_allclose(outputs, [[3], [12]])
    np.testing.assert_allclose(gradients, [[6], [12]])
    assert float(value) == pytest.approx(90)
    np.testing.assert_allclose(slope, [[60]])


def linear(events):
    """A slope of 5 everywhere."""
    return ops.sum(events * ops.convert_to_tensor([[3.0, 4.0]]), axis=1, keepdims=True)


def quadratic(events):
    """|grad| = 2 |x|."""
    return ops.sum(events**2, axis=1, keepdims=True)


@pytest.fixture
def events(random):
    return [ops.convert_to_tensor(random.normal(size=(200, 2)).astype(np.float32)) for _ in range(2)]


def test_penalties_of_known_slopes(events):
    real, generated = events
    seeds = keras.random.SeedGenerator(1)
    assert float(gradient_penalty(linear, real, generated, seeds)) == pytest.approx(16, rel=1e-5)
    assert float(zero_centred_penalty(linear, real)) == pytest.approx(25, rel=1e-5)
    expected = 4 * np.mean(np.sum(np.array(real) ** 2, axis=1))
    assert float(zero_centred_penalty(quadratic, real)) == pytest.approx(expected, rel=1e-5)


def test_a_one_sided_penalty_forgives_small_slopes(events):
    real, generated = events
    seeds = keras.random.SeedGenerator(1)
    assert float(gradient_penalty(linear, real, generated, seeds, one_sided=True)) == pytest.approx(16, rel=1e-5)

    def flat(events):
        return linear(events) / 10

    assert float(gradient_penalty(flat, real, generated, seeds)) == pytest.approx(0.25, rel=1e-5)
    assert float(gradient_penalty(flat, real, generated, seeds, one_sided=True)) == 0


def test_slopes_of_images_are_those_of_all_pixels(events):
    """Twelve pixels of slope 1: |grad| is sqrt(12)."""
    images = [ops.ones((5, 3, 4)), ops.zeros((5, 3, 4))]

    def total(images):
        return ops.sum(images, axis=(1, 2))[:, None]

    found = float(gradient_penalty(total, *images, keras.random.SeedGenerator(1)))
    assert found == pytest.approx((12**0.5 - 1) ** 2, rel=1e-5)
    assert float(zero_centred_penalty(total, images[0])) == pytest.approx(12, rel=1e-5)


def test_the_gradient_penalty_looks_between_real_and_generated():
    """From 1 to 3 on a line, |grad x^2| is uniform from 2 to 6: the mean of (|grad| - 1)^2 is 31/3."""
    real, generated = ops.full((20_000, 1), 1.0), ops.full((20_000, 1), 3.0)
    found = float(gradient_penalty(quadratic, real, generated, keras.random.SeedGenerator(1)))
    assert found == pytest.approx(31 / 3, rel=0.02)


def test_a_critic_without_slope_has_finite_gradients(events):
    real, generated = events
    scale = keras.Variable(0.0)

    def loss():
        penalty = gradient_penalty(lambda x: scale * linear(x), real, generated, keras.random.SeedGenerator(1))
        return penalty, ()

    value, _, (gradient,) = backend.value_and_gradients(loss, [scale])
    assert float(value) == pytest.approx(1, abs=1e-4)
    assert np.isfinite(float(gradient))


def test_penalties_can_be_differentiated_again(events):
    """d/da mean |grad (a x^2)|^2 = 8 a mean |x|^2."""
    real, _ = events
    scale = keras.Variable(1.5)

    def loss():
        return zero_centred_penalty(lambda x: scale * quadratic(x), real), ()

    _, _, (gradient,) = backend.value_and_gradients(loss, [scale])
    expected = 8 * 1.5 * np.mean(np.sum(np.array(real) ** 2, axis=1))
    assert float(gradient) == pytest.approx(expected, rel=1e-4)
