import numpy as np
import pytest

from benchmarks import ecal_gan
from reproductions.ecal_gan import data
from zoo.data import hdf5


def test_contenders_make_the_showers_that_are_asked_for():
    for run in (ecal_gan.generate(latent_size=4, filters=2), ecal_gan.released(), ecal_gan.sample()):
        energy = run(5)
        assert energy.shape == (5, 30, 30)
        assert np.isfinite(energy).all()
    np.testing.assert_allclose(energy, data.load(None)["energy"][:5], rtol=2.0**-7)  # the library knows these


def test_geant4_costs_what_the_sample_says():
    found = hdf5.attributes(data.SAMPLE)
    assert ecal_gan.simulated() == pytest.approx(1000 * found["cpu_seconds"] / len(data.load(None)["point"]))
