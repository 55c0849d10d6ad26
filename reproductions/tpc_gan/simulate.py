"""The detector: what a row of MPD's TPC pads reads of a track segment, drawn from physics.

    python -m reproductions.tpc_gan simulate --events 100000 --seed 1 --out responses.h5

Along the segment electrons are freed in Poisson clusters with a heavy-tailed size; they drift, attach and diffuse;
avalanches multiply them; pads, shaping, noise and threshold make amplitudes (ADC counts) of 8 pads x 16 time buckets.
`segments` is the joint distribution of all that is random, `respond` the detector's deterministic part.
"""

import math
import time
from dataclasses import asdict, dataclass
from functools import lru_cache, partial

import numpy as np

from reproductions.tpc_gan.constants import (
    BUCKETS,
    CROSSING,
    DIP,
    DRIFT,
    MPD,
    PADS,
    PADS_IN_ROW,
    PARAMETERS,
    PT,
    PT_RANGE,
    ROW,
    UNITS,
    Detector,
)
from zoo import optional
from zoo.cli import flag
from zoo.data import hdf5, simulation
from zoo.data.simulation import Simulation

CHUNK = 1000  # segments computed together: their arrays fit into the processor's cache
SLOTS = 32  # clusters of a chunk are padded to a multiple of this, so that few shapes are compiled
PION, ELECTRON = 0.13957, 0.000511  # GeV
ARGON_IONISATION = 188e-9  # GeV, the mean excitation energy

# Per cent of clusters with 1, 2 ... 19 electrons in argon (Fischle, Heintze, Schmidt, Nucl. Instr. Meth. A 301 (1991)
# 202, table 2); beyond, P(n) = tail / n^2.
CLUSTER_SIZES = (65.6, 15.0, 6.4, 3.5, 2.25, 1.55, 1.05, 0.81, 0.61, 0.49, 0.39, 0.30, 0.25, 0.20, 0.16, 0.12)
CLUSTER_SIZES = (*CLUSTER_SIZES, 0.095, 0.075, 0.063)
MARGIN = 0.35  # cm beyond the row from which its pads still see electrons: 2.7 widths of the pad response


def simulate(parameters: np.ndarray, seed: int, detector: Detector = MPD) -> np.ndarray:
    """The amplitudes (n, 8, 16), float32 ADC counts, of segments with `parameters` (n, 6) as in `PARAMETERS`.

    Amplitudes below the threshold are 0; they are neither rounded nor do they saturate, so that those of overlapping
    segments may be added; `digitise` is the ADC. The same seed gives the same responses.
    """
    import tensorflow as tf

    parameters = np.asarray(parameters, np.float32)
    amplitudes = np.empty((len(parameters), len(PADS), len(BUCKETS)), np.float32)
    clusters = expected_clusters(parameters, detector)
    order = np.argsort(clusters)  # a chunk has as many slots as its segment with most clusters needs
    for start in range(0, len(parameters), CHUNK):
        rows = order[start : start + CHUNK]
        most = clusters[rows[-1]] + 6 * math.sqrt(clusters[rows[-1]])
        draw = _compiled(detector, SLOTS * math.ceil(most / SLOTS))
        padded = np.resize(rows, CHUNK)  # the last chunk repeats segments: another shape would be compiled anew
        inputs = tf.constant(parameters[padded]), tf.constant(clusters[padded]), tf.constant([seed, start])
        amplitudes[rows] = draw(*inputs)[: len(rows)]
    return amplitudes


