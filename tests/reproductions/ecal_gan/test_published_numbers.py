import numpy as np
import pytest

from reproductions.ecal_gan import published

# Of the issue and of the figures' captions: Geant4 against the GAN.
DISTANCES = {
    "width_trans": 0.096,
    "width_long": 0.049,
    "delta_x": 0.036,
    "asymmetry_trans": 0.116,
    "asymmetry_long": 0.090,
}


def test_distances_are_those_that_are_quoted():
    found = {name: published.distance(one) for name, one in published.load().items()}
    assert found == pytest.approx(DISTANCES, abs=5e-4)


def test_counts_are_whole_and_of_the_samples_that_are_named():
    for name, one in published.load().items():
        assert len(one.edges) == len(one.geant4) + 1
        for counts in (one.geant4, one.gan):
            np.testing.assert_array_equal(counts, np.rint(counts))
            most = 10_000 if name.startswith("width") else 29_600
            assert 0.9 * most < counts.sum() <= most


def test_the_other_figures_are_what_they_seem():
    occupancy = published.occupancy()
    assert (np.diff(occupancy.thresholds) > 0).all()
    assert occupancy.geant4[0] == pytest.approx(0.155, abs=1e-3)
    assert (np.diff(occupancy.geant4) <= 0).all()
    assert published.mean_image().shape == (30, 30)
    assert published.mean_image().sum() == pytest.approx(2950.46, abs=0.1)
