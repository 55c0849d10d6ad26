import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest

from zoo import noise
from zoo.errors import InputError
from zoo.production.conditions import Range, Ranges, parse


@pytest.mark.parametrize(
    ("texts", "size", "expected"),
    [
        ("5", 1, Range([5.0], [5.0], [False])),
        ("1 100", 1, Range([1.0], [100.0], [False])),
        ("log:1:100", 1, Range([1.0], [100.0], [True])),
        ("uniform:-1:1", 1, Range([-1.0], [1.0], [False])),
        ("1 2 3 4", 2, Range([1.0, 2.0], [3.0, 4.0], [False, False])),
        ("0.5 log:1:100 uniform:2:3", 3, Range([0.5, 1.0, 2.0], [0.5, 100.0, 3.0], [False, True, False])),
    ],
)
def test_ranges_are_read(texts, size, expected):
    assert parse("x", texts.split(), size) == expected


@pytest.mark.parametrize(
    ("texts", "size", "message"),
    [
        ("1 2 3", 1, r"--x has 3 values, expected 1, or 2 for a range, or 1 of log:LOW:HIGH"),
        ("log:1:2 log:1:2", 1, "--x has 2 values, expected 1"),
        ("log:1", 1, "--x is log:1, expected a number, uniform:LOW:HIGH or log:LOW:HIGH"),
        ("exp:1:2", 1, "--x is exp:1:2, expected a number, uniform"),
        ("log:0:2", 1, "--x is log:0:2, expected bounds above 0"),
        ("log:2:1", 1, "--x is the range 2.0 to 1.0, expected the lower bound first"),
        ("log:a:1", 1, "--x is a, expected numbers"),
        ("log:1:inf", 1, "--x is inf, expected finite numbers"),
    ],
)
def test_other_ranges_are_a_sentence(texts, size, message):
    with pytest.raises(InputError, match=message):
        parse("x", texts.split(), size)


def test_logarithms_are_uniform_and_the_other_column_is_what_it_would_be_alone():
    drawn = noise.between([1.0, -5.0], [100.0, 5.0], [True, False]).take(1, 0, 40 * noise.BLOCK)
    assert kstest(np.log(drawn[:, 0]), "uniform", args=(0, np.log(100))).pvalue > 1e-3
    np.testing.assert_array_equal(
        drawn[:, 1], noise.uniform([0.0, -5.0], [1.0, 5.0]).take(1, 0, 40 * noise.BLOCK)[:, 1]
    )


@given(low=st.floats(1e-6, 1e6), factor=st.floats(1, 1e6), first=st.integers(0, 10**12))
def test_logarithmic_conditions_stay_in_their_range_and_belong_to_events(low, factor, first):
    ranges = Ranges(7, {"x": Range([low], [low * factor], [True])})
    drawn = ranges(first, 10)["x"]
    assert drawn.shape == (10, 1)
    assert np.float32(low) <= drawn.min() <= drawn.max() <= np.float32(low * factor)
    np.testing.assert_array_equal(ranges(first + 4, 3)["x"], drawn[4:7])


def test_no_conditions_are_no_columns():
    assert Ranges(1, {})(0, 5) == {}
