"""Showers of this room's sample."""

import pytest

from reproductions.ecal_gan import data


@pytest.fixture(scope="session")
def showers():
    return data.load(None, 300)
