"""How many cells are filled is drawn before the images, which fill as many."""

import dataclasses

import numpy as np
import pytest

from reproductions.calogan import data, energies, occupancies, ours, train
from reproductions.calogan.config import Config
from zoo.training import runs

FORM = {"folded": True, "normalised": True, "occupied": True, "lambda_score": 1.0, "adversary": False}
SMALL = Config(
    particle=("piplus",), events=40, epochs=1, batch_size=8, iterations_per_epoch=2, latent_size=4, jit=False, **FORM
)


@pytest.fixture
def asked(random):
    """Energies of 200 beams and of their layers, GeV, some of which have nothing."""
    energy = random.uniform(1, 100, (200, 1)).astype(np.float32)
    layers = energy * random.uniform(0.01, 0.3, (200, 3)).astype(np.float32)
    return energy, np.where(random.random((200, 3)) < 0.2, 0, layers).astype(np.float32)


def test_numbers_are_whole_and_none_where_there_is_no_energy(random, asked):
    energy, layers = asked
    network = occupancies.network()
    numbers = random.uniform(-10, 400, (200, 3))
    energies.set_tables(network.get_layer("occupancy_quantiles"), energy[:, 0], numbers)
    noise = random.normal(size=(200, occupancies.NOISE)).astype(np.float32)
    found = np.array(network({"occupancy_noise": noise, "energy": energy, "energies": layers}))
    np.testing.assert_array_equal(found, np.round(found))
    np.testing.assert_array_equal(found > 0, layers > 0)
    assert np.all(found <= occupancies.CELLS)
    assert len(np.unique(found)) > 50


@pytest.mark.parametrize("sharpened", [False, True])
def test_as_many_cells_are_filled_as_asked_for(random, asked, sharpened):
    energy, layers = asked
    network = ours.folded(4, energies="given", occupied=True, squared=True, sharpened=sharpened)
    most = occupancies.CELLS * (layers > 0)
    filled = np.floor(random.random((200, 3)) * (most + 1)).astype(np.float32)
    filled[:2] = most[:2]  # all cells
    inputs = {"z": random.normal(size=(200, 4)).astype(np.float32), "energy": energy, "energies": layers}
    showers = {name: np.array(image) for name, image in network({**inputs, "filled": filled}).items()}
    np.testing.assert_array_equal(occupancies.filled(showers), filled)
    total = np.stack([showers[name].sum(axis=(1, 2)) for name in data.SHAPES], axis=1) / 1000
    np.testing.assert_allclose(total, np.where(filled > 0, layers, 0), rtol=1e-4, atol=1e-6)


def test_a_sharpened_image_has_the_same_brightest_cells_and_powers_of_their_ratios(random):
    plain, sharp = (ours.folded(4, energies="given", occupied=True, sharpened=power) for power in (False, True))
    runs.transfer(sharp, plain)
    sharp.get_layer("powers").bias.assign(np.log([1, 2, 3]))
    layers, filled = np.full((5, 3), 10.0), np.tile(occupancies.CELLS, (5, 1))
    inputs = {"z": random.normal(size=(5, 4)), "energy": np.full((5, 1), 50.0), "energies": layers, "filled": filled}
    inputs = {name: values.astype(np.float32) for name, values in inputs.items()}
    before, after = (
        {name: np.array(image).reshape(5, -1) for name, image in network(inputs).items()} for network in (plain, sharp)
    )
    for power, name in enumerate(data.SHAPES, start=1):
        assert after[name].std() > 0
        ratios = (before[name] / before[name].max(axis=1, keepdims=True)) ** power
        np.testing.assert_allclose(after[name] / after[name].max(axis=1, keepdims=True), ratios, rtol=1e-3, atol=1e-6)


def test_a_leak_leaves_empty_cells_below_nothing_and_the_brightest_the_same(random):
    images = random.random((5, 3, 4)).astype(np.float32)
    filled = np.array([[0], [1], [5], [11], [12]], np.float32)
    found = np.array(ours._brightest(images, filled))
    np.testing.assert_array_equal(found[found > 0], images[found > 0])
    np.testing.assert_array_equal(np.sum(found > 0, axis=(1, 2)), filled[:, 0])
    for image, kept in zip(images, found, strict=True):
        assert not (kept > 0).all() or kept.min() > 0
        assert image[kept > 0].min(initial=2) > image[kept <= 0].max(initial=0)


def test_a_run_draws_them_by_a_network_that_is_released_with_the_images(tmp_path, monkeypatch):
    monkeypatch.setattr(energies, "UPDATES", 3)
    config = dataclasses.replace(SMALL, out=tmp_path / "run")
    generator = train.train(config)
    own = train.read_model(config.folder / occupancies.FILE)
    released = occupancies.network()
    runs.transfer(generator.model, released)
    for expected, found in zip(own.get_weights(), released.get_weights(), strict=True):
        np.testing.assert_array_equal(found, expected)
    showers = generator.sample(20, seed=1, energy=50.0)
    assert np.all(occupancies.filled(showers) <= occupancies.CELLS)

    monkeypatch.setattr(occupancies, "_train", lambda *_: pytest.fail("trained anew"))
    again = dataclasses.replace(config, energies=config.folder, out=tmp_path / "again")
    train.train(again)
    assert (again.folder / occupancies.FILE).exists()