def segments(parameters, clusters, slots: int, detector: Detector = MPD):
    """All that is random about segments with `parameters` (n, 6), as a tensorflow-probability joint distribution.

    Its parts, in this order, with `slots` clusters a segment, of which the first `number` exist:

    number     (n,)           clusters, Poisson with the means `clusters` (n,)
    along      (n, slots)     where a cluster lies along the row's normal, -1 to 1 from end to end, uniform
    quantile   (n, slots)     of the cluster's size in electrons, uniform: see `cluster_sizes`
    survivors  (n, slots)     electrons that are not attached on their way, binomial
    charge     (n, slots)     of their avalanches, in mean avalanches: a sum of k Polya numbers is gamma distributed
    shift      (n, slots, 3)  of the cluster's centre by diffusion, in its widths: along pads, across them, in time
    noise      (n, 8, 16)     in widths of the noise

    In a cluster of k electrons the centre spreads with sigma / sqrt(k); the rest, sigma sqrt(1 - 1/k), widens the
    charge that `respond` puts on pads and buckets: right in mean and variance for every k, exact for k = 1.
    """
    import tensorflow as tf

    with optional.needed("the simulation of pad rows"):
        import tensorflow_probability as tfp

    tfd = tfp.distributions
    root = tfd.JointDistributionCoroutine.Root
    shape = (parameters.shape[0], slots)
    survival = tf.exp(-detector.attachment * parameters[:, 2:3] * detector.bucket)
    shower = 1 + detector.polya

    @tfd.JointDistributionCoroutine
    def distribution():
        yield root(tfd.Independent(tfd.Poisson(clusters), 1, name="number"))
        yield root(tfd.Sample(tfd.Uniform(-1.0, 1.0), shape, name="along"))
        quantile = yield root(tfd.Sample(tfd.Uniform(), shape, name="quantile"))
        survivors = yield tfd.Independent(tfd.Binomial(_sizes(quantile, detector), probs=survival), 2, name="survivors")
        # A gamma distribution of shape 0 is none: charge without electrons is removed in `respond`.
        charge = tfd.Gamma(tf.maximum(survivors, 1.0) * shower, shower)
        yield tfd.Independent(charge, 2, name="charge")
        yield root(tfd.Sample(tfd.Normal(0.0, 1.0), (*shape, 3), name="shift"))
        yield root(tfd.Sample(tfd.Normal(0.0, 1.0), (shape[0], len(PADS), len(BUCKETS)), name="noise"))

    return distribution


def respond(parameters, drawn, detector: Detector = MPD):
    """The amplitudes (n, 8, 16), ADC counts, of what was `drawn` from `segments`, before the threshold.

    Charge q of a cluster at pad coordinate x and time t, y from the row's centre:

    A(pad, bucket) = sum q gain [row(y)] [Phi((pad + 1/2 - x) / s) - Phi((pad - 1/2 - x) / s)] N(bucket; t, w)

    with Phi, N normal, s and w the pad response and the shaping widened by diffusion, and row(y) as in pads along y.
    """
    import tensorflow as tf

    number, along, _, survivors, charge, shift, noise = drawn
    crossing, dip = (parameters[:, i : i + 1] * (math.pi / 180) for i in (0, 1))
    half = tf.where(parameters[:, 4:5] < detector.inner_rows, detector.inner_height, detector.outer_height) / 2
    root = tf.sqrt(parameters[:, 2:3] * detector.bucket)
    across, ahead = detector.transverse_diffusion * root, detector.longitudinal_diffusion * root / detector.bucket

    exists = (tf.range(along.shape[1], dtype=tf.float32) < number[:, None]) & (survivors > 0)
    electrons = tf.maximum(survivors, 1.0)
    centre, rest = tf.math.rsqrt(electrons), 1 - 1 / electrons
    y = along * (half + MARGIN)
    x = y * tf.tan(crossing) + across * centre * shift[..., 0]
    # A segment that rises towards the pads (dip > 0) has less to drift the farther out it is.
    t = -y * tf.tan(dip) / tf.cos(crossing) / detector.bucket + ahead * centre * shift[..., 2]
    y += across * centre * shift[..., 1]

    width = tf.sqrt(detector.pad_response**2 + across**2 * rest)
    row = _normal_cdf((y + half) / width) - _normal_cdf((y - half) / width)
    edges = tf.constant(np.append(PADS, PADS[-1] + 1) - 0.5, tf.float32) * detector.pad_width
    x += (parameters[:, 3:4] % 1) * detector.pad_width
    below = _normal_cdf((edges - x[..., None]) / width[..., None])
    pads = (below[..., 1:] - below[..., :-1]) * tf.where(exists, charge * row * detector.gain, 0.0)[..., None]

    variance = detector.shaping**2 + ahead**2 * rest
    late = tf.constant(BUCKETS, tf.float32) - (t + parameters[:, 2:3] % 1)[..., None]
    pulse = tf.exp(-0.5 * late**2 / variance[..., None]) * tf.math.rsqrt(2 * math.pi * variance)[..., None]
    return tf.matmul(pads, pulse, transpose_a=True) + detector.noise * noise


def expected_clusters(parameters: np.ndarray, detector: Detector = MPD) -> np.ndarray:
    """The mean number of clusters (n,), float32, that segments with `parameters` (n, 6) leave in and beside their row.

    Path times `Detector.clusters`, which scales with Bethe's energy loss of a pion, 1 at its minimum.
    """
    crossing, dip = np.radians(parameters[:, :2], dtype=np.float64).T
    path = 2 * (detector.height(parameters[:, 4]) / 2 + MARGIN) / np.cos(crossing) / np.cos(dip)
    loss = _bethe(parameters[:, 5] / np.cos(dip) / PION) / _bethe(np.linspace(1, 10, 1000)).min()
    return (detector.clusters * path * loss).astype(np.float32)


