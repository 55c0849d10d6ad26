"""Kinematics of the channels that calibrate and use particle identification, and sWeights.

A channel is a b or c hadron or a Lambda with a gamma distribution of pT and a normal one of rapidity, which decays by
isotropic two-body decays into the track that counts, the probe. Masses in GeV are the PDG's of 2024.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from reproductions.rich_gan.constants import MASSES

B, D0, JPSI, LAMBDA, KSTAR = 5.2797, 1.8648, 3.0969, 1.1157, 0.8955
SHAPE = 2.0  # of the gamma distributions of pT
RAPIDITY, RAPIDITY_SPREAD = 3.1, 0.7


class Channel(NamedTuple):
    """What is selected: the chain of masses from the hadron to the probe, with those of what goes the other way."""

    chain: tuple[float, ...]  # hadron, ..., probe
    beside: tuple[float, ...]  # one for each decay; below 0, here or above: the dimuon's of B -> K* mu mu
    pT: float  # GeV, mean of the hadron
    least_p: float  # GeV, of the probe
    least_pT: float


MU, PI, K, E, PROTON = (MASSES[name] for name in ("muon", "pion", "kaon", "electron", "proton"))
# As many probes of each channel; those of muons are inclusive J/psi, made at once, and B -> J/psi K.
CALIBRATION = {
    "muon": (Channel((JPSI, MU), (MU,), 3.0, 3.0, 0.8), Channel((B, JPSI, MU), (K, MU), 6.0, 3.0, 0.8)),
    "electron": (Channel((B, JPSI, E), (K, E), 6.0, 3.0, 0.5),),
    "kaon": (Channel((B, K), (JPSI,), 6.0, 3.0, 0.5),),
    "pion": (Channel((D0, PI), (K,), 4.0, 3.0, 0.5),),
    "proton": (Channel((LAMBDA, PROTON), (PI,), 2.0, 5.0, 0.5),),
}
# B -> K* mu mu: the dimuon's squared mass evenly distributed between its limits, no cut on momenta but the detector's.
SIGNAL = {
    "muon": (Channel((B, -1.0, MU), (KSTAR, MU), 6.0, 1.1, 0.0),),
    "kaon": (Channel((B, KSTAR, K), (-1.0, PI), 6.0, 1.1, 0.0),),
}

MASS_WIDTH = 0.004  # of the mass range: the signal's resolution
BACKGROUND = 0.3  # share of background in a calibration sample
SLOPE = 1.0  # of the exponential background, over the mass range


def mixed(channels: Sequence[Channel], n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """P (GeV) and eta, each (n,), of `n` selected probes, of each channel in turn."""
    each = math.ceil(n / len(channels))
    kinds = np.stack([np.stack(probes(channel, each, rng)) for channel in channels], axis=2)  # (2, each, channels)
    p, eta = kinds.reshape(2, -1)[:, :n]
    return p, eta


def probes(channel: Channel, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """P (GeV) and eta of `n` selected probes, each (n,)."""
    found: list[np.ndarray] = []
    while sum(map(len, found)) < n:
        p4 = _hadrons(channel, n, rng)
        mass = np.full(n, channel.chain[0])
        for below, beside in zip(channel.chain[1:], channel.beside, strict=True):
            pair = _dimuon(n, rng)
            other = np.where(beside < 0, pair, beside)
            own = np.where(below < 0, pair, below)
            p4 = _decay(p4, mass, own, other, rng)
            mass = own
        p = np.linalg.norm(p4[:, 1:], axis=1)
        pT = np.hypot(p4[:, 1], p4[:, 2])
        eta = np.arctanh(p4[:, 3] / p)
        good = (p > channel.least_p) & (pT > channel.least_pT) & (eta > 1.6) & (eta < 5.1) & (p < 500)
        found.append(np.column_stack([p, eta])[good])
    return tuple(np.concatenate(found)[:n].T)


def sweights(densities: np.ndarray, yields: np.ndarray) -> np.ndarray:
    r"""The sWeights (n,) of the first of two kinds of events whose `densities` (n, 2) of a mass are known.

    .. math:: w = \frac{\sum_j V_{1j} f_j}{\sum_j N_j f_j}, \qquad
              V^{-1}_{ij} = \sum_{events} \frac{f_i f_j}{(\sum_k N_k f_k)^2}

    (Pivk, Le Diberder, physics/0402083, equations 10 and 15) with the `yields` N (2,).
    """
    total = densities @ yields
    inverse = (densities / total[:, None]).T @ (densities / total[:, None])
    return densities @ np.linalg.inv(inverse)[0] / total


def masses(signal: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A mass from 0 to 1 of each event and its densities (n, 2): `signal` is Gaussian, the others exponential."""
    width = 10 * MASS_WIDTH
    uniform = rng.random(len(signal))
    falling = -np.log(1 - uniform * (1 - np.exp(-SLOPE))) / SLOPE
    mass = np.where(signal, 0.5 + width * rng.standard_normal(len(signal)), falling)
    gaussian = np.exp(-0.5 * ((mass - 0.5) / width) ** 2) / (width * np.sqrt(2 * np.pi))
    exponential = SLOPE * np.exp(-SLOPE * mass) / (1 - np.exp(-SLOPE))
    return mass, np.column_stack([gaussian, exponential])


def _hadrons(channel, n, rng):
    pT = rng.gamma(SHAPE, channel.pT / SHAPE, n)
    mT = np.hypot(pT, channel.chain[0])
    y, phi = rng.normal(RAPIDITY, RAPIDITY_SPREAD, n), rng.uniform(-np.pi, np.pi, n)
    return np.column_stack([mT * np.cosh(y), pT * np.cos(phi), pT * np.sin(phi), mT * np.sinh(y)])


def _dimuon(n, rng):
    return np.sqrt(rng.uniform((2 * MU) ** 2, (B - KSTAR) ** 2, n))


def _decay(p4, mass, own, other, rng):
    """The momenta of the particles `own` from isotropic decays of `p4` (n, 4) into `own` and `other`."""
    n = len(p4)
    k = np.sqrt(np.maximum((mass**2 - (own + other) ** 2) * (mass**2 - (own - other) ** 2), 0)) / (2 * mass)
    cos, phi = rng.uniform(-1, 1, n), rng.uniform(-np.pi, np.pi, n)
    sin = np.sqrt(1 - cos**2)
    rest = k[:, None] * np.column_stack([sin * np.cos(phi), sin * np.sin(phi), cos])
    energy = np.hypot(k, own)
    # boost by the mother's momentum p and energy E: r + p (p.r / (m (E + m)) + e / m)
    E, p = p4[:, 0], p4[:, 1:]
    along = (p * rest).sum(axis=1)
    moved = rest + p * ((along / (E + mass) + energy) / mass)[:, None]
    return np.column_stack([(E * energy + along) / mass, moved])
