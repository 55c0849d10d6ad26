"""Unweighted events mu + nucleus -> mu + nucleus + X, X a scalar or a vector.

    python -m reproductions.mfc_cgan simulate --energies 50 100 --events 100000 --seed 1 --out events.h5

`matrix_element.py` holds the physics; here are the phase space, the sampling and the files. A file has a group for each
beam energy, E50, E100 ...:

| dataset  | shape     | unit                                                                    |
|----------|-----------|-------------------------------------------------------------------------|
| p4       | (N, 3, 4) | GeV; outgoing muon, X and nucleus, each (E, px, py, pz), the beam along z |
| features | (N, 6)    | mu_E, mu_pT, mu_eta, mfc_E, mfc_pT, mfc_eta; energies in GeV            |

with its cross section, `sigma_pb` and `sigma_error_pb`, among its attributes. `--out FILE.lhe` writes a Les Houches
file of one beam energy instead.
"""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from reproductions.mfc_cgan import matrix_element
from reproductions.mfc_cgan.constants import ENERGIES, FEATURES, MUON
from reproductions.mfc_cgan.matrix_element import ALPHA, Vector
from zoo import cli, optional
from zoo.cli import flag
from zoo.data import hdf5, lhe, simulation
from zoo.data.processes import pool
from zoo.data.simulation import WHERE, Simulation
from zoo.errors import InputError

ATOMIC_MASS_UNIT = 0.93149410242  # GeV
PICOBARN = 0.3893793721e9  # GeV^-2
LARGEST_T = 20.0  # GeV^2: of the cross section less than 1e-6 lies beyond
SPINS = ("scalar", "vector")

CHUNK = 8192  # points computed together: their arrays fit into the processor's cache
ADAPTATIONS, ADAPTATION_POINTS = 10, 4  # of the grid; chunks of points for each
PILOT = 40  # chunks of points from which the largest weight is estimated
EXCESS = 1e-4  # share of the cross section that may lie above the largest weight
X_PDG = 5000001  # of the carrier: a number that the PDG leaves to new models


class Nucleus(NamedTuple):
    """A target."""

    Z: int
    A: float  # mean of the natural isotopes
    pdg: int  # of the commonest

    @property
    def mass(self) -> float:
        """In GeV."""
        return self.A * ATOMIC_MASS_UNIT


TARGETS = {
    "iron": Nucleus(26, 55.845, 1000260560),
    "copper": Nucleus(29, 63.546, 1000290630),
    "tungsten": Nucleus(74, 183.84, 1000741840),
    "lead": Nucleus(82, 207.2, 1000822080),
}


class Points(NamedTuple):
    """Points of phase space with their weights (n,) and momenta (E, px, py, pz), each component (n,), in GeV.

    `weight` is the differential cross section (pb) times the volume that a point stands for, 0 outside phase space.
    """

    weight: np.ndarray
    p: tuple
    p_out: tuple
    k: tuple
    q: tuple
    s: np.ndarray
    u: np.ndarray