def cluster_sizes(detector: Detector = MPD) -> np.ndarray:
    """P(size <= n) of a cluster's size for n = 1, 2 ... electrons, float32."""
    tail = detector.tail / np.arange(len(CLUSTER_SIZES) + 1, detector.largest_cluster + 1) ** 2
    weights = np.concatenate([CLUSTER_SIZES, tail])
    return (np.cumsum(weights) / weights.sum()).astype(np.float32)


def digitise(amplitude: np.ndarray, detector: Detector = MPD) -> np.ndarray:
    """What the ADC makes of amplitudes of any shape: whole counts up to 2^bits - 1, 0 below the threshold; int16."""
    counts = np.clip(np.rint(amplitude), 0, 2**detector.bits - 1)
    return np.where(amplitude < detector.threshold, 0, counts).astype(np.int16)


def draw_parameters(n: int, seed: int, six: bool = False) -> np.ndarray:
    """`n` random segments as `PARAMETERS` (n, 6), float32: uniform in the ranges of the paper's sample.

    The pad coordinate is within 10 pads of the row's middle. Row and pT are those of MPD's 5,000 events, or with `six`
    any row, and pT log-uniform from 0.2 to 2.5 GeV.
    """
    rng = np.random.default_rng([seed, 0])
    crossing, dip, drift = (rng.uniform(*limits, n) for limits in (CROSSING, DIP, DRIFT))
    row = rng.integers(0, MPD.rows, n) if six else np.full(n, ROW)
    low, high = np.log(PT_RANGE)
    pt = np.exp(rng.uniform(low, high, n)) if six else np.full(n, PT)
    pad = PADS_IN_ROW[row] / 2 + rng.uniform(-10, 10, n)
    return np.column_stack([crossing, dip, drift, pad, row, pt]).astype(np.float32)


@dataclass(frozen=True, kw_only=True)
class Flags(simulation.Flags):
    """Responses to random segments."""

    six: bool = flag(False, "any pad row and pT of 0.2 to 2.5 GeV, not one of each")


def write(flags: Flags, command: str) -> str:
    """Simulate random segments into flags.out, which `reproductions.tpc_gan.data.load` reads; how fast that was."""
    wall, cpu, n = time.perf_counter(), time.process_time(), flags.events
    parameters = draw_parameters(n, flags.seed, flags.six)
    attributes: dict[str, str | int] = {
        "generator": "reproductions.tpc_gan.simulate",
        "seed": flags.seed,
        "parameters": ", ".join(f"{name} {unit}".strip() for name, unit in zip(PARAMETERS, UNITS, strict=True)),
        "amplitude": "ADC counts, not rounded",
        **{name: str(value) for name, value in asdict(MPD).items()},
        **({"command": command} if command else {}),
    }
    hdf5.write(flags.out, {"parameters": parameters, "amplitude": simulate(parameters, flags.seed)}, attributes)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return f"{flags.out}: {n} responses, {n / wall:.0f} a second, {n / cpu:.0f} a CPU second"


SIMULATION = Simulation(Flags, write)


def _sizes(quantile, detector: Detector):
    import tensorflow as tf

    below = tf.searchsorted(tf.constant(cluster_sizes(detector)), tf.reshape(quantile, [-1]))
    return tf.reshape(1.0 + tf.cast(below, tf.float32), quantile.shape)


def _normal_cdf(x):
    import tensorflow as tf

    return 0.5 + 0.5 * tf.math.erf(x * math.sqrt(0.5))


def _bethe(boost: np.ndarray) -> np.ndarray:
    """Bethe's energy loss, up to a factor, at beta gamma = `boost` (n,), without the density effect."""
    beta2 = boost**2 / (1 + boost**2)
    return (np.log(2 * ELECTRON * boost**2 / ARGON_IONISATION) - beta2) / beta2


@lru_cache(maxsize=32)
def _compiled(detector: Detector, slots: int):
    import tensorflow as tf

    @partial(tf.function, autograph=False)  # autograph knows no generators, of which a joint distribution is made
    def amplitudes(parameters, clusters, seed):
        drawn = segments(parameters, clusters, slots, detector).sample(seed=seed)
        amplitude = respond(parameters, drawn, detector)
        return tf.where(amplitude >= detector.threshold, amplitude, 0.0)

    return amplitudes
