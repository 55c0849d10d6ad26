import keras
import numpy as np
import pytest

from reproductions.ecal_gan import data, model, ours
from zoo.generator import read_model, save
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


@pytest.fixture
def inputs(random):
    """50 inputs of a generator with 8 numbers of noise, all of one electron."""
    z = random.normal(size=(50, 8)).astype(np.float32)
    asked = {"momentum": np.tile(np.array([3, -2, 20], np.float32), (50, 1)), "point": np.tile([[2, -1.0]], (50, 1))}
    return {"z": z, **asked}


def test_a_normalised_image_has_the_deposit_that_is_drawn(inputs):
    network = ours.generator(8, 2, normalised=True)
    beam = np.linalg.norm([3, -2, 20])
    deposit = np.array(network(inputs)["energy"]).sum(axis=(1, 2))
    np.testing.assert_allclose(deposit, 1000 * ours.RESPONSE * beam, rtol=0.1)  # before it is trained
    response = network.get_layer("response")
    response.kernel.assign(np.random.default_rng(0).normal(size=(ours.HIDDEN, 1)))
    drawn = np.array(network(inputs)["energy"]).sum(axis=(1, 2))
    assert drawn.std() > 0.01 * drawn.mean()
    network.get_layer("cells").bias.assign([1.0])  # another image: of the same deposit
    np.testing.assert_allclose(np.array(network(inputs)["energy"]).sum(axis=(1, 2)), drawn, rtol=1e-4)


def test_an_aligned_generator_moves_its_shower_with_the_track(inputs, monkeypatch):
    """Where cells know nothing but their place, moving the track by a cell moves the image by a cell."""
    monkeypatch.setattr(model, "KERNEL", 1)
    network = ours.generator(8, 2, aligned=True)
    network.get_layer("grow_2").kernel.assign(np.zeros_like(network.get_layer("grow_2").kernel))
    network.get_layer("seed").kernel.assign(np.zeros_like(network.get_layer("seed").kernel))
    for name in ("style_0", "style_1", "style_2"):
        network.get_layer(name).kernel.assign(np.zeros_like(network.get_layer(name).kernel))
    before = np.array(network(inputs)["energy"])
    assert before.std() > 0
    moved = inputs | {"point": inputs["point"] + np.array([data.CELL, -data.CELL])}
    after = np.array(network(moved)["energy"])
    np.testing.assert_allclose(after[:, 1:, :-1], before[:, :-1, 1:], rtol=1e-3, atol=1e-3)


def test_a_speckled_generator_gives_each_cell_its_own_noise(inputs, random, monkeypatch):
    monkeypatch.setattr(model, "KERNEL", 1)
    network = ours.generator(8, 2, aligned=True, speckled=True)
    own = random.normal(size=(50, data.ROWS**2)).astype(np.float32)
    before = np.array(network(inputs | {"speckles": own})["energy"])
    own[:, data.ROWS * 12 + 3] += 10
    after = np.array(network(inputs | {"speckles": own})["energy"])
    changed = np.any(np.abs(after - before) > 1e-6, axis=0)
    assert changed[12, 3]
    assert changed.sum() == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"normalised": True},
        {"aligned": True},
        {"normalised": True, "aligned": True},
        {"aligned": True, "speckled": True},
    ],
)
def test_deviating_generators_are_stored(inputs, tmp_path, changes):
    network = ours.generator(8, 2, **changes)
    if "speckled" in changes:
        inputs["speckles"] = np.full((50, data.ROWS**2), 0.5, np.float32)
    save(network, tmp_path / "generator.keras")
    found = read_model(tmp_path / "generator.keras")(inputs)["energy"]
    np.testing.assert_allclose(found, network(inputs)["energy"], rtol=1e-4, atol=1e-4)
    one = network({name: values[:1] for name, values in inputs.items()})["energy"]
    np.testing.assert_allclose(one, found[:1], rtol=1e-4, atol=1e-4)


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
    shapes = ours.shapes(*(keras.ops.convert_to_tensor(showers[name]) for name in ("energy", "momentum", "point")))
    assert set(shapes) == set(ours.SCORED)
    steep = np.hypot(*(showers["momentum"][:, :2] / showers["momentum"][:, 2:]).T) > 0.2
    for name in ("shift_along", "shift_across"):
        cells = np.array(shapes[name])[steep, 0]
        assert abs(cells.mean()) < 0.35  # of 2 cm
    deposit = np.exp(np.array(shapes["deposit"]) / 10)[:, 0] - 1
    np.testing.assert_allclose(deposit, showers["energy"].sum(axis=(1, 2)), rtol=1e-4)
    above = (showers["energy"] > 1).sum(axis=(1, 2))
    assert np.corrcoef(50 * np.array(shapes["filled"])[:, 0], above)[0, 1] > 0.98


def test_asymmetries_are_those_of_the_evaluation(showers):
    few = data.take(showers, slice(20))
    found = model.asymmetries(*(keras.ops.convert_to_tensor(few[name]) for name in ("energy", "momentum", "point")))
    seen = projected.project(few["momentum"], few["point"], data.ROWS, data.CELL, data.DEPTH)
    expected = projected.shapes(few["energy"], seen)
    np.testing.assert_allclose(found[:, 0], expected["asymmetry_long"], atol=1e-5)
    np.testing.assert_allclose(found[:, 1], expected["asymmetry_trans"], atol=1e-5)