@dataclass(frozen=True)
class Process:
    """mu + nucleus -> mu + nucleus + X for muons of `energy` GeV."""

    energy: float
    mass: float = 0.5  # GeV, of X
    spin: str = "scalar"
    coupling: float = 1e-3  # g, of X to muons
    target: str = "iron"

    def __post_init__(self):
        """Raises InputError for values without physics."""
        if self.spin not in SPINS or self.target not in TARGETS:
            raise InputError(f"a {self.spin} on {self.target}: expected {' or '.join(SPINS)} on {', '.join(TARGETS)}")
        if not 0 < self.mass < np.inf or not 0 < self.coupling < np.inf:
            raise InputError(f"mass {self.mass} GeV and coupling {self.coupling}, expected positive numbers")
        M, made = TARGETS[self.target].mass, self.mass + MUON
        threshold = made + (made**2 - MUON**2) / (2 * M)  # (p + P)^2 > (m + m_X + M)^2
        if not threshold < self.energy < np.inf:
            raise InputError(
                f"muons of {self.energy} GeV cannot make a carrier of {self.mass} GeV, "
                f"expected more than {threshold:.4g} GeV"
            )

    def points(self, y: np.ndarray) -> Points:
        r"""Points (n, 4) of the unit hypercube as points of phase space.

        The coordinates become the carrier's energy fraction x (log-uniform in 1 - x), u = m^2 - (p-k)^2 (log-uniform,
        stands for the carrier's angle), t = -q^2 (log-uniform), and the azimuth phi of q around V = p - k. With k in
        the xz-plane, and an overall azimuth integrated over,

        .. math:: d\Phi = \frac{1}{(2\pi)^5} \frac{2\pi\,|k| E\, dx\, d\cos\theta}{2} \frac{dt\, d\phi}{8 M |V|}, \qquad
                  d\sigma = \frac{\langle |A|^2 \rangle}{4 M |p|} d\Phi.
        """
        E, m, mx, M = self.energy, MUON, self.mass, TARGETS[self.target].mass
        p = np.sqrt(E * E - m * m)
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):  # outside phase space: weight 0
            slow, volume = _log_uniform(y[:, 0], m / E, 1 - mx / E)
            Ek = (1 - slow) * E
            k = np.sqrt(Ek * Ek - mx * mx)
            pk = p * k
            # u = 2 (E E_k - p k cos) - mx^2, and its smallest value in a form without cancellation
            smallest = 2 * ((m * Ek) ** 2 + mx * mx * p * p) / (E * Ek + pk) - mx * mx
            u, factor = _log_uniform(y[:, 1], smallest, smallest + 4 * pk)
            volume = volume * factor / (2 * pk)
            away = (u - smallest) / (2 * pk)  # 1 - cos(theta)
            sin, cos = np.sqrt(away * (2 - away)), 1 - away

            # The limits of t, where q lies along V: a t^2 - b t + u^2/4 = 0
            V0 = E - Ek
            V = np.sqrt(V0 * V0 + u - m * m)
            boost = 1 + V0 / M
            a = boost * boost / 4 - (V / (2 * M)) ** 2
            b = V * V - u * boost / 2
            root = b + np.sqrt(b * b - a * u * u)
            lowest, highest = u * u / (2 * root), root / (2 * a)
            t, factor = _log_uniform(y[:, 2], lowest, np.minimum(highest, LARGEST_T))
            volume = volume * factor
            phi, volume = 2 * np.pi * y[:, 3], 2 * np.pi * volume

            q0 = -t / (2 * M)
            along = -(u + t * boost) / (2 * V)
            across = np.sqrt(a * (t - lowest) * (highest - t)) / V
            Vx, Vz = -k * sin, p - k * cos
            aside = across * np.cos(phi)
            qx, qy, qz = (Vz * aside + Vx * along) / V, across * np.sin(phi), (Vz * along - Vx * aside) / V
            s = 2 * (E * q0 - p * qz) - t

            zero = np.zeros_like(t)
            momenta = {
                "p": (zero + E, zero, zero, zero + p),
                "p_out": (V0 + q0, Vx + qx, qy, Vz + qz),
                "k": (Ek, k * sin, zero, k * cos),
                "q": (q0, qx, qy, qz),
            }
            flux = 4 * M * p
            phase_space = np.pi * k * E / (8 * M * V) / (2 * np.pi) ** 5 * volume
            weight = self.squared_amplitude(**momenta, s=s, u=u, t=t) / flux * phase_space * PICOBARN
            inside = (b > 0) & (lowest < LARGEST_T) & (V0 + q0 > m) & np.isfinite(weight)
        return Points(np.where(inside, weight, 0.0), **momenta, s=s, u=u)

    def squared_amplitude(self, p, p_out, k, q, s, u, t) -> np.ndarray:
        """|A|^2 of `matrix_element`, averaged over the muon's and summed over all other spins: (n,)."""
        nucleus = TARGETS[self.target]
        vectors = Vector.on_shell(p, MUON), Vector.on_shell(p_out, MUON), Vector.on_shell(k, self.mass)
        J = matrix_element.current(Vector.of(*q), nucleus.mass)
        polarisations = matrix_element.polarisations(k, self.mass) if self.spin == "vector" else [None]
        leptons = matrix_element.lepton_tensor(*vectors, J, s, u, MUON, polarisations)
        charges = (self.coupling * 4 * np.pi * ALPHA / t) ** 2
        return charges * matrix_element.form_factor(t, nucleus.Z, nucleus.A) * leptons


class Events(NamedTuple):
    """Unweighted events of one process.

    Attributes:
        process: the Process.
        p4: (n, 3, 4), as in a file.
        sigma, sigma_error: cross section and its uncertainty in pb.
        efficiency: events / points.
        overweight: number of events whose weight was above the largest, and which yet stand there once.
        excess: share of the cross section that is lost by that.
    """

    process: Process
    p4: np.ndarray
    sigma: float
    sigma_error: float
    efficiency: float
    overweight: int
    excess: float


