from itertools import chain

import numpy as np
import pytest

from reproductions.rich_gan import data, decays, simulate
from zoo.data import hdf5
from zoo.errors import InputError


def test_embedded_tracks_are_what_the_simulator_makes(kaons_file, kaons, eagerly):
    chunk = next(simulate.generate("kaon", 100, seed=20))
    for name, values in chunk.items():
        # Processors round differently, and a photon more or less is another track.
        same = np.isclose(values, kaons[name][:100], rtol=1e-2, atol=2e-2)
        assert same.mean() > 0.95, name
    assert hdf5.attributes(kaons_file)["seed"] == 20


def test_numbers_without_sense_are_refused():
    for arguments, message in (
        ({"events": 0}, "--events is 0, expected at least 1"),
        ({"seed": -1}, "--seed is -1, expected at least 0"),
        ({"particle": "proton", "sample": "signal"}, "B -> K. mu mu has no proton, expected muon or kaon"),
    ):
        with pytest.raises(InputError, match=message):
            simulate.Flags(**{"events": 5, **arguments})


def test_calibration_probes_are_selected(calibration_file):
    tracks = data.load(calibration_file)
    assert tracks["P"].min() > 3000 * (1 - 1e-5)
    assert (tracks["P"] / np.cosh(tracks["eta"])).min() > 500 * (1 - 1e-3)
    weight = tracks["weight"]
    assert weight.min() < 0 < weight.max()
    # sWeights add up to the number of signal events
    assert weight.sum() == pytest.approx(0.7 * len(weight), rel=0.03)


def test_decays_conserve_masses(random):
    """B -> J/psi K, J/psi -> mu mu: the muons' masses, and the J/psi's from the B's momentum less the kaon's."""
    rng = np.random.default_rng(1)
    number = 20_000
    b = decays._hadrons(decays.CALIBRATION["muon"][1], number, rng)
    full = np.full(number, decays.B)
    jpsi = decays._decay(b, full, np.full(number, decays.JPSI), np.full(number, decays.K), rng)
    kaon = b - jpsi
    for p4, mass in ((b, decays.B), (jpsi, decays.JPSI), (kaon, decays.K)):
        np.testing.assert_allclose(p4[:, 0] ** 2 - (p4[:, 1:] ** 2).sum(axis=1), mass**2, rtol=1e-6, atol=1e-6)
    # isotropic in the B's frame: the J/psi keeps on average its share of the energy
    share = (decays.B**2 + decays.JPSI**2 - decays.K**2) / (2 * decays.B**2)
    assert (jpsi[:, 0] / b[:, 0]).mean() == pytest.approx(share, abs=0.01)


@pytest.mark.parametrize("channel", [*chain(*decays.CALIBRATION.values(), *decays.SIGNAL.values())])
def test_probes_are_as_many_as_asked_for_and_inside(channel):
    p, eta = decays.probes(channel, 300, np.random.default_rng(1))
    assert p.shape == eta.shape == (300,)
    assert p.min() > channel.least_p
    assert (p / np.cosh(eta)).min() > channel.least_pT
    assert 1.6 < eta.min() < eta.max() < 5.1


def test_muons_that_calibrate_are_of_both_channels():
    channels = decays.CALIBRATION["muon"]
    p, eta = decays.mixed(channels, 4001, np.random.default_rng(1))
    assert p.shape == eta.shape == (4001,)
    alone = [decays.probes(channel, 4000, np.random.default_rng(2))[0] for channel in channels]
    for rows, other in zip((slice(0, None, 2), slice(1, None, 2)), alone, strict=True):
        assert np.log(p[rows]).mean() == pytest.approx(np.log(other).mean(), abs=0.08)
    assert np.log(alone[1]).mean() - np.log(alone[0]).mean() > 0.1  # the B's are harder


def test_sweights_find_the_signal_of_a_variable_that_does_not_know_the_mass(random):
    signal = random.random(50_000) < 0.6
    _, densities = decays.masses(signal, np.random.default_rng(2))
    weight = decays.sweights(densities, np.array([signal.sum(), (~signal).sum()]))
    x = np.where(signal, random.normal(1, 1, len(signal)), random.normal(-1, 2, len(signal)))
    assert weight.sum() == pytest.approx(signal.sum(), rel=0.02)
    error = np.sqrt((weight**2 * (x - 1) ** 2).sum()) / weight.sum()
    assert (weight * x).sum() / weight.sum() == pytest.approx(1, abs=5 * error)
