import numpy as np
import pytest
from scipy import stats

from zoo.losses import energy_distance


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