def generate(process: Process, events: int, seed: int) -> Events:
    """Unweighted events; the same seed gives the same ones, whatever other energies are made beside them.

    A vegas grid (Lepage, arXiv:2009.05112) is adapted to the weights, then a point with weight w is accepted with
    probability w / w_max. w_max is chosen on a pilot sample such that 1e-4 of the cross section lies above it.
    """
    with optional.needed("the simulation of force carriers"):
        import vegas

    rng = np.random.default_rng([seed, round(1e6 * process.energy)])
    grid = vegas.AdaptiveMap([[0, 1]] * 4, ninc=100)

    def draw() -> tuple[np.ndarray, Points]:
        y = rng.random((CHUNK, 4))
        mapped, jacobian = np.empty_like(y), np.empty(CHUNK)
        grid.map(y, mapped, jacobian)
        points = process.points(mapped)
        return y, points._replace(weight=points.weight * jacobian)

    for _ in range(ADAPTATIONS):
        for _ in range(ADAPTATION_POINTS):
            y, points = draw()
            grid.add_training_data(y, points.weight**2)
        grid.adapt(alpha=1.0)
    pilot = np.concatenate([draw()[1].weight for _ in range(PILOT)])
    if not pilot.any():
        raise InputError(f"muons of {process.energy} GeV: no phase space found, expected more above the threshold")
    largest = _largest_weight(pilot)

    accepted: list[np.ndarray] = []
    found = chunks = overweight = 0
    sums = np.zeros(3)
    while found < events:
        _, points = draw()
        weight = points.weight
        keep = np.flatnonzero(weight > largest * rng.random(CHUNK))
        chunks += 1
        above = np.maximum(weight - largest, 0)
        overweight += int(np.count_nonzero(above))
        sums += weight.sum(), (weight**2).sum(), above.sum()
        accepted.append(_momenta(points, keep, 2 * np.pi * rng.random(len(keep)), TARGETS[process.target].mass))
        found += len(keep)
    n = chunks * CHUNK
    mean = sums[0] / n
    error = np.sqrt((sums[1] / n - mean**2) / n)
    return Events(process, np.concatenate(accepted)[:events], mean, error, found / n, overweight, sums[2] / sums[0])


def features(p4: np.ndarray) -> np.ndarray:
    """(E, pT, eta) of the muon, then of the carrier: (n, 6) float32 from (n, 3, 4)."""
    columns = []
    for E, px, py, pz in np.moveaxis(p4[:, :2], 0, 2):
        pT = np.hypot(px, py)
        columns += [E, pT, np.arcsinh(pz / pT)]
    return np.stack(columns, axis=1).astype(np.float32)


def write(path: Path, made: Sequence[Events], attributes: dict) -> None:
    """Write events to an HDF5 file, or to a Les Houches file if `path` ends in .lhe (then of one energy only)."""
    if path.suffix == ".lhe":
        (events,) = made
        process, nucleus = events.process, TARGETS[events.process.target]
        both = (1, 2)
        particles = (
            lhe.Particle(13, lhe.INCOMING),
            lhe.Particle(nucleus.pdg, lhe.INCOMING),
            lhe.Particle(13, lhe.OUTGOING, both),
            lhe.Particle(X_PDG, lhe.OUTGOING, both),
            lhe.Particle(nucleus.pdg, lhe.OUTGOING, both),
        )
        masses = (MUON, nucleus.mass, MUON, process.mass, nucleus.mass)
        beams = np.zeros((len(events.p4), 2, 4))
        beams[:, 0] = process.energy, 0, 0, np.sqrt(process.energy**2 - MUON**2)
        beams[:, 1, 0] = nucleus.mass
        lhe.write(
            path,
            particles,
            np.concatenate([beams, events.p4], axis=1),
            masses,
            beams=(lhe.Beam(13, process.energy), lhe.Beam(nucleus.pdg, nucleus.mass)),
            cross_section=(events.sigma, events.sigma_error),
            header=attributes | _summary(events),
        )
        return
    arrays: dict[str, np.ndarray] = {}
    groups: dict[str, dict] = {}
    for events in made:
        name = group(events.process.energy)
        arrays |= {f"{name}/p4": events.p4, f"{name}/features": features(events.p4)}
        groups[name] = _summary(events)
    hdf5.write(path, arrays, attributes | groups)


def group(energy: float) -> str:
    """The name of the group with the events of a beam energy."""
    return f"E{energy:g}"


