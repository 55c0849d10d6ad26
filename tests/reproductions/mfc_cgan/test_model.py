import keras
import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import expit
from scipy.stats import norm

from reproductions.mfc_cgan import coordinates, data, model
from reproductions.mfc_cgan.constants import FEATURES


def dense(network):
    return [layer.units for layer in network.layers if type(layer).__name__ == "Dense"]


def test_the_papers_networks():
    generator, discriminator = model.generator(6), model.discriminator(6)
    assert dense(generator) == [16, 128, 256, 128, 6]
    assert dense(discriminator) == [6, 128, 256, 128, 1, 1]
    assert {layer.activation.__name__ for layer in generator.layers if layer.name.startswith("dense")} == {"sigmoid"}
    # weights and biases, and two numbers for each normalised neuron
    widths = [16, 16, 128, 256, 128]
    hidden = sum(a * b + b + 2 * b for a, b in zip(widths, widths[1:], strict=False))
    assert generator.count_params() == hidden + 128 * 6 + 6
    widths = [6, 128, 256, 128]
    hidden = sum(a * b + 3 * b for a, b in zip(widths, widths[1:], strict=False))
    assert discriminator.count_params() == 6 * 6 + 6 + hidden + 2 * 129  # no normalised neurons in the layer of 6


def test_a_narrow_layer_is_scaled_by_numbers_that_no_event_changes():
    """Normalised over its neurons, each event's 6 numbers would have mean 0 and deviation 1: two were lost."""
    sigmoid = quad(lambda x: expit(x) ** 2 * norm.pdf(x), -9, 9)[0] - model.MEAN**2
    np.testing.assert_allclose(model.DEVIATION, sigmoid**0.5, rtol=1e-3)
    network = model.discriminator(6)
    narrow = [layer for layer in network.layers if layer.name.startswith("dense")][0]
    narrow.set_weights([np.eye(6), np.zeros(6)])
    scaled = keras.Model(network.inputs, [layer for layer in network.layers if "rescaling" in layer.name][0].output)
    x = np.arange(12, dtype=np.float32).reshape(2, 6) / 6
    np.testing.assert_allclose(scaled({"coordinates": x}), (expit(x) - 0.5) / model.DEVIATION, rtol=1e-5, atol=1e-6)


def test_heads_and_inputs_of_the_discriminator():
    told = model.discriminator(3, judge_energy=True, regress=False)
    assert set(told.input) == {"coordinates", "beam_energy"}
    assert set(told.output) == {"real"}
    assert set(model.discriminator(6).output) == {"real", "energy"}


def test_a_residual_generator_begins_with_its_noise(random):
    generator = model.generator(3, latent_size=5, widths=(8,), residual=True)
    z = random.normal(size=(4, 5)).astype(np.float32)
    found = generator({"z": z, "beam_energy": np.full((4, 1), 100, np.float32)})
    np.testing.assert_array_equal(found, z[:, :3])


@pytest.mark.parametrize("kind", [coordinates.Paper, lambda events: coordinates.Kinematic(events, 0.5)])
def test_events_are_named_numbers_and_depend_on_noise_and_energy(events_file, random, kind):
    system = kind(data.load(events_file))
    network = model.events(model.generator(system.size), system)
    z = random.normal(size=(4, 15)).astype(np.float32)
    low, high = (network({"z": z, "beam_energy": np.full((4, 1), e, np.float32)}) for e in (50, 200))
    assert list(low) == list(FEATURES)
    assert all(values.shape == (4,) for values in low.values())
    assert np.std(low["mfc_E"]) > 0
    assert not np.allclose(low["mfc_E"], high["mfc_E"])
