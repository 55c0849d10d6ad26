import numpy as np

from reproductions.rich_gan import model, ours
from reproductions.rich_gan.constants import DLLS
from reproductions.rich_gan.ours import Hypotheses
from reproductions.rich_gan.recipes import RECIPES


def dense(network):
    return [layer.units for layer in network.layers if type(layer).__name__ == "Dense"]


def test_the_papers_networks():
    generator, critic = model.generator(5, 3), model.critic(8)
    assert dense(generator) == [128] * 10 + [5]
    assert dense(critic) == [128] * 10 + [256]
    assert generator.count_params() == 67 * 128 + 128 + 9 * (128 * 128 + 128) + 128 * 5 + 5
    assert critic.count_params() == 8 * 128 + 128 + 9 * (128 * 128 + 128) + 128 * 256 + 256


def test_a_residual_generator_begins_with_its_noise(random):
    generator = ours.generator(5, 8, latent_size=7, depth=2)
    z, told = random.normal(size=(4, 7)).astype(np.float32), random.normal(size=(4, 8)).astype(np.float32)
    np.testing.assert_array_equal(generator({"z": z, "told": told}), z[:, :5])


def test_dlls_are_named_numbers_and_depend_on_noise_and_momentum(kaons, random):
    system = Hypotheses(kaons)
    network = model.dlls(model.generator(5, 8, depth=2), system)
    noise = {"z": random.normal(size=(40, 64)), "category": random.normal(size=(40, 1))}
    asked = {"eta": np.full((40, 1), 3.0), "nspdhits": np.full((40, 1), 200.0)}
    slow, fast = (network({**noise, **asked, "P": np.full((40, 1), p)}) for p in (1.5e3, 30e3))
    assert list(slow) == list(DLLS)
    assert all(values.shape == (40,) for values in slow.values())
    assert (np.array(slow["RichDLLk"]) == 0).all()
    assert np.std(fast["RichDLLk"]) > 0
    assert not np.allclose(slow["RichDLLe"], fast["RichDLLe"])


def test_the_papers_recipes():
    config, older = RECIPES["paper"], RECIPES["acat2019"]
    assert (config.depth, config.batch_size, config.critic_steps) == (10, 17_000, 5)
    assert config.epochs * config.iterations_per_epoch == 20_000
    assert (older.depth, older.batch_size, older.critic_steps) == (5, 50_000, 15)
    assert older.penalise_conditions
