import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import boxcox

from zoo.layers import BoxCox, InverseBoxCox

ENERGIES = np.array([0.0, 1e-3, 1.0, 20.0, 5000.0], np.float32)


@pytest.mark.parametrize("power", [0.1, 0.5, 2.0])
def test_it_is_the_transformation_of_box_and_cox(power):
    np.testing.assert_allclose(BoxCox(power)(ENERGIES), boxcox(1 + ENERGIES.astype(float), power), rtol=1e-4, atol=1e-6)


@given(st.floats(0, 5000, width=32), st.floats(0.05, 1.0))
def test_the_inverse_undoes_it(energy, power):
    found = float(InverseBoxCox(power)(BoxCox(power)(np.array([energy], np.float32)))[0])
    assert found == pytest.approx(energy, rel=1e-4, abs=1e-5)


def test_nothing_stays_nothing_and_small_energies_are_left_alone():
    energies = np.array([0.0, 1e-3], np.float32)
    for layer in (BoxCox(0.1), InverseBoxCox(0.1)):
        nothing, little = layer(energies)
        assert float(nothing) == 0.0
        assert float(little) == pytest.approx(1e-3, rel=1e-2)


def test_the_power_is_saved_with_a_model(tmp_path):
    y = keras.Input((3,))
    keras.Model(y, InverseBoxCox(0.3)(y)).save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert again.layers[-1].power == 0.3
