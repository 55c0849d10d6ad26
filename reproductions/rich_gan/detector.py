r"""Tracks of one species in LHCb's RICH detectors, as a tensorflow-probability joint distribution.

A track has a momentum P, a pseudorapidity eta and an occupancy nSPDHits. Each radiator that it crosses gives photons,
whose Cherenkov angles theta_i are smeared, and photons of other tracks fall among them. For each mass hypothesis h,
with the angle cos(theta_h) = 1 / (n beta_h), the likelihood of one track among others that are taken as background
(arXiv:1211.6759, section 5)

.. math:: \ln L_h = \sum_{radiators} \Big[ -\mu_h + \sum_i \ln\Big(1 +
          \frac{\mu_h\, g(\theta_i; \theta_h, \sigma)}{2 \pi b\, \theta_i}\Big) \Big], \qquad
          DLL_h = \ln L_h - \ln L_\pi

has the expected yield mu_h, proportional to sin^2(theta_h) and 0 below threshold, a Gaussian g of the resolution sigma
that the reconstruction assumes of one photon, and a background that fills the plane of angles evenly, b photons per
rad^2. Hypotheses below threshold in all radiators that are crossed have equal likelihoods to the bit; a track that
crosses none has no RICH information, coded -999.
"""

import math
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from reproductions.rich_gan.constants import MASSES, NO_INFORMATION, PARTICLES, RADIATORS, Radiator
from zoo import optional

with optional.needed("the simulation of RICH responses"):
    import tensorflow_probability as tfp

tfd = tfp.distributions
Root = tfd.JointDistributionCoroutine.Root

PION = PARTICLES.index("pion")
REFERENCE_HITS = 270.0  # nSPDHits of the event that the radiators' background is quoted for

# Which radiators a track crosses
RICH1_ETA, RICH1_EDGE = 4.55, 0.10  # inner edge and its width: 21 mrad, in agreement with the 75 published rows
RICH2_HORIZONTAL, RICH2_VERTICAL, RICH2_INNER = 0.120, 0.100, 0.015  # rad (arXiv:1211.6759, section 1)
MAGNET_KICK = 1.2  # GeV: the magnet's 4 Tm bend a track by this / P before RICH2

ETA_RANGE = 1.55, 5.2  # tracks through the whole spectrometer
P_RANGE = 1.12, 1000.0  # GeV; they have at least 1.1 GeV


class Spread(NamedTuple):
    """What varies from track to track; found by `validate.py --fit`."""

    light: float  # relative spread of the photon yield around what the reconstruction expects
    crowd: float  # relative spread of the local background around what it expects
    hidden: float  # a ring may lose up to this share of its photons beside the photon detectors; evenly distributed
    assumed: float  # the resolution that the likelihoods are made with, over the true one


class Species(NamedTuple):
    """eta is normal, log(P / GeV) normal around a line in eta, both truncated; nSPDHits follows a gamma distribution.

    Their numbers are fitted to the published quartiles of P, pT and eta, and to mean and deviation of the number of
    tracks, of which `HITS_PER_TRACK` hits each.
    """

    eta: float
    eta_spread: float
    log_p: float  # at eta = 3.5
    slope: float  # of log P in eta
    log_p_spread: float
    long_tracks: float  # in the event, on average
    hits_shape: float
    lost: float  # share of tracks without light in a radiator, independently: interactions, decays; by `--fit`


HITS_PER_TRACK = 5.4  # median nSPDHits 205 of the published muons, median number of long tracks 38
SPREAD = Spread(light=0.25, crowd=0.6, hidden=0.4, assumed=1.0)
SPECIES = {
    "electron": Species(3.463, 0.943, 1.809, 0.261, 1.016, 45.2, 4.03, 0.23),
    "muon": Species(3.152, 0.922, 2.984, 0.881, 1.093, 41.6, 3.63, 0.08),
    "pion": Species(3.528, 0.922, 1.965, 0.719, 0.718, 50.0, 4.74, 0.25),
    "kaon": Species(3.496, 0.966, 2.391, 0.729, 0.734, 49.6, 4.59, 0.25),
    "proton": Species(3.417, 0.979, 2.447, 0.771, 0.752, 50.6, 4.83, 0.25),
}
LOST = tuple(species.lost for species in SPECIES.values())


