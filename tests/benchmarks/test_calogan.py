import keras
import numpy as np
import pytest

from benchmarks import calogan, original_calogan, simulation
from reproductions.calogan import model
from reproductions.calogan.data import SHAPES
from zoo.data import geant4, hdf5
from zoo.errors import InputError


@pytest.fixture(scope="module")
def generators():
    return original_calogan.generator(), model.generator()


@pytest.fixture(scope="module")
def discriminators():
    return original_calogan.discriminator(), model.discriminator()


def test_both_forms_have_the_published_number_of_parameters(generators, discriminators):
    assert [it.count_params() for it in generators] == [29_726_376] * 2
    assert [it.count_params() for it in discriminators] == [2_744_524] * 2


def share_weights(original, ours, seed=1, rearranged=lambda name, weights: weights):
    """Random weights, variances among them positive, and biases large enough for attention to attend."""
    rng = np.random.default_rng(seed)
    for layer in ours.layers:
        if layer.get_weights():
            weights = [
                w + 0.1 * rng.uniform(size=w.shape).astype(np.float32) / np.sqrt(len(w)) for w in layer.get_weights()
            ]
            if layer.name.startswith("attention"):
                weights[1] = rng.normal(size=weights[1].shape)
            layer.set_weights(weights)
            original.get_layer(layer.name).set_weights(rearranged(layer.name, weights))


def test_the_original_generator_with_our_weights_makes_our_showers(generators, random):
    original, ours = generators
    share_weights(original, ours)
    z = random.normal(size=(4, 1024)).astype(np.float32)
    energy = np.array([[1], [10], [50], [100]], np.float32)
    expected = ours({"z": z, "energy": energy}, training=False)
    for found, (name, images) in zip(original([z, energy], training=False), expected.items(), strict=True):
        assert np.std(images) > 1e-3
        np.testing.assert_allclose(found[..., 0], images, rtol=1e-4, atol=1e-4 * np.std(images), err_msg=name)


def test_the_original_discriminator_with_our_weights_gives_our_verdict(discriminators, random):
    original, ours = discriminators
    sizes = {name: original.get_layer(f"{name}_similarity").input.shape[1] for name in SHAPES}
    columns = {name: ours.get_layer(f"{name}_normalization_2").output.shape[0] for name in SHAPES}

    def by_rows(name):
        """Where the features of an image, flattened by columns as ours are, stand when flattened by rows."""
        return np.arange(sizes[name]).reshape(columns[name], -1, 8).swapaxes(0, 1).ravel()

    def rearranged(layer, weights):
        for name in SHAPES:
            if layer == f"{name}_similarity":
                return [weights[0][:, by_rows(name)], weights[1]]
        if layer == "real":
            order, start = [], 0
            for name, size in sizes.items():
                order += [start + by_rows(name), start + np.arange(size, size + 10 + 1 + 10)]
                start += size + 10 + 1 + 10
            order.append(np.arange(start, len(weights[0])))
            return [weights[0][np.concatenate(order)], weights[1]]
        return weights

    share_weights(original, ours, rearranged=rearranged)
    batch = calogan._batch(8) | {"energy": random.uniform(1, 30, (8, 1)).astype(np.float32)}
    expected = keras.ops.sigmoid(ours(batch, training=False)["real"])
    found, total = original([*(batch[name][..., None] for name in SHAPES), batch["energy"]], training=False)
    assert np.ptp(expected) > 0.01
    np.testing.assert_allclose(found, expected, atol=1e-4)
    np.testing.assert_allclose(total[:, 0], sum(batch[name].sum((1, 2)) for name in SHAPES), rtol=1e-4)


def test_geant4_is_read_from_a_file(tmp_path):
    file = tmp_path / "showers.h5"
    hdf5.write(file, {"energy": np.ones((4, 1))}, {"cpu_seconds": 2.0, "events": 4, "particle": "eplus"})
    assert calogan.quoted([file])[1][:2] == ["eplus", "500"]
    hdf5.write(file, {"energy": np.ones((4, 1))}, {})
    with pytest.raises(InputError, match="showers.h5: has no attribute cpu_seconds"):
        calogan.quoted([file])


def test_geant4_stands_beside_the_generators_of_the_same_run():
    turns = [{"eplus": np.array([0.9, 1.1])}, {"eplus": np.array([1.0, 1.0])}]
    head, row = calogan.simulated(turns, {"ours": 5e-4, "released": 1e-3})
    assert head[2:] == [
        "Geant4, CPU ms a shower",
        *(f"{name}, CPU ms a shower" for name in ("ours", "released")),
        *(f"Geant4 / {name}" for name in ("ours", "released")),
    ]
    assert row == ["eplus", "4", "1000 ± 41", "0.50", "1.00", "2000 ± 82", "1000 ± 41"]


def test_geant4_that_is_not_there_is_not_timed(tmp_path, monkeypatch):
    for variable in geant4.TABLES:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("GEANT4_DATA_DIR", str(tmp_path))
    assert not simulation.available()


def test_a_timed_shower_keeps_what_it_cost():
    timed = simulation.Timed("eplus", 1, 100)
    assert timed.record(None, {geant4.CPU: np.array(0.5), "layer_0": np.ones((3, 96))}) == {geant4.CPU: 0.5}


def test_a_training_step_multiplies_less_in_fewer_passes():
    """The paper's form has 97.5 GFLOP, three quarters of them in the five passes through the generator's Dense."""
    paper = calogan.multiplications()
    assert 2 * paper == pytest.approx(97.5e9, rel=0.02)
    dense = 1024 * 28_728 * calogan.BATCH
    assert dense < paper - calogan.multiplications(reuse=True) < 1.1 * dense
    assert calogan.multiplications(folded=True) < 0.6 * paper


def test_the_released_generator_gets_the_noise_that_its_card_asks_for():
    assert calogan.generate_released()(3)["layer_1"].shape == (3, 12, 12)