def _summary(events: Events) -> dict:
    return {
        "beam_energy": events.process.energy,
        "sigma_pb": events.sigma,
        "sigma_error_pb": events.sigma_error,
        "efficiency": events.efficiency,
        "overweight_events": events.overweight,
        "overweight_excess": events.excess,
    }


def _log_uniform(y: np.ndarray, low, high) -> tuple[np.ndarray, np.ndarray]:
    """low (high / low)^y and its derivative."""
    span = np.log(high / low)
    value = low * np.exp(span * y)
    return value, value * span


def _largest_weight(weights: np.ndarray) -> float:
    """w_max with sum(max(w - w_max, 0)) = EXCESS sum(w)."""
    ordered = np.sort(weights)[::-1]
    excess = np.cumsum(ordered) - np.arange(1, len(ordered) + 1) * ordered
    return float(ordered[np.searchsorted(excess, EXCESS * ordered.sum())])


def _momenta(points: Points, keep: np.ndarray, phi: np.ndarray, mass: float) -> np.ndarray:
    """The kept points (n, 3, 4), turned around the beam by phi."""
    cos, sin = np.cos(phi), np.sin(phi)
    p4 = np.empty((len(keep), 3, 4))
    for i, (E, px, py, pz) in enumerate((points.p_out, points.k, points.q)):
        x, y = px[keep], py[keep]
        p4[:, i] = np.stack([E[keep], cos * x - sin * y, sin * x + cos * y, pz[keep]], axis=1)
    p4[:, 2] = [mass, 0, 0, 0] - p4[:, 2]  # P' = P - q
    return p4


def _cpu_seconds() -> float:
    """Of this process and of those that it has started and that have ended."""
    return sum(os.times()[:4])


@dataclass(frozen=True, kw_only=True)
class Flags(simulation.Flags):
    """Events of each beam energy. The file is HDF5, or .lhe for one energy."""

    energies: tuple[float, ...] = flag(ENERGIES, "of the incoming muons in GeV")
    mass: float = flag(0.5, "of the carrier in GeV")
    spin: str = flag("scalar", "of the carrier", choices=SPINS)
    coupling: float = flag(1e-3, "g, of the carrier to muons")
    target: str = flag("iron", "the nucleus", choices=tuple(TARGETS))
    jobs: int = flag(os.cpu_count() or 1, "processes, an energy each at a time; the same events with any number", WHERE)

    def __post_init__(self):
        """Raises InputError for numbers that make no sense and for several energies in a Les Houches file."""
        super().__post_init__()
        cli.check(self, {"at least 1": (lambda x: x >= 1, "jobs")})
        if self.out.suffix not in (".h5", ".hdf5", ".lhe"):
            raise InputError(f"{self.out}: ends in '{self.out.suffix}', expected .h5 or .lhe")
        if self.out.suffix == ".lhe" and len(self.energies) > 1:
            number = len(self.energies)
            raise InputError(f"{self.out}: a Les Houches file holds one beam energy, expected one and not {number}")
        if len(set(self.energies)) < len(self.energies):
            raise InputError("an energy is given twice, expected each once")


def simulate(flags: Flags, command: str) -> str:
    """Write events of each energy to flags.out, and print a line for each; how fast that was."""
    processes = [Process(energy, flags.mass, flags.spin, flags.coupling, flags.target) for energy in flags.energies]
    wall, cpu = time.perf_counter(), _cpu_seconds()
    make = partial(generate, events=flags.events, seed=flags.seed)
    made = []
    with pool(flags.jobs) as workers:
        for sample in workers.map(make, processes):
            made.append(sample)
            print(
                f"{sample.process.energy:5g} GeV: {sample.sigma:.5g} ± {sample.sigma_error:.2g} pb, "
                f"efficiency {sample.efficiency:.3f}, {sample.overweight} overweight events "
                f"({sample.excess:.1e} of the cross section)",
                flush=True,
            )
    attributes = {
        "generator": "mu N -> mu N X at tree level, one photon exchanged, reproductions.mfc_cgan.simulate",
        "carrier_mass": flags.mass,
        "carrier_spin": flags.spin,
        "coupling": flags.coupling,
        "target": flags.target,
        "seed": flags.seed,
        "units": "GeV, pb",
        "features": ", ".join(FEATURES),
        "command": command,
    }
    write(flags.out, made, attributes)
    wall, cpu = time.perf_counter() - wall, _cpu_seconds() - cpu
    n = flags.events * len(processes)
    return f"{flags.out}: {n} events in {wall:.1f} s, {n / wall:.0f} events/s, {n / cpu:.0f} per CPU second"


SIMULATION = Simulation(Flags, simulate)
