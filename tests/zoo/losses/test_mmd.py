"""The kernels against tensorflow-probability's, the estimators against loops and known answers."""

import keras
import numpy as np
import pytest
import tensorflow_probability as tfp
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from zoo.losses import KERNELS, breit_wigner, gaussian, squared_mmd
from zoo.training import backend

psd = tfp.math.psd_kernels


def oracle(name, width):
    """exp(-d^2 / 2 w^2), and the rational quadratic (1 + d^2 / 2 a l^2)^-a with a = 1 and l = w / sqrt 2."""
    if name == "gaussian":
        return psd.ExponentiatedQuadratic(length_scale=np.float32(width))
    return psd.RationalQuadratic(length_scale=np.float32(width / 2**0.5), scale_mixture_rate=np.float32(1))


def estimates(matrix, x, y):
    """(biased, unbiased), pair by pair, as Gretton et al. print them."""
    xx, yy, xy = matrix(x, x), matrix(y, y), matrix(x, y)
    n, m = len(x), len(y)
    biased = xx.sum() / n**2 + yy.sum() / m**2 - 2 * xy.sum() / (n * m)
    apart = [sum(k[i, j] for i in range(len(k)) for j in range(len(k)) if i != j) for k in (xx, yy)]
    return biased, apart[0] / (n * (n - 1)) + apart[1] / (m * (m - 1)) - 2 * xy.sum() / (n * m)


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("width", [0.7, 2.05])
@pytest.mark.parametrize("dimensions", [1, 3])
def test_both_estimators_agree_with_tensorflow_probability(name, width, dimensions, random):
    x, y = (random.normal(scale=2, size=(n, dimensions)).astype(np.float32) for n in (6, 9))
    kernel = oracle(name, width)
    expected = estimates(lambda a, b: np.asarray(kernel.matrix(a, b), np.float64), x, y)
    if dimensions == 1:
        x, y = x[:, 0], y[:, 0]
    for unbiased in (False, True):
        found = squared_mmd(x, y, KERNELS[name], width, unbiased=unbiased)
        assert float(found) == pytest.approx(expected[unbiased], abs=2e-6)


def test_two_events_have_known_distances():
    # 1 + 1 - 2 k(2), k = exp(-2) or 1/5
    assert float(squared_mmd([0.0], [2.0], gaussian, 1.0)) == pytest.approx(2 - 2 * np.exp(-2))
    assert float(squared_mmd([0.0], [2.0], breit_wigner, 1.0)) == pytest.approx(2 - 2 / 5)
    assert float(squared_mmd([0.0], [4.0], breit_wigner, 2.0)) == pytest.approx(2 - 2 / 5)


def test_gaussian_samples_have_the_analytic_distance(random):
    """x, y ~ N(0, 1), N(1, 1), kernel of width s: <k> = s / sqrt(s^2 + 2) exp(-d^2 / 2 (s^2 + 2)) with d the shift."""
    x, y = random.normal(size=1500), random.normal(1, size=1500)
    expected = 2 / 3**0.5 * (1 - np.exp(-1 / 6))
    found = float(squared_mmd(np.float32(x), np.float32(y), gaussian, 1.0, unbiased=True))
    assert found == pytest.approx(expected, abs=0.03)  # 3 standard deviations of about 0.01


def test_equal_parents_the_unbiased_estimate_averages_to_zero_and_the_biased_does_not(random):
    samples = random.normal(size=(60, 2, 10)).astype(np.float32)
    for unbiased in (True, False):
        found = np.array([float(squared_mmd(x, y, breit_wigner, 1.0, unbiased=unbiased)) for x, y in samples])
        mean, error = found.mean(), found.std() / len(found) ** 0.5
        if unbiased:
            assert abs(mean) < 4 * error
        else:  # (1 - <k>) (1/n + 1/m) too much
            assert mean > 5 * error
            assert found.min() >= -1e-6


@settings(max_examples=15)
@given(arrays(np.float32, (2, 7), elements=st.floats(-500, 500, width=32)), st.floats(0.1, 50))
def test_the_biased_estimate_is_symmetric_and_not_negative(samples, width):
    x, y = samples
    for kernel in KERNELS.values():
        forward, backward = (float(squared_mmd(a, b, kernel, width)) for a, b in ((x, y), (y, x)))
        assert forward == pytest.approx(backward, abs=1e-5)
        assert forward > -1e-5
        assert float(squared_mmd(x, x, kernel, width)) == pytest.approx(0, abs=1e-5)


def test_its_gradient_pulls_a_peak_towards_the_true_one():
    true, x = np.array([80.0, 80.5, 79.5], np.float32), np.array([83.0, 83.5], np.float32)
    sample = keras.Variable(x)
    _, _, (slope,) = backend.value_and_gradients(
        lambda: (squared_mmd(true, sample, breit_wigner, 2.05), None), [sample]
    )
    step = 1e-2
    numeric = [
        (squared_mmd(true, x + step * e, breit_wigner, 2.05) - squared_mmd(true, x - step * e, breit_wigner, 2.05))
        / (2 * step)
        for e in np.eye(2, dtype=np.float32)
    ]
    np.testing.assert_allclose(slope, numeric, rtol=2e-3)
    assert (np.asarray(slope) > 0).all()
