import keras
import numpy as np
import pytest

from reproductions.top_pair_gan import model
from reproductions.top_pair_gan.constants import MASSES
from zoo.generator import dequantise, quantise
from zoo.observables import four_vectors


def test_parameters_are_those_of_the_paper():
    assert model.generator().count_params() == 2_382_866
    assert model.discriminator().count_params() == 2_377_217


@pytest.mark.parametrize("form", [{}, {"mapping": True}, {"pseudorapidities": True}])
def test_generated_partons_are_on_shell(form, random):
    generator = model.generator(units=8, depth=2, **form)
    (size,) = generator.input["z"].shape[1:]
    p4 = keras.ops.convert_to_numpy(generator({"z": random.normal(size=(50, size))})["p4"])
    assert p4.shape == (50, 6, 4)
    np.testing.assert_allclose(p4[..., 0], four_vectors.on_shell(p4[..., 1:], MASSES)[..., 0], rtol=1e-6)
    assert np.ptp(p4[..., 1:]) > 1


def test_momenta_are_in_units_of_450_gev():
    generator = model.generator(units=8, depth=1)
    layer = generator.get_layer("momenta")
    layer.set_weights([np.zeros((8, 18)), np.arange(18.0)])
    p4 = keras.ops.convert_to_numpy(generator({"z": np.zeros((1, 18))})["p4"])
    np.testing.assert_allclose(p4[0, :, 1:], 450 * np.arange(18.0).reshape(6, 3))
    np.testing.assert_allclose(keras.ops.convert_to_numpy(model.features(p4))[0, 1:4], [0, 1, 2])


def test_a_boost_along_the_beam_is_a_sum_in_pseudorapidities(random):
    """px and py in 150 GeV, and eta: what the network gives and the discriminator sees; masses do not change."""
    generator = model.generator(units=8, depth=1, pseudorapidities=True)
    given = random.normal(size=(6, 3))

    def event(eta):
        generator.get_layer("momenta").set_weights([np.zeros((8, 18)), (given + [0, 0, eta]).ravel()])
        return keras.ops.convert_to_numpy(generator({"z": np.zeros((1, 18))})["p4"])

    there, boosted = event(0.0), event(2.0)
    seen = keras.ops.convert_to_numpy(model.features(there, scale=150.0, pseudorapidities=True)).reshape(6, 4)
    np.testing.assert_allclose(seen[:, 1:], given, rtol=1e-4)
    np.testing.assert_allclose(seen[:, 0], there[0, :, 0] / 150, rtol=1e-5)
    light = [1, 2, 4, 5]
    masses = [four_vectors.mass(p4[0, light].astype(np.float64).sum(axis=0)) for p4 in (there, boosted)]
    np.testing.assert_allclose(*masses, rtol=1e-4)


def test_with_the_mapping_an_untrained_network_shifts_phase_space_a_little(random):
    generator = model.generator(units=8, depth=1, mapping=True)
    layer = generator.get_layer("shift")
    layer.set_weights([0 * weight for weight in layer.get_weights()])
    z = random.normal(size=(20, 21)).astype(np.float32)
    p4 = keras.ops.convert_to_numpy(generator({"z": z})["p4"])
    found = keras.ops.convert_to_numpy(model.features(p4, mapping=True))
    np.testing.assert_allclose(found[:, 4:6], z[:, 4:6], atol=0.01)


@pytest.mark.parametrize(("mapping", "seen"), [(False, 24 + 10), (True, 21 + 10)])
def test_the_discriminator_may_see_correlations(mapping, seen, random):
    p4 = four_vectors.on_shell(random.normal(size=(3, 6, 3)), MASSES).astype(np.float32)
    found = model.features(p4, mapping, correlations=True)
    assert found.shape == (3, seen)
    assert model.discriminator(8, 1, mapping, correlations=True)(found).shape == (3, 1)


@pytest.mark.parametrize("mapping", [False, True])
def test_both_forms_survive_quantisation_and_saving(mapping, tmp_path, random):
    generator = model.generator(units=8, depth=2, mapping=mapping)
    quantise(generator).save(tmp_path / "generator.keras")
    again = dequantise(keras.saving.load_model(tmp_path / "generator.keras"))
    z = {"z": random.normal(size=(5, generator.input["z"].shape[1])).astype(np.float32)}
    np.testing.assert_allclose(again(z)["p4"], generator(z)["p4"], rtol=1e-5)
