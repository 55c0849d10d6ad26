"""The kernels against tensorflow-probability's, the estimators against loops and known answers."""

import keras
import numpy as np
import pytest
import tensorflow_probability as tfp
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from zoo import backend
from zoo.losses import KERNELS, MeanEmbedding, breit_wigner, gaussian, squared_mmd

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


WIDTHS = (2.0, 20.0)


@pytest.fixture
def masses(random):
    """As of a W boson, GeV: more than MeanEmbedding takes one by one."""
    return 80.4 + np.clip(random.standard_cauchy(9000), -15, 15)


def similarities(x, y):
    """Those of both WIDTHS, in float64."""
    return sum(w**2 / ((x[:, None] - y) ** 2 + w**2) for w in WIDTHS)


def test_kernels_of_several_widths_are_added_up(random):
    x, y = (random.normal(scale=9, size=n).astype(np.float32) for n in (6, 9))
    for kernel in KERNELS.values():
        parts = [float(squared_mmd(x, y, kernel, width)) for width in WIDTHS]
        assert float(squared_mmd(x, y, kernel, WIDTHS)) == pytest.approx(sum(parts), rel=1e-5)


def test_a_mean_embedding_is_the_mean_over_all_events(masses):
    embedding = MeanEmbedding(masses, breit_wigner, WIDTHS)
    x = np.array([0.1, 5, 60, 75, 79.5, 80.4, 80.6, 82, 90, 173, 400, 9000])
    np.testing.assert_allclose(embedding(np.float32(x)), similarities(x, masses).mean(axis=1), atol=3e-4)
    assert embedding.within == pytest.approx(similarities(masses, masses).mean(), abs=3e-5)
    ends = embedding(np.float32([1e-3, embedding.LOW, embedding.HIGH, 1e6]))
    assert (ends[0], ends[2]) == (ends[1], ends[3])


def test_few_events_are_taken_one_by_one():
    embedding = MeanEmbedding([80.0, 90.0], gaussian, 3.0)
    x = np.array([70.0, 80, 84, 95])
    expected = np.exp(-((x[:, None] - [80, 90]) ** 2) / 18).mean(axis=1)
    np.testing.assert_allclose(embedding(np.float32(x)), expected, atol=1e-4)


def test_with_the_mean_embedding_the_mmd_is_unbiased(masses, random):
    """Against the MMD of large samples; then zero on average for events of the sample's own distribution."""
    embedding = MeanEmbedding(masses, breit_wigner, WIDTHS)
    x = random.normal(85, 4, size=300)
    within = similarities(x, x)[:200, :200]
    expected = (within.sum() - np.trace(within)) / (200 * 199) + similarities(masses, masses).mean()
    expected -= 2 * similarities(x, masses).mean()
    assert float(embedding.squared_mmd(np.float32(x), pairs=200)) == pytest.approx(expected, abs=1e-4)
    samples = random.choice(masses, size=(200, 10))
    found = np.array([float(embedding.squared_mmd(np.float32(sample))) for sample in samples])
    assert abs(found.mean()) < 4 * found.std() / len(found) ** 0.5
    assert found.std() > 0.01


def test_the_mean_embedding_draws_from_both_sides(masses):
    """The slope is that of the MMD to all events, and leads to the peak."""
    embedding = MeanEmbedding(masses, breit_wigner, WIDTHS)
    x = keras.Variable([40.0, 75.03, 85.02, 130.0])
    *_, (slope,) = backend.value_and_gradients(lambda: (keras.ops.sum(embedding(x.value)), None), [x])
    x, slope = keras.ops.convert_to_numpy(x), keras.ops.convert_to_numpy(slope)
    distance = np.asarray(x, np.float64)[:, None] - masses
    expected = sum(np.mean(-2 * w**2 * distance / (distance**2 + w**2) ** 2, axis=1) for w in WIDTHS)
    np.testing.assert_allclose(slope, expected, rtol=0.03)
    assert (slope[:2] > 0).all() and (slope[2:] < 0).all()
