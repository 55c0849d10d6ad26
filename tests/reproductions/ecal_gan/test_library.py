import numpy as np
import pytest

from reproductions.ecal_gan import data
from reproductions.ecal_gan.library import ShowerLibrary


@pytest.fixture(scope="module")
def library(showers):
    return ShowerLibrary(showers)


def test_a_shower_of_the_library_is_itself(library, showers):
    made = library.sample(50, **data.conditions(data.take(showers, slice(50))))
    np.testing.assert_allclose(made["energy"], showers["energy"][:50], rtol=2.0**-8)


def test_a_mirrored_request_gets_the_mirrored_shower(library, showers):
    mirrored = data.mirrored(showers, np.random.default_rng(2))
    made = library.sample(len(mirrored["point"]), **data.conditions(mirrored))
    np.testing.assert_allclose(made["energy"], mirrored["energy"], rtol=2.0**-8)


def test_energies_are_rescaled_to_the_request(library, showers):
    asked = data.conditions(data.take(showers, slice(50)))
    made = library.sample(50, momentum=1.01 * asked["momentum"], point=asked["point"])
    np.testing.assert_allclose(made["energy"], 1.01 * showers["energy"][:50], rtol=1e-2)


def test_one_request_serves_many_and_the_size_is_what_would_be_stored(library, showers):
    made = library.sample(3, momentum=np.array([0.0, 0, 10]), point=np.zeros(2))
    assert made["energy"].shape == (3, 30, 30)
    assert 20 * len(showers["point"]) < library.bytes() < showers["energy"].nbytes / 3
