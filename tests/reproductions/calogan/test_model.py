import keras
import numpy as np
import pytest

from reproductions.calogan import data, model, ours
from reproductions.calogan import energies as of_layers
from reproductions.calogan.data import SHAPES
from zoo.training import runs


def inputs(n=6, latent_size=16, particles=1, seed=0):
    rng = np.random.default_rng(seed)
    values = {"z": rng.normal(size=(n, latent_size)), "energy": rng.uniform(1, 100, (n, 1))}
    values = {name: value.astype(np.float32) for name, value in values.items()}
    if particles > 1:
        values["particle"] = rng.integers(0, particles, (n, 1)).astype(np.int32)
    return values


def randomised(network, seed=0):
    """Random normalisation statistics and biases, as a trained network has."""
    rng = np.random.default_rng(seed)
    for layer in network.layers:
        weights = [w + 0.1 * rng.random(w.shape) for w in layer.get_weights()]
        layer.set_weights(weights)
    return network


def test_generator_has_the_papers_parameters():
    network = model.generator()
    assert network.count_params() == 29_726_376
    assert sum(int(np.prod(v.shape)) for v in network.trainable_variables) == 29_726_280


def test_discriminator_has_the_papers_parameters():
    network = model.discriminator()
    assert network.count_params() == 2_744_524
    assert [int(np.prod(network.get_layer(f"{name}_normalization_2").output.shape[:3])) for name in SHAPES] == [
        1000,
        448,
        336,
    ]


@pytest.mark.parametrize(("particles", "attention"), [(1, True), (1, False), (3, True)])
def test_folded_generator_equals_the_trained_one(particles, attention):
    network = randomised(model.generator(16, particles, attention))
    inference = ours.folded(16, particles, attention)
    ours.fold(network, inference)
    showers, folded = network(inputs(particles=particles), training=False), inference(inputs(particles=particles))
    assert folded.keys() == SHAPES.keys()
    for name, shape in SHAPES.items():
        image = 1000 * np.array(showers[name])
        assert image.shape == (6, *shape)
        assert image.any()
        # the bound: 1e-5 of the largest cell
        np.testing.assert_allclose(folded[name], image, rtol=0, atol=1e-5 * image.max())


def test_images_share_out_the_energies_of_the_layers():
    given, drawn = ours.folded(16, energies="given"), randomised(ours.folded(16, energies="drawn"))
    network = of_layers.network()
    runs.transfer(network, drawn)
    runs.transfer(drawn, given)
    noise = np.random.default_rng(1).normal(size=(6, of_layers.NOISE)).astype(np.float32)
    showers = drawn(inputs() | {"energy_noise": noise})
    energies = np.array(network({"energy_noise": noise, "energy": inputs()["energy"]}))
    assert energies.shape == (6, 3)
    assert np.all(energies >= 0)
    assert np.all(energies.sum(axis=1) < inputs()["energy"][:, 0])
    for name, energy in zip(SHAPES, energies.T, strict=True):
        total = np.array(showers[name]).sum(axis=(1, 2))
        assert total.any()
        np.testing.assert_allclose(total, np.where(total > 0, 1000 * energy, 0), rtol=1e-4)
    for name, image in given(inputs() | {"energies": energies}).items():
        np.testing.assert_allclose(image, showers[name], rtol=1e-3, atol=1e-3)


def test_units_multiply_each_cell_and_images_begin_near_the_mean_one():
    showers = data.load(None, "eplus", 1000)
    network = ours.folded(64, attention=False, energies="given")
    z, energies = np.random.default_rng(1).normal(size=(500, 64)), np.ones((500, 3))
    conditions = {"z": z, "energy": np.full((500, 1), 50.0), "energies": energies}
    plain = network(conditions)
    ours.set_units(network, showers)
    images = network(conditions)
    for name in SHAPES:
        mean = showers[name].mean(axis=0)
        weighted = np.array(plain[name]) * np.maximum(mean / mean.sum(), ours.LEAST_SHARE)
        expected = 1000 * weighted / weighted.sum(axis=(1, 2), keepdims=True)
        np.testing.assert_allclose(images[name], expected, rtol=1e-3, atol=1e-3)
        core = mean > 0.01 * mean.sum()
        ratio = np.array(images[name]).mean(axis=0)[core] / (1000 * mean / mean.sum())[core]
        assert np.all((ratio > 1 / 3) & (ratio < 3))


def test_attention_carries_layers_over():
    # The same weights without the attention layers give other images in layers 1 and 2 and the same in layer 0.
    network, plain = randomised(model.generator(16)), model.generator(16, attention=False)
    for layer in plain.layers:
        if layer.weights:
            layer.set_weights(network.get_layer(layer.name).get_weights())
    with_attention, without = network(inputs()), plain(inputs())
    np.testing.assert_array_equal(with_attention["layer_0"], without["layer_0"])
    assert not np.allclose(with_attention["layer_1"], without["layer_1"])
    assert not np.allclose(with_attention["layer_2"], without["layer_2"])


def test_resizing_between_layers_is_the_papers():
    image = np.arange(3 * 96, dtype=np.float32).reshape(3, 96)
    carried = model._average_columns(np.repeat(image.T[:, :, None, None], 4, axis=1), 8)
    expected = keras.layers.AveragePooling2D((1, 8))(keras.layers.UpSampling2D((4, 1))(image[None, :, :, None]))
    np.testing.assert_allclose(np.transpose(carried, (3, 1, 0, 2)), expected, rtol=1e-6)


def test_energy_scales_the_noise():
    network = model.generator(16)
    one = inputs()
    other = {"z": 2 * one["z"], "energy": one["energy"] / 2}
    for name in SHAPES:
        np.testing.assert_allclose(network(one)[name], network(other)[name], rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("particles", [1, 3])
def test_discriminator_outputs(particles):
    rng = np.random.default_rng(0)
    showers = {name: rng.exponential(size=(4, *shape)).astype(np.float32) for name, shape in SHAPES.items()}
    network = model.discriminator(particles)
    outputs = network({**showers, "energy": np.full((4, 1), 50, np.float32)})
    assert {name: tuple(value.shape) for name, value in outputs.items()} == {
        "real": (4, 1),
        **({"particle": (4, 3)} if particles > 1 else {}),
    }
    assert all(np.isfinite(np.array(value, np.float32)).all() for value in outputs.values())
