"""Four-vectors against the `vector` library's definitions and by invariants."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from zoo.observables import four_vectors as fv

momenta = arrays(np.float64, (4, 3), elements=st.floats(-1e3, 1e3))
masses = st.floats(1, 300)


def test_known_kinematics():
    p = fv.on_shell([[3.0, 4.0, 0.0], [0.0, 0.0, 0.0]], [12.0, 4.7])
    np.testing.assert_allclose(p, [[13, 3, 4, 0], [4.7, 0, 0, 0]])
    np.testing.assert_allclose(fv.mass(p), [12, 4.7])
    np.testing.assert_allclose(fv.transverse_momentum(p), [5, 0])
    eta = fv.pseudorapidity(np.array([[5.0, 3, 0, 4], [1, 0, 0, 1], [1, 0, 0, 0]]))
    assert eta[0] == pytest.approx(-np.log(np.tan(np.arccos(0.8) / 2)))
    assert eta[1] == np.inf
    assert np.isnan(eta[2])
    assert fv.cos_angle(np.array([2.0, 1, 1, 0]), np.array([1.0, 1, 0, 0])) == pytest.approx(0.5**0.5)


def test_rounding_below_the_light_cone_has_no_mass():
    assert fv.mass(np.array([1.0, 1.0 + 1e-12, 0, 0])) == 0


def test_a_boost_along_z_is_the_textbook_one():
    # beta = 0.6, gamma = 1.25: E' = gamma (E - beta pz)
    found = fv.boosted(np.array([10.0, 1, 2, 5]), np.array([5.0, 0, 0, 3]))
    np.testing.assert_allclose(found, [1.25 * (10 - 3), 1, 2, 1.25 * (5 - 6)])


@given(momenta, masses, arrays(np.float64, (4, 3), elements=st.floats(-500, 500)), masses)
def test_boosts_keep_masses_and_products_and_stop_their_own_frame(p, m, frame, m_frame):
    p, frame = fv.on_shell(p, m), fv.on_shell(frame, m_frame)
    scale = p[:, 0] * frame[:, 0] / m_frame
    rest = fv.boosted(frame, frame)
    np.testing.assert_allclose(rest[:, 0], m_frame, rtol=1e-6)
    assert np.abs(rest[:, 1:]).max() < 1e-6 * frame[:, 0].max()
    found = fv.boosted(p, frame)
    invariant = p[:, 0] * frame[:, 0] - np.sum(p[:, 1:] * frame[:, 1:], axis=1)
    np.testing.assert_allclose(found[:, 0], invariant / m_frame, rtol=1e-9)
    squares = found[:, 0] ** 2 - np.sum(found[:, 1:] ** 2, axis=1)
    assert np.abs(squares - m**2).max() < 1e-8 * (scale**2).max()


def test_the_mass_of_what_is_not_finite_is_undefined_without_a_warning():
    assert np.isnan(fv.mass(np.array([np.inf, np.inf, 0.0, 0.0])))
