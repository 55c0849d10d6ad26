import keras
import numpy as np

from zoo.layers import OnShell
from zoo.observables import four_vectors


def test_energies_follow_from_masses_and_momenta_stay(random):
    momenta = random.normal(scale=200, size=(7, 3, 3)).astype(np.float32)
    masses = [4.7, 0.0, 173.0]
    found = np.array(OnShell(masses)(momenta))
    np.testing.assert_array_equal(found[..., 1:], momenta)
    np.testing.assert_allclose(found, four_vectors.on_shell(momenta, masses), rtol=1e-6)


def test_survives_saving(tmp_path):
    inputs = keras.Input((2, 3))
    model = keras.Model(inputs, OnShell([1.0, 2.0])(inputs))
    assert model.output.shape == (None, 2, 4)
    model.save(tmp_path / "model.keras")
    np.testing.assert_allclose(keras.saving.load_model(tmp_path / "model.keras")(np.zeros((1, 2, 3)))[0, :, 0], [1, 2])
