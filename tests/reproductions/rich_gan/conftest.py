"""The embedded sample of simulated tracks, for the tests of this room."""

from pathlib import Path

import pytest

import reproductions.rich_gan
from reproductions.rich_gan import data

SAMPLE = Path(reproductions.rich_gan.__file__).parent / "sample"


@pytest.fixture(scope="session")
def kaons_file():
    """8000 kaons of LHCb's spectrum."""
    return SAMPLE / "kaon.h5"


@pytest.fixture(scope="session")
def calibration_file():
    """8000 kaons and background pions of B -> J/psi K with sWeights."""
    return SAMPLE / "kaon_calibration.h5"


@pytest.fixture(scope="session")
def kaons(kaons_file):
    return data.load(kaons_file)


@pytest.fixture
def pions(monkeypatch):
    """The embedded pions take the place of the default file."""
    monkeypatch.setattr(data, "default", lambda particle, sample="spectrum", tracks=None: SAMPLE / f"{particle}.h5")


@pytest.fixture
def eagerly():
    """Without compiling: for one chunk it takes longer than to simulate it."""
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)
