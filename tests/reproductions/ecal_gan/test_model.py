import keras
import numpy as np
import pytest

from reproductions.ecal_gan import data, model
from zoo.observables import projected


def test_sizes_are_the_papers():
    network = model.generator()
    assert network.count_params() == 2_509_313
    shapes = [layer.output.shape[1:] for layer in network.layers]
    order = [shapes.index(shape) for shape in ((4, 4, 256), (8, 8, 128), (16, 16, 64), (32, 32, 32), (30, 30, 1))]
    assert order == sorted(order)
    assert network.input["z"].shape == (None, 512)
    critic = model.critic()
    shapes = [layer.output.shape[1:] for layer in critic.layers]
    order = [shapes.index(shape) for shape in ((32, 32, 32), (16, 16, 64), (8, 8, 128), (4, 4, 256))]
    assert order == sorted(order)
    assert critic.count_params() == 1_438_209


def test_the_critic_and_the_regressor_have_one_architecture():
    regressor = model.regressor()
    for layer in model.critic().layers:
        if layer.name.startswith(("image_", "shrink_")):
            assert layer.count_params() == regressor.get_layer(layer.name).count_params()
    assert regressor.output.shape == (None, 5)
    assert set(model.critic(7).input) == {"image", "conditions", "extras"}


def test_energies_are_in_mev_and_never_negative(random):
    network = model.generator(8, 2)
    inputs = {"z": random.normal(size=(50, 8)), "momentum": random.normal(size=(50, 3)) + [0, 0, 20]}
    inputs |= {"point": random.uniform(-5, 5, (50, 2))}
    cells = network.get_layer("cells")
    for scale in (1, 30):
        cells.kernel.assign(scale * np.array(cells.kernel))
        energy = np.array(network({name: values.astype(np.float32) for name, values in inputs.items()})["energy"])
        assert energy.shape == (50, 30, 30)
        assert energy.min() >= 0
    assert energy.min() == 0
    assert energy.max() > 1


def test_the_first_images_are_not_black(random):
    """Where a ReLU gives 0 everywhere nothing would be learnt."""
    network = model.generator(8, 2)
    z = random.normal(size=(20, 8)).astype(np.float32)
    asked = {"momentum": np.tile([[0, 0, 10.0]], (20, 1)), "point": np.zeros((20, 2))}
    assert np.mean(np.array(network({"z": z, **asked})["energy"]) > 0) > 0.5


def test_kinematics_of_the_beam_are_standardised(showers):
    found = np.array(model.kinematics(*(keras.ops.convert_to_tensor(x) for x in data.conditions(showers).values())))
    assert np.abs(found.mean(axis=0)).max() < 0.3
    assert found.std(axis=0) == pytest.approx(np.ones(5), abs=0.3)


def test_showers_have_their_centres_at_the_depth(showers):
    """`DEPTH` is that of the projected track: shifts along and across it are 0 on average."""
    shapes = model.shapes(*(keras.ops.convert_to_tensor(showers[name]) for name in ("energy", "momentum", "point")))
    assert set(shapes) == set(model.SCORED)
    steep = np.hypot(*(showers["momentum"][:, :2] / showers["momentum"][:, 2:]).T) > 0.2
    for name in ("shift_along", "shift_across"):
        cells = np.array(shapes[name])[steep, 0]
        assert abs(cells.mean()) < 0.35  # of 2 cm
    deposit = np.exp(np.array(shapes["deposit"]) / 10)[:, 0] - 1
    np.testing.assert_allclose(deposit, showers["energy"].sum(axis=(1, 2)), rtol=1e-4)


def test_asymmetries_are_those_of_the_evaluation(showers):
    few = data.take(showers, slice(20))
    found = model.asymmetries(*(keras.ops.convert_to_tensor(few[name]) for name in ("energy", "momentum", "point")))
    seen = projected.project(few["momentum"], few["point"], data.ROWS, data.CELL, data.DEPTH)
    expected = projected.shapes(few["energy"], seen)
    np.testing.assert_allclose(found[:, 0], expected["asymmetry_long"], atol=1e-5)
    np.testing.assert_allclose(found[:, 1], expected["asymmetry_trans"], atol=1e-5)
