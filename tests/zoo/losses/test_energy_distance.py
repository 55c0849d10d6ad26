import numpy as np
import pytest
from scipy import stats

from zoo.losses import energy_distance, energy_score


def test_equals_scipy_in_one_dimension(random):
    x, y = random.normal(size=40).astype(np.float32), random.normal(1.0, 2.0, size=30).astype(np.float32)
    # SciPy's is the root of it.
    expected = stats.energy_distance(x, y) ** 2
    assert float(energy_distance(x[:, None], y[:, None])) == pytest.approx(expected, rel=1e-2)


def test_of_two_points_and_of_a_sample_with_itself():
    x, y = np.array([[0.0, 0.0]], np.float32), np.array([[3.0, 4.0]], np.float32)
    assert float(energy_distance(x, y)) == pytest.approx(10.0, rel=1e-3)
    assert float(energy_distance(x, x)) == pytest.approx(0.0, abs=1e-6)


def test_leading_axes_are_samples_of_their_own(random):
    x, y = (random.normal(size=(3, 8, 2)).astype(np.float32) for _ in range(2))
    together = np.array(energy_distance(x, y))
    assert together == pytest.approx([float(energy_distance(a, b)) for a, b in zip(x, y, strict=True)], rel=1e-5)


def test_the_energy_score_of_single_events():
    origin, x, y = (np.array([event], np.float32) for event in ([0.0, 0.0], [3.0, 4.0], [0.0, 8.0]))
    assert float(energy_score(origin, x, y)) == pytest.approx((8 + 5 - 5) / 2, rel=1e-3)
    assert float(energy_score(x, x, x)) == pytest.approx(0.5e-3, rel=1e-2)  # the rounding of the root at 0


def test_the_energy_score_is_best_for_the_true_distribution_under_each_condition(random):
    """Observed: normal about c with width 1. Too narrow, too wide, or blind to c, the score is worse."""
    c = random.normal(size=(20_000, 1)) * 3
    observed = (c + random.normal(size=c.shape)).astype(np.float32)

    def score(centre, width):
        drawn = [(centre + width * random.normal(size=c.shape)).astype(np.float32) for _ in range(2)]
        return float(energy_score(*drawn, observed))

    truth = score(c, 1)
    assert truth == pytest.approx(1 / np.sqrt(np.pi), rel=0.03)  # the CRPS of a normal distribution
    blind = random.permutation(c)
    assert truth < min(score(c, 0.4), score(c, 2), score(c + 0.7, 1), score(blind, 1)) - 0.03