class Constants(NamedTuple):
    """All that a fit may change."""

    radiators: tuple[Radiator, ...] = RADIATORS
    spread: Spread = SPREAD
    lost: tuple[float, ...] = LOST

    def columns(self) -> Radiator:
        """The radiators' numbers, each (2,)."""
        return Radiator(*(tf.cast(tf.stack(values), tf.float32) for values in zip(*self.radiators, strict=True)))


RELEASED = Constants()


def tracks(particle: str, n: int, constants: Constants = RELEASED) -> tfp.distributions.JointDistribution:
    """The joint distribution of `n` tracks of a species and their photons; `dlls` makes DLLs of a sample."""
    species = SPECIES[particle]

    def model():
        eta = yield Root(tfd.TruncatedNormal(tf.fill([n], species.eta), species.eta_spread, *ETA_RANGE, name="eta"))
        mean = species.log_p + species.slope * (eta - 3.5)
        log_p = yield tfd.TruncatedNormal(mean, species.log_p_spread, *np.log(P_RANGE).tolist(), name="log_p")
        yield from _photons(particle, eta, log_p, constants)

    return tfd.JointDistributionCoroutine(model)


def photons(particle: str, log_p, eta, constants: Constants = RELEASED) -> tfp.distributions.JointDistribution:
    """The same for tracks of given log(P / GeV) and eta, each (n,)."""

    def model():
        yield Root(tfd.Deterministic(eta, name="eta"))
        yield Root(tfd.Deterministic(log_p, name="log_p"))
        yield from _photons(particle, eta, log_p, constants)

    return tfd.JointDistributionCoroutine(model)


def _photons(particle, eta, log_p, constants):
    radiators, spread, species = constants.columns(), constants.spread, SPECIES[particle]
    n = eta.shape[0]
    rate = species.hits_shape / (species.long_tracks * HITS_PER_TRACK)
    hits = yield Root(tfd.Gamma(tf.fill([n], species.hits_shape), rate, name="nspdhits"))
    azimuth = yield Root(tfd.Uniform(tf.fill([n], -math.pi), math.pi, name="azimuth"))
    edge = yield Root(tfd.Normal(tf.fill([n], RICH1_ETA), RICH1_EDGE, name="edge"))
    lost = yield Root(
        tfd.Bernoulli(probs=tf.fill([n, 2], constants.lost[PARTICLES.index(particle)]), dtype=tf.float32, name="lost")
    )
    light = yield Root(_around_one(n, spread.light, "light"))
    crowd = yield Root(_around_one(n, spread.crowd, "crowd"))
    shown = yield Root(tfd.Uniform(tf.fill([n, 2], 1 - spread.hidden), 1.0, name="shown"))
    crossed = _crossed(eta, log_p, azimuth, edge)
    expected = crossed * shown * _yields(radiators, log_p, MASSES[particle])
    signal = yield tfd.Poisson(expected * light * (1 - lost), name="signal")
    around = math.pi * radiators.largest**2 * _background(radiators, hits)
    others = yield tfd.Poisson(crossed * around * crowd, name="others")
    # One entry for each photon, those of a track in a radiator beside each other: arrays with a place for the most
    # photons that a track can have would be mostly empty.
    number = tf.cast(tf.reduce_sum(signal + others), tf.int32)
    yield Root(tfd.Normal(tf.zeros([number]), 1.0, name="smear"))
    yield Root(tfd.Uniform(tf.zeros([number]), 1.0, name="place"))


