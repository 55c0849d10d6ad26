import numpy as np
import pytest

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
    widths = [6, 6, 128, 256, 128]
    hidden = sum(a * b + 3 * b for a, b in zip(widths, widths[1:], strict=False))
    assert discriminator.count_params() == hidden + 2 * 129


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
