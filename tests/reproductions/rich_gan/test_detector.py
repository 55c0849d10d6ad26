import math
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf
from scipy.stats import norm

from reproductions.rich_gan import detector, published
from reproductions.rich_gan.constants import DLLS, MASSES, NO_INFORMATION, RADIATORS
from reproductions.rich_gan.ours import category
from reproductions.rich_gan.simulate import arrays

NAMES = [*MASSES]


def sample(**changes):
    """One track of 30 GeV with four photons in RICH1 and two in RICH2."""
    one = {
        "eta": [3.0], "log_p": [math.log(30.0)], "nspdhits": [200.0], "azimuth": [2.0], "edge": [4.5],
        "shown": [[0.8, 0.9]], "signal": [[2.0, 1.0]], "others": [[2.0, 1.0]],
        "smear": [0.5, -1.0, 0, 0, 0.2, 0], "place": [0, 0, 0.3, 0.6, 0, 0.4],
    }  # fmt: skip
    one |= changes
    return SimpleNamespace(**{name: tf.constant(value, tf.float32) for name, value in one.items()})


def expected_dlls(particle, p, hits, crossed, shown, photons):
    """The likelihoods of the module's docstring, photon by photon, in double precision."""
    logs = []
    for mass in [*MASSES.values(), math.inf]:
        total = 0.0
        for radiator, inside, part, angles in zip(RADIATORS, crossed, shown, photons, strict=True):
            sin2 = max(0.0, 1 - (1 + (mass / p) ** 2) / radiator.refraction**2)
            mu = inside * part * radiator.photons * sin2 / (1 - radiator.refraction**-2)
            sigma = math.hypot(radiator.resolution, radiator.scattering / p)
            b = radiator.background * hits / detector.REFERENCE_HITS
            total -= mu
            for theta in angles:
                g = norm.pdf(theta, math.asin(math.sqrt(sin2)), detector.SPREAD.assumed * sigma)
                total += math.log(1 + mu * g / (2 * math.pi * b * theta))
        logs.append(total)
    e, mu, pi, k, proton, bt = logs
    return [e - pi, mu - pi, k - pi, proton - pi, bt - pi]


@pytest.mark.parametrize("particle", ["kaon", "electron"])
def test_dlls_are_those_of_the_formula(particle):
    found = detector.dlls(particle, sample())
    photons = []
    for radiator, smears, places in zip(RADIATORS, ([0.5, -1.0], [0.2]), ([0.3, 0.6], [0.4]), strict=True):
        sigma = math.hypot(radiator.resolution, radiator.scattering / 30)
        angle = math.acos(math.hypot(1, MASSES[particle] / 30) / radiator.refraction)
        photons.append([angle + sigma * s for s in smears] + [radiator.largest * math.sqrt(u) for u in places])
    expected = expected_dlls(particle, 30.0, 200.0, (1, 1), (0.8, 0.9), photons)
    # In float32 an angle is known to 1e-6 rad, 1e-3 of the resolution.
    np.testing.assert_allclose(found[0], expected, rtol=2e-3, atol=2e-2)


def test_below_threshold_likelihoods_are_equal_to_the_bit():
    thresholds = {name: mass / math.sqrt(RADIATORS[0].refraction ** 2 - 1) for name, mass in MASSES.items()}
    assert thresholds["kaon"] == pytest.approx(9.3, abs=0.1)  # GeV, C4F10
    for p, above in ((1.5, 1), (2.3, 2), (5.0, 3), (12.0, 4), (20.0, 5)):
        assert above == sum(p > one for one in thresholds.values())
        track = sample(log_p=[math.log(p)], eta=[2.2], azimuth=[0.0])
        found = dict(zip(DLLS, np.array(detector.dlls("kaon", track))[0], strict=True))
        tracks = {name: np.array([value]) for name, value in found.items()}
        assert category(tracks)[0] == above


def test_a_track_that_crosses_no_radiator_has_no_information():
    found = detector.dlls("kaon", sample(eta=[4.9], log_p=[math.log(3.0)]))
    np.testing.assert_array_equal(found, [[NO_INFORMATION] * 5])


def test_photons_without_a_ring_speak_against_light():
    """Nothing seen: each hypothesis pays for what it expects."""
    nothing = sample(signal=[[0.0, 0.0]], others=[[0.0, 0.0]], smear=[], place=[])
    e, mu, k, p, bt = np.array(detector.dlls("kaon", nothing))[0]
    assert bt > p > k > 0 > mu > e
    yields = [0.8 * RADIATORS[0].photons, 0.9 * RADIATORS[1].photons]
    pion = [1 - (1 + (MASSES["pion"] / 30) ** 2) / r.refraction**2 for r in RADIATORS]
    expected = sum(y * s / (1 - r.refraction**-2) for y, s, r in zip(yields, pion, RADIATORS, strict=True))
    assert bt == pytest.approx(expected, rel=1e-3)


@pytest.fixture(scope="module")
def drawn():
    return detector.tracks("kaon", 20_000).sample(seed=[1, 2])


def test_kinematics_are_near_the_published_quartiles(drawn):
    found = {name: values.numpy() for name, values in arrays("kaon", drawn).items()}
    pT = found["P"] / np.cosh(found["eta"])
    expected = published.quartiles("kaon", ("TrackP", "TrackPt", "TrackEta"))
    quartiles = np.quantile(np.stack([found["P"], pT, found["eta"]], 1), (0.25, 0.5, 0.75), axis=0)
    np.testing.assert_allclose(quartiles, expected, rtol=0.06)


@pytest.mark.parametrize("i", [0, 1])
def test_yields_are_those_of_the_gas(drawn, i):
    """N sin^2(theta) / sin^2 at the speed of light, 0 below threshold, of the rings that are there."""
    p, there = np.exp(drawn.log_p), (drawn.lost[:, i].numpy() == 0) & (drawn.signal[:, i].numpy() >= 0)
    if i == 0:
        there &= drawn.eta.numpy() < 4.2  # all cross RICH1
    else:
        there &= drawn.others[:, i].numpy() > 0  # some photon shows that RICH2 is crossed
    ring = 1 - (1 + (MASSES["kaon"] / p) ** 2) / RADIATORS[i].refraction ** 2
    share = np.maximum(ring, 0) / (1 - RADIATORS[i].refraction ** -2)
    expected = RADIATORS[i].photons * share * drawn.shown[:, i].numpy()
    found, above = drawn.signal[:, i].numpy(), share > 0
    assert (found[~above] == 0).all()
    chosen = there & above
    error = np.sqrt(np.mean((found - expected)[chosen] ** 2) / chosen.sum())
    assert found[chosen].mean() == pytest.approx(expected[chosen].mean(), abs=5 * error)
    assert 5 * error < 0.05 * expected[chosen].mean()


def test_the_seed_decides():
    first, again, other = (detector.tracks("muon", 50).sample(seed=[1, s]) for s in (1, 1, 2))
    np.testing.assert_array_equal(detector.dlls("muon", first), detector.dlls("muon", again))
    assert not np.array_equal(first.eta, other.eta)
