"""A small trained-looking generator, for the tests of this room."""

import pytest

from reproductions.tpc_gan import model, train
from reproductions.tpc_gan.config import Config
from zoo.generator import Generator


@pytest.fixture(scope="session")
def small():
    """A generator of random weights, as `tpc_gan` but for its noise."""
    config = Config(latent_size=4)
    network = model.generator(5, 4)
    return Generator(model.responses(network), train.card(config, {}))
