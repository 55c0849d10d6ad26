import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoo.data.splits import split
from zoo.errors import InputError


@given(st.integers(20, 5000), st.integers(0, 2**32))
def test_parts_are_disjoint_complete_and_of_the_right_size(n, seed):
    parts = split(n, (0.8, 0.1, 0.1), seed)
    assert sorted(np.concatenate(parts)) == list(range(n))
    for part, fraction in zip(parts, (0.8, 0.1, 0.1), strict=True):
        assert abs(len(part) - fraction * n) <= 1


def test_the_seed_decides():
    first, again, other = (split(1000, (0.5, 0.5), seed)[0] for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert len(np.intersect1d(first, other)) == pytest.approx(250, abs=60)


def test_too_few_events_and_wrong_fractions_are_refused():
    with pytest.raises(InputError, match="4 events are too few"):
        split(4, (0.8, 0.1, 0.1), 0)
    for fractions in ((0.5, 0.4), (1.2, -0.2)):
        with pytest.raises(ValueError, match="add up to 1"):
            split(100, fractions, 0)
