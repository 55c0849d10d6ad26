import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoo.observables import projected

ROWS, CELL, DEPTH = 6, 10.0, 100.0


def project(momentum, point=(0.0, 0.0), ops=np):
    one = (np.array([values], np.float32) for values in (momentum, point))
    return projected.project(*(ops.convert_to_tensor(x) if ops is not np else x for x in one), ROWS, CELL, DEPTH, ops)


def image(*cells):
    energy = np.zeros((1, ROWS, ROWS), np.float32)
    for i, j, value in cells:
        energy[0, i, j] = value
    return energy


def test_along_and_across_of_a_track_in_x():
    seen = project((0.2, 0, 1))  # at depth 100 the track is at x = 20
    np.testing.assert_allclose(seen.along[0, :, 0], [-45, -35, -25, -15, -5, 5], atol=1e-5)
    np.testing.assert_allclose(seen.across[0, 0], [-25, -15, -5, 5, 15, 25], atol=1e-5)


def test_along_and_across_of_a_diagonal_track():
    seen = project((-0.1, 0.1, 1), point=(3.0, 1.0))  # at (-7, 11); the cell (2, 4) has its centre at (-5, 15)
    u = np.array([-1, 1]) / np.sqrt(2)
    assert seen.along[0, 2, 4] == pytest.approx(np.dot([2, 4], u), abs=1e-5)
    assert seen.across[0, 2, 4] == pytest.approx(u[0] * 4 - u[1] * 2, abs=1e-5)
    assert seen.x[0, 2, 0] == pytest.approx(2, abs=1e-5)


def test_straight_on_along_is_x():
    seen = project((0, 0, 1))
    np.testing.assert_allclose(seen.along[0, :, 0], [-25, -15, -5, 5, 15, 25], atol=1e-5)


def test_shapes_by_hand():
    seen = project((0.2, 0, 1))
    found = projected.shapes(image((3, 2, 3.0), (5, 2, 1.0)), seen)  # at (along, across) = (-15, -5) and (5, -5)
    assert found["asymmetry_long"][0] == pytest.approx((1 - 3) / 4)
    assert found["asymmetry_trans"][0] == pytest.approx(-1)
    assert found["delta_x"][0] == pytest.approx((3 * -15 + 5) / 4)
    assert found["width_long"][0] == pytest.approx(np.sqrt(3 / 16) * 20)
    assert found["width_trans"][0] == pytest.approx(0, abs=1e-5)


def test_an_empty_shower_has_no_shapes():
    assert all(np.isnan(values[0]) for values in projected.shapes(image(), project((0.2, 0, 1))).values())


@given(st.floats(-0.6, 0.6), st.floats(-0.6, 0.6), st.integers(0, 2**31))
def test_a_mirror_turns_transverse_shapes_round_and_leaves_the_others(x, y, seed):
    energy = np.random.default_rng(seed).exponential(size=(1, ROWS, ROWS)).astype(np.float32)
    one = projected.shapes(energy, project((x, y, 1)))
    other = projected.shapes(energy[:, :, ::-1], project((x, -y, 1)))
    for name in ("width_trans", "width_long", "delta_x"):
        assert one[name] == pytest.approx(other[name], abs=1e-3)
    # Cells whose centres lie on the line to rounding may change sides.
    if np.abs(project((x, y, 1)).along).min() > 1e-3 and np.abs(project((x, y, 1)).across).min() > 1e-3:
        assert one["asymmetry_long"] == pytest.approx(other["asymmetry_long"], abs=1e-6)
        assert one["asymmetry_trans"] == pytest.approx(-other["asymmetry_trans"], abs=1e-6)


def test_training_sees_what_is_evaluated(random):
    energy = random.exponential(size=(1, ROWS, ROWS)).astype(np.float32)
    tensor = keras.ops.convert_to_tensor(energy)
    seen, trained = project((0.3, -0.2, 1)), project((0.3, -0.2, 1), ops=keras.ops)
    found = projected.asymmetries(tensor, trained, keras.ops)
    expected = projected.shapes(energy, seen)
    assert [float(x) for x in found[0]] == pytest.approx(
        [expected["asymmetry_long"][0], expected["asymmetry_trans"][0]], abs=1e-6
    )
    assert float(projected.width(tensor, trained.along, keras.ops)[0]) == pytest.approx(
        expected["width_long"][0], rel=1e-5
    )


def test_occupancy_counts_cells_above_the_threshold():
    found = projected.occupancy(image((0, 0, 1.0), (1, 1, 2.0), (2, 2, 2.0)), np.array([0.0, 1.0, 1.5, 2.0]))
    np.testing.assert_allclose(found, np.array([[3, 2, 2, 0]]) / 36)
