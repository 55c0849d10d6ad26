import numpy as np
import pytest

from zoo.errors import InputError
from zoo.metrics import prd_auc
from zoo.metrics.prd import area


def test_area_of_equal_disjoint_and_half_covered_fractions():
    p = np.full(20, 0.05)
    assert area(p, p) == pytest.approx(1, abs=1e-3)
    assert area(np.append(p, 0 * p), np.append(0 * p, p)) == 0
    # all of q is there (precision 1) but it covers half of p, and the other way round
    assert area(np.array([0.5, 0.5]), np.array([1.0, 0])) == pytest.approx(0.5, abs=1e-3)
    assert area(np.array([1.0, 0]), np.array([0.5, 0.5])) == pytest.approx(0.5, abs=1e-3)


def test_samples_of_one_parent_are_near_one_and_a_missing_mode_is_seen(random):
    x, y = (random.normal(size=(3000, 2)) for _ in range(2))
    assert prd_auc(x, y, seed=1).value > 0.95
    half = random.normal(size=(6000, 2))
    half = half[half[:, 0] > 0]
    missing = prd_auc(half, y[: len(half)], seed=1)
    assert 0.4 < missing.value < 0.65
    assert 0 < missing.uncertainty < 0.1


def test_the_unit_of_a_feature_does_not_matter(random):
    x, y = random.normal(size=(500, 2)), random.normal(size=(500, 2)) + 1
    assert prd_auc(x, y, seed=1).value == pytest.approx(prd_auc(x * [1, 1e6], y * [1, 1e6], seed=1).value, abs=0.01)


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (np.ones((5, 2)), np.ones((50, 2)), "5 and 50 events are too small, expected at least 20"),
        (np.ones((50, 3)), np.ones((50, 2)), "expected the same features"),
        (np.full((50, 2), np.nan), np.ones((50, 2)), "not finite"),
    ],
)
def test_what_cannot_be_compared_is_refused(x, y, message):
    with pytest.raises(InputError, match=message):
        prd_auc(x, y, seed=1)


def test_the_uncertainty_is_the_spread_over_samples(random):
    found = []
    for seed in range(12):
        x, y = random.normal(0.5, 1, (500, 2)), random.normal(size=(500, 2))
        found.append(prd_auc(x, y, seed=seed, clusters=10))
    spread = np.std([one.value for one in found], ddof=1)
    # twelve values know their spread to a fifth
    assert 0.5 < np.mean([one.uncertainty for one in found]) / spread < 2
