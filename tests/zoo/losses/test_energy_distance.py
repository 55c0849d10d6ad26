import numpy as np
import pytest
from keras import ops
from scipy import stats

from zoo.backend import value_and_gradients
from zoo.losses import energy_distance


def test_equals_scipy_in_one_dimension_but_for_the_pairs_of_an_event_with_itself(random):
    x, y = random.normal(size=40).astype(np.float32), random.normal(1.0, 2.0, size=30).astype(np.float32)
    # SciPy's is the root of it, and its averages are over all n^2 pairs.
    within = [np.abs(one[:, None] - one).mean() / (len(one) - 1) for one in (x, y)]
    expected = stats.energy_distance(x, y) ** 2 - sum(within)
    assert float(energy_distance(x[:, None], y[:, None])) == pytest.approx(expected, rel=1e-3)


def test_of_two_points_each():
    x, y = np.array([[0.0, 0.0], [0.0, 0.0]], np.float32), np.array([[3.0, 4.0], [3.0, 4.0]], np.float32)
    assert float(energy_distance(x, y)) == pytest.approx(10.0, rel=1e-4)
    # three distances of the four pairs of x and z are 0, 0, 5, 5; z's own two events are 5 apart
    z = np.array([[0.0, 0.0], [3.0, 4.0]], np.float32)
    assert float(energy_distance(x, z)) == pytest.approx(2 * 2.5 - 0 - 5, abs=1e-4)


@pytest.mark.parametrize("size", [8, 32])
def test_its_mean_is_that_of_the_distributions_and_least_at_the_right_width(random, size):
    """Against closed forms: E|u - v| of N(0, s) and N(0, t) is sqrt(2 / pi) sqrt(s^2 + t^2)."""
    batches = 4000
    noise, real = (random.normal(size=(batches, size, 1)).astype(np.float32) for _ in range(2))
    root = np.sqrt(2 / np.pi)
    found = {}
    for sigma in (0.8, 1.0, 1.25):
        values = ops.convert_to_numpy(energy_distance(np.float32(sigma) * noise, real))
        expected = root * (2 * np.hypot(sigma, 1) - np.sqrt(2) * (sigma + 1))
        assert abs(values.mean() - expected) < 4 * values.std() / np.sqrt(batches)
        found[sigma] = values
    # The slope at the true width vanishes. With an event's pairs with itself it would be 2 / sqrt(pi) / size.
    step = 0.02
    low, high = (ops.convert_to_numpy(energy_distance(np.float32(1 + s) * noise, real)) for s in (-step, step))
    slope = (high - low) / (2 * step)
    error = slope.std() / np.sqrt(batches)
    assert abs(slope.mean()) < 4 * error < 2 / np.sqrt(np.pi) / size / 2


def test_gradients_are_finite_where_events_meet_themselves(random):
    import keras

    x = keras.Variable(random.normal(size=(4, 2)).astype(np.float32))
    y = random.normal(size=(3, 2)).astype(np.float32)
    *_, (gradient,) = value_and_gradients(lambda: (energy_distance(x, y), None), [x])
    assert np.isfinite(ops.convert_to_numpy(gradient)).all()


def test_leading_axes_are_samples_of_their_own(random):
    x, y = (random.normal(size=(3, 8, 2)).astype(np.float32) for _ in range(2))
    together = np.array(energy_distance(x, y))
    assert together == pytest.approx([float(energy_distance(a, b)) for a, b in zip(x, y, strict=True)], rel=1e-4)


def test_one_event_has_no_distance_to_others_of_its_kind():
    one, two = np.zeros((1, 2), np.float32), np.zeros((2, 2), np.float32)
    with pytest.raises(ValueError, match="the sample y has one event"):
        energy_distance(two, one)
