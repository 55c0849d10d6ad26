"""Simulate tracks of one species in the RICH detectors: `detector.py` has the physics.

    python -m reproductions.rich_gan simulate --particle kaon --events 1000000 --seed 1 --out kaons.h5

| dataset                                             | shape | unit                                           |
|-----------------------------------------------------|-------|------------------------------------------------|
| P                                                   | (N,)  | MeV                                            |
| eta, nspdhits                                       | (N,)  |                                                |
| weight                                              | (N,)  | 1, or sWeights; may be left out                |
| RichDLLe, RichDLLmu, RichDLLk, RichDLLp, RichDLLbt  | (N,)  | relative to the pion; -999: no RICH information |

Samples: `spectrum`, all tracks of the species in LHCb's simulation; `calibration`, the probes of a calibration channel
with a background of pions and sWeights; `signal`, those of B -> K* mu mu, on which a calibration must be used.
"""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from reproductions.rich_gan import decays
from reproductions.rich_gan.constants import DLLS, PARTICLES
from zoo.cli import flag
from zoo.data import hdf5, simulation
from zoo.data.simulation import Simulation
from zoo.errors import InputError

SAMPLES = ("spectrum", "calibration", "signal")
CHUNK = 8192  # tracks simulated together: their photons take 8 MB an array


@dataclass(frozen=True, kw_only=True)
class Flags(simulation.Flags):
    """Tracks of one species."""

    particle: str = flag("kaon", "species of the tracks", choices=PARTICLES)
    sample: str = flag("spectrum", "which tracks", choices=SAMPLES)

    def __post_init__(self):
        """Raises InputError for numbers that make no sense and for a particle that the sample does not have."""
        super().__post_init__()
        if self.sample == "signal" and self.particle not in decays.SIGNAL:
            raise InputError(f"B -> K* mu mu has no {self.particle}, expected {' or '.join(decays.SIGNAL)}")


def simulate(flags: Flags, command: str) -> str:
    """Write tracks to flags.out; how fast, to tell the user."""
    attributes: hdf5.Attributes = {
        "generator": "Cherenkov photons in LHCb's RICH detectors, reproductions.rich_gan.detector",
        "particle": flags.particle,
        "sample": flags.sample,
        "seed": flags.seed,
        "units": "P in MeV",
        "command": command,
    }
    wall, cpu = time.perf_counter(), time.process_time()
    with hdf5.appending(flags.out, attributes) as append:
        for chunk in generate(flags.particle, flags.events, flags.seed, flags.sample):
            append(chunk)
    wall, cpu, n = time.perf_counter() - wall, time.process_time() - cpu, flags.events
    return f"{flags.out}: {n} tracks in {wall:.1f} s, {n / wall:.0f} tracks/s, {n / cpu:.0f} per CPU second"


SIMULATION = Simulation(Flags, simulate)


def generate(particle: str, tracks: int, seed: int, sample: str = "spectrum") -> Iterator[dict[str, np.ndarray]]:
    """The datasets of `tracks` tracks in consecutive chunks; the same seed gives the same tracks."""
    import tensorflow as tf

    if sample == "spectrum":
        for number, start in enumerate(range(0, tracks, CHUNK)):
            found = _spectrum(particle, CHUNK)(tf.constant([seed, number]))
            yield {name: np.asarray(values)[: tracks - start] for name, values in found.items()}
        return
    rng = np.random.default_rng([seed, SAMPLES.index(sample)])
    channels = (decays.CALIBRATION if sample == "calibration" else decays.SIGNAL)[particle]
    share = decays.BACKGROUND if sample == "calibration" else 0.0
    signal = rng.random(tracks) >= share
    weight = np.ones(tracks)
    if share:
        _, densities = decays.masses(signal, rng)
        weight = decays.sweights(densities, np.array([signal.sum(), (~signal).sum()]))
    p, eta = decays.mixed(channels, tracks, rng)
    for number, start in enumerate(range(0, tracks, CHUNK)):
        rows = slice(start, min(start + CHUNK, tracks))
        kinds = [_given(particle)] + ([_given("pion")] if share else [])
        inputs = [np.resize(values[rows], CHUNK).astype(np.float32) for values in (np.log(p), eta)]
        made = [kind(*inputs, tf.constant([seed, number])) for kind in kinds]
        size, own = rows.stop - rows.start, signal[rows]
        chunk = {
            name: np.where(own, made[0][name][:size], made[-1][name][:size]).astype(np.float32) for name in made[0]
        }
        yield chunk | {"weight": weight[rows].astype(np.float32)}


def joined(chunks: Iterable[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """The tracks of all `chunks` by name."""
    chunks = list(chunks)
    return {name: np.concatenate([chunk[name] for chunk in chunks]) for name in chunks[0]}


@cache
def _spectrum(particle, n):
    import tensorflow as tf

    from reproductions.rich_gan import detector

    @tf.function(autograph=False)
    def made(seed):
        return arrays(particle, detector.tracks(particle, n).sample(seed=seed))

    return made


@cache
def _given(particle):
    import tensorflow as tf

    from reproductions.rich_gan import detector

    @tf.function(autograph=False)
    def made(log_p, eta, seed):
        return arrays(particle, detector.photons(particle, log_p, eta).sample(seed=seed))

    return made


def arrays(particle, sample, constants=None):
    """The datasets by name, each (n,), of a sample of `detector.tracks`."""
    import tensorflow as tf

    from reproductions.rich_gan import detector

    dlls = detector.dlls(particle, sample, constants or detector.RELEASED)
    kinematics = {"P": 1e3 * tf.exp(sample.log_p), "eta": sample.eta, "nspdhits": sample.nspdhits}
    return kinematics | {"weight": tf.ones_like(sample.eta)} | {name: dlls[:, i] for i, name in enumerate(DLLS)}
