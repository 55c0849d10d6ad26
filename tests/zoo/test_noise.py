import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest

from zoo import noise

EVENTS = 3 * noise.BLOCK + 10


@given(
    cuts=st.lists(st.integers(1, EVENTS - 1), max_size=5, unique=True),
    order=st.randoms(use_true_random=False),
    seed=st.integers(0, 2**70),
)
def test_rows_belong_to_events_however_a_sample_is_cut(cuts, order, seed):
    whole = noise.normal(3).take(seed, 0, EVENTS)
    edges = [0, *sorted(cuts), EVENTS]
    pieces = list(zip(edges, edges[1:], strict=False))
    order.shuffle(pieces)
    rows = noise.normal(3)
    for start, stop in pieces:
        np.testing.assert_array_equal(rows.take(seed, start, stop - start), whole[start:stop])


def test_single_events_are_those_of_the_whole():
    rows = noise.uniform([0], [1])
    whole = noise.uniform([0], [1]).take(7, 0, EVENTS)
    np.testing.assert_array_equal(np.concatenate([rows.take(7, i, 1) for i in range(EVENTS)]), whole)


def test_noise_is_standard_normal_and_conditions_uniform():
    normal = noise.normal(2).take(1, 0, 40 * noise.BLOCK)
    assert kstest(normal.ravel(), "norm").pvalue > 1e-3
    uniform = noise.uniform([1.0, -5.0], [3.0, 5.0]).take(1, 0, 40 * noise.BLOCK)
    for column, low, width in zip(uniform.T, (1, -5), (2, 10), strict=True):
        assert kstest(column, "uniform", args=(low, width)).pvalue > 1e-3
    assert normal.dtype == uniform.dtype == np.float32


@pytest.mark.parametrize("other", [{"seed": 2}, {"first": noise.BLOCK}, {"first": 1}])
def test_other_events_and_other_seeds_are_independent(other):
    rows = noise.normal(1)
    here, there = rows.take(1, 0, 200)[:, 0], rows.take(**{"seed": 1, "first": 0, "n": 200} | other)[:, 0]
    assert abs(np.corrcoef(here, there)[0, 1]) < 4 / 200**0.5


def test_noise_and_conditions_of_an_event_have_streams_of_their_own():
    drawn = []
    for rows in (noise.normal(1), noise.uniform([0], [1])):
        rows.draw = lambda random, n: drawn.append(random.integers(2**63, size=n)) or drawn[-1]
        rows.take(1, 0, 5)
    assert not np.isin(*drawn).any()