def dlls(particle: str, sample, constants: Constants = RELEASED) -> tf.Tensor:
    """The DLLs (n, 5) of a sample of `tracks` or `photons`, in the order of DLLS."""
    radiators, log_p = constants.columns(), sample.log_p
    crossed = _crossed(sample.eta, log_p, sample.azimuth, sample.edge)
    direction = radiators.scattering * tf.exp(-log_p)[:, None]
    resolution = tf.sqrt(radiators.resolution**2 + direction**2)  # (n, 2)
    # For each of the 2 n pairs of track and radiator and each mass hypothesis: the angle, the expected photons, and
    # their density at the angle over theta times that of the background.
    angle = tf.stack([_angles(radiators, log_p, mass) for mass in MASSES.values()], axis=2)
    expected = tf.stack([_yields(radiators, log_p, mass) for mass in MASSES.values()], axis=2)
    expected *= (crossed * sample.shown)[:, :, None]
    background = 2 * math.pi * _background(radiators, sample.nspdhits)
    assumed = constants.spread.assumed * resolution
    height = expected / (math.sqrt(2 * math.pi) * assumed * background)[:, :, None]

    def pairs(values):
        return tf.reshape(values, (-1, *values.shape[2:]))

    signal, total = (tf.cast(pairs(counts), tf.int32) for counts in (sample.signal, sample.signal + sample.others))
    pair = tf.repeat(tf.range(tf.size(total)), total)  # that each photon belongs to
    position = tf.range(tf.size(pair)) - tf.gather(tf.cumsum(total, exclusive=True), pair)
    sigma = tf.gather(pairs(resolution), pair)
    own = tf.gather(pairs(angle)[:, PARTICLES.index(particle)], pair) + sigma * sample.smear
    other = tf.gather(pairs(tf.broadcast_to(radiators.largest, resolution.shape)), pair) * tf.sqrt(sample.place)
    theta = tf.abs(tf.where(position < tf.gather(signal, pair), own, other))
    theta = tf.maximum(theta, 1e-6)  # a photon at 0 would divide by 0
    pull = (theta[:, None] - tf.gather(pairs(angle), pair)) / (constants.spread.assumed * sigma)[:, None]
    ratio = tf.gather(pairs(height), pair) * tf.exp(-0.5 * pull * pull) / theta[:, None]
    gains = tf.math.segment_sum(tf.math.log1p(ratio), pair)
    gains = tf.pad(gains, [(0, tf.size(total) - tf.shape(gains)[0]), (0, 0)])  # the last pairs may have no photon
    logs = tf.reduce_sum(tf.reshape(gains, tf.shape(expected)) - expected, axis=1)  # (n, hypotheses)

    logs = tf.pad(logs, [(0, 0), (0, 1)])  # below threshold nothing is expected: its likelihood is 1
    differences = tf.concat([logs[:, :PION], logs[:, PION + 1 :]], axis=1) - logs[:, PION : PION + 1]
    return tf.where(tf.reduce_any(crossed > 0, axis=1)[:, None], differences, NO_INFORMATION)


def _around_one(n, spread, name):
    return tfd.Gamma(tf.fill([n, 2], spread**-2), spread**-2, name=name)


def _crossed(eta, log_p, azimuth, edge):
    """1 where a track crosses RICH1 and RICH2, else 0, (n, 2)."""
    theta = 2 * tf.atan(tf.exp(-eta))
    x, y = theta * tf.cos(azimuth) + MAGNET_KICK * tf.exp(-log_p), theta * tf.sin(azimuth)
    inside = (tf.abs(x) < RICH2_HORIZONTAL) & (tf.abs(y) < RICH2_VERTICAL) & (x * x + y * y > RICH2_INNER**2)
    return tf.cast(tf.stack([eta < edge, inside], axis=1), tf.float32)


def _sin2(radiators, log_p, mass):
    """sin^2(theta) = 1 - 1 / (n beta)^2, 0 below threshold, (n, 2)."""
    slow = tf.square(mass * tf.exp(-log_p))[:, None]
    return tf.nn.relu(1 - (1 + slow) / radiators.refraction**2)


def _angles(radiators, log_p, mass):
    return tf.asin(tf.sqrt(_sin2(radiators, log_p, mass)))


def _yields(radiators, log_p, mass):
    return radiators.photons * _sin2(radiators, log_p, mass) / (1 - radiators.refraction**-2)


def _background(radiators, hits):
    """Photons per rad^2, (n, 2)."""
    return radiators.background * (hits / REFERENCE_HITS)[:, None]
