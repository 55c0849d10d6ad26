import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoo.layers import ConditionalQuantiles, NormalScores, around

SCORES = np.linspace(-2, 2, 5)
CONDITIONS = np.array([10.0, 20.0, 40.0])
# (3 conditions, 2 dimensions, 5 scores), increasing
TABLE = np.cumsum(np.random.default_rng(1).uniform(0.1, 2, (3, 2, 5)), axis=2)


@pytest.fixture(scope="module")
def layer():
    layer = ConditionalQuantiles(3, 2, scores=5, limit=2.0)
    layer.build([(None, 2), (None, 1)])
    layer.set_weights([CONDITIONS, TABLE])
    return layer


def expected(g, condition):
    """By scipy, with linear extrapolation."""
    from scipy.interpolate import RegularGridInterpolator

    grids = [
        RegularGridInterpolator((CONDITIONS, SCORES), TABLE[:, d], bounds_error=False, fill_value=None)
        for d in range(2)
    ]
    return np.stack([grid(np.column_stack([condition, g[:, d]])) for d, grid in enumerate(grids)], axis=1)


def test_it_interpolates_and_extrapolates_linearly(layer, random):
    g, condition = random.uniform(-3, 3, (500, 2)), random.uniform(5, 50, 500)
    found = layer([g.astype(np.float32), condition[:, None].astype(np.float32)])
    np.testing.assert_allclose(found, expected(g, condition), rtol=1e-4, atol=1e-4)


def test_knots_are_the_table(layer):
    for condition, table in zip(CONDITIONS, TABLE, strict=True):
        found = layer([np.stack([SCORES, SCORES], 1).astype(np.float32), np.full((5, 1), condition, np.float32)])
        np.testing.assert_allclose(found, table.T, rtol=1e-5)


@given(st.floats(-5, 5, width=32), st.floats(0.0625, 1, width=32), st.sampled_from(CONDITIONS.tolist()))
def test_it_increases(layer, g, step, condition):
    pair = np.array([[g, g], [g + step, g + step]], np.float32)
    low, high = np.array(layer([pair, np.full((2, 1), condition, np.float32)]))
    assert (high > low).all()


def test_two_conditions_are_enough():
    layer = ConditionalQuantiles(2, 1, scores=2, limit=1.0)
    layer.build([(None, 1), (None, 1)])
    layer.set_weights([np.array([0.0, 1.0]), np.array([[[0.0, 2.0]], [[4.0, 6.0]]])])
    found = layer([np.array([[-1.0], [0.0], [1.0]], np.float32), np.array([[0.0], [0.5], [2.0]], np.float32)])
    np.testing.assert_allclose(found, [[0.0], [3.0], [10.0]])


def test_it_is_saved_with_its_table_and_never_trained(layer, tmp_path):
    g, condition = keras.Input((2,), name="g"), keras.Input((1,), name="condition")
    model = keras.Model([g, condition], layer([g, condition]))
    assert model.trainable_variables == []
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras", compile=False, safe_mode=True)
    inputs = [np.ones((3, 2), np.float32), np.full((3, 1), 15, np.float32)]
    np.testing.assert_array_equal(again(inputs), model(inputs))


def test_normal_scores_are_those_of_the_table_and_stay_at_its_ends(random):
    table = np.cumsum(random.uniform(0.1, 2, (2, 5)), axis=1)
    layer = NormalScores(2, scores=5, limit=2.0)
    layer.build((None, 2))
    layer.set_weights([table])
    x = random.uniform(table.min() - 1, table.max() + 1, (500, 2)).astype(np.float32)
    expected = np.column_stack([np.interp(x[:, d], table[d], SCORES) for d in range(2)])
    np.testing.assert_allclose(layer(x), expected, atol=1e-5)
    assert {-2.0, 2.0} <= set(np.array(layer(x)).ravel().tolist())


def test_normal_scores_of_normal_quantiles_change_nothing():
    layer = NormalScores(1, scores=9, limit=2.0)
    layer.build((None, 1))
    layer.set_weights([np.linspace(-2, 2, 9)[None]])
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert again.get_config() == layer.get_config()
    x = np.linspace(-2, 2, 50, dtype=np.float32)[:, None]
    np.testing.assert_allclose(layer(x), x, atol=1e-6)


KNOTS = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])


def test_around_a_knot_are_the_conditions_that_are_nearest_to_it(random):
    conditions = np.sort(random.uniform(-2.5, 2.5, 2000))
    nearest = np.abs(conditions[:, None] - KNOTS).argmin(axis=1)
    for k, rows in enumerate(around(KNOTS, conditions, 100)):
        np.testing.assert_array_equal(np.arange(2000)[rows], np.flatnonzero(nearest == k))


def test_around_a_knot_with_few_conditions_are_their_neighbours_too(random):
    conditions = np.sort(random.normal(0, 0.4, 2000))
    nearest = np.abs(conditions[:, None] - KNOTS).argmin(axis=1)
    for k, rows in enumerate(around(KNOTS, conditions, 100)):
        own, found = np.flatnonzero(nearest == k), np.arange(2000)[rows]
        assert set(own) <= set(found)
        assert len(found) in ((99, 100) if len(own) < 100 else (len(own),))
    first, last = (around(KNOTS, conditions, 100)[k] for k in (0, -1))
    assert (first.start, last.stop) == (0, 2000)


@given(st.lists(st.floats(-4, 4), min_size=1, max_size=40), st.integers(1, 50))
def test_around_a_knot_are_all_conditions_at_most(values, least):
    for rows in around(KNOTS, np.sort(values), least):
        assert 0 <= rows.start <= rows.stop <= len(values)
        assert rows.stop - rows.start >= min(least, len(values)) - 1
