import math

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoo.errors import InputError
from zoo.metrics import hellinger, hellinger_floor, triangular_discrimination, triangular_floor

PARENT = np.array([0.02, 0.08, 0.2, 0.3, 0.2, 0.15, 0.05])
OTHER = np.array([0.05, 0.1, 0.25, 0.25, 0.15, 0.1, 0.1])


def test_known_values():
    assert triangular_discrimination([1, 2, 3], [2, 4, 6]).value == 0
    assert triangular_discrimination([5, 0, 0], [0, 2, 9]).value == 1
    # fractions 3/4, 1/4 and 1/4, 3/4: 1/2 * 2 * (1/2)^2 / 1
    assert triangular_discrimination([3, 1], [1, 3]).value == 0.25


def test_empty_histograms():
    assert triangular_discrimination([0, 0], [1, 3]) == (1.0, 0.0)
    assert math.isnan(triangular_discrimination([0, 0], [0, 0]).value)
    assert math.isnan(triangular_floor([0, 0], [1, 3]))


def test_unknown_bins_are_left_out_of_both():
    known = triangular_discrimination([3, 1], [1, 3])
    assert triangular_discrimination([3, np.nan, 1, 50], [1, 8, 3, np.nan]) == known
    assert triangular_floor([3, np.nan, 1], [1, 8, 3]) == triangular_floor([3, 1], [1, 3])


counts = hnp.arrays(np.int64, 8, elements=st.integers(0, 1000)).filter(np.any)


@given(counts, counts)
def test_it_is_symmetric_and_between_0_and_1(p, q):
    distance = triangular_discrimination(p, q)
    assert -1e-12 <= distance.value <= 1 + 1e-12
    assert distance == pytest.approx(triangular_discrimination(q, p))


@given(counts, counts, st.floats(0.1, 10))
def test_only_the_uncertainty_depends_on_the_numbers_of_events(p, q, factor):
    assert triangular_discrimination(factor * p, q).value == pytest.approx(triangular_discrimination(p, q).value)


@pytest.mark.parametrize(("n", "m"), [(400, 2000), (5000, 5000)])
def test_floor_and_uncertainty_for_equal_parents(n, m):
    rng = np.random.default_rng(1)
    toys = [
        (triangular_discrimination(p, q), triangular_floor(p, q))
        for p, q in zip(rng.multinomial(n, PARENT, 2000), rng.multinomial(m, PARENT, 2000), strict=True)
    ]
    values = np.array([distance.value for distance, _ in toys])
    assert np.mean([floor for _, floor in toys]) == pytest.approx(values.mean(), rel=0.08)
    assert np.median([distance.uncertainty for distance, _ in toys]) == pytest.approx(values.std(), rel=0.1)


def test_uncertainty_for_different_parents():
    rng = np.random.default_rng(2)
    toys = [
        triangular_discrimination(p, q)
        for p, q in zip(rng.multinomial(3000, PARENT, 2000), rng.multinomial(1000, OTHER, 2000), strict=True)
    ]
    spread = np.std([toy.value for toy in toys])
    assert np.mean([toy.uncertainty for toy in toys]) == pytest.approx(spread, rel=0.05)


def test_reading_errors_add_to_the_uncertainty():
    p, q = 1e6 * PARENT, 1e6 * OTHER
    sigma = 0.02 * p
    rng = np.random.default_rng(3)
    values = [triangular_discrimination(rng.normal(p, sigma), q, sigma, np.zeros(7)).value for _ in range(2000)]
    assert triangular_discrimination(p, q, sigma, np.zeros(7)).uncertainty == pytest.approx(np.std(values), rel=0.06)
    assert triangular_discrimination(p, q, sigma).uncertainty > 3 * triangular_discrimination(p, q).uncertainty


def test_floor_by_hand():
    assert triangular_floor([4, 6, 0, 0], [2, 2, 1, 0]) == pytest.approx((3 - 1) / 4 * (1 / 10 + 1 / 5))


def test_bad_input():
    with pytest.raises(InputError, match=r"\(2,\) and \(3,\)"):
        triangular_discrimination([1, 2], [1, 2, 3])
    with pytest.raises(InputError, match="below zero"):
        triangular_discrimination([1, -2], [1, 2])


def test_hellinger_distances_by_hand():
    assert hellinger([1, 2, 3], [2, 4, 6]).value == pytest.approx(0, abs=1e-9)
    assert hellinger([5, 0, 0], [0, 2, 9]).value == 1
    # 1 - sum sqrt(p q) with fractions 1/2, 1/2 and 1/4, 3/4
    assert hellinger([1, 1], [1, 3]).value == pytest.approx(math.sqrt(1 - math.sqrt(1 / 8) - math.sqrt(3 / 8)))
    assert hellinger([0, 0], [1, 3]) == (1.0, 0.0)
    assert math.isnan(hellinger([0, 0], [0, 0]).value)
    assert math.isnan(hellinger_floor([0, 0], [1, 3]))
    assert hellinger([3, 0], [7, 0]) == (0.0, 0.0)
    assert hellinger_floor([4, 6, 0, 0], [2, 2, 1, 0]) == pytest.approx(math.sqrt((3 - 1) / 8 * (1 / 10 + 1 / 5)))


@given(counts, counts)
def test_hellinger_is_symmetric_and_bounded_by_the_triangular_discrimination(p, q):
    """H^2 <= total variation <= sqrt(2) H, and the triangular discrimination lies between H^2 and 2 H^2."""
    distance = hellinger(p, q)
    assert distance == pytest.approx(hellinger(q, p))
    squared, triangular = distance.value**2, triangular_discrimination(p, q).value
    assert squared - 1e-9 <= triangular <= 2 * squared + 1e-9
    assert distance.uncertainty >= 0


@pytest.mark.parametrize(("n", "m"), [(400, 2000), (5000, 5000)])
def test_floor_and_uncertainty_of_hellinger_for_equal_parents(n, m):
    rng = np.random.default_rng(1)
    parent = np.full(30, 1 / 30)
    toys = [
        (hellinger(p, q), hellinger_floor(p, q))
        for p, q in zip(rng.multinomial(n, parent, 1000), rng.multinomial(m, parent, 1000), strict=True)
    ]
    values = np.array([distance.value for distance, _ in toys])
    assert np.mean([floor for _, floor in toys]) == pytest.approx(values.mean(), rel=0.06)
    assert np.median([distance.uncertainty for distance, _ in toys]) == pytest.approx(values.std(), rel=0.15)


def test_uncertainty_of_hellinger_for_different_parents():
    rng = np.random.default_rng(2)
    toys = [
        hellinger(p, q)
        for p, q in zip(rng.multinomial(3000, PARENT, 2000), rng.multinomial(1000, OTHER, 2000), strict=True)
    ]
    spread = np.std([toy.value for toy in toys])
    assert np.mean([toy.uncertainty for toy in toys]) == pytest.approx(spread, rel=0.08)
