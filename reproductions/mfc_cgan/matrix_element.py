r"""The matrix element of dark bremsstrahlung, mu(p) + N(P) -> mu(p') + N(P') + X(k), at tree level.

The muon radiates a scalar or a vector X while it exchanges one photon of momentum q = P - P' with a nucleus of spin 0
at rest (Liu, McKeen, Miller, arXiv:1609.06781; Liu, Miller, arXiv:1705.01633; muons: Kahn et al., arXiv:1804.03144).
With u = m^2 - (p-k)^2 and s = (p'+k)^2 - m^2, both positive,

.. math:: A = g \frac{e^2}{t} \sqrt{G_2(t)}\; \bar u(p') \left[ \slashed J \frac{\slashed p - \slashed k + m}{-u} \Gamma
          + \Gamma \frac{\slashed p' + \slashed k + m}{s} \slashed J \right] u(p), \qquad J = P + P',

where Gamma is 1 for a scalar and the polarisation vector (slashed) for a vector. GeV throughout; the beam is along +z.

A four-vector is a `Vector` of light-cone components, a spinor a pair (left, right) of two-component spinors: in the
chiral representation v-slash takes (L, R) to (v.sigma R, v.sigma-bar L).
"""

from typing import NamedTuple

import numpy as np

ALPHA = 1 / 137.036
ELECTRON, PROTON = 0.000511, 0.938272  # GeV
MAGNETIC_MOMENT = 2.79  # of the proton, nuclear magnetons

Spinor = tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


class Vector(NamedTuple):
    """v+ = v0 + vz, v- = v0 - vz and v_T = vx + i vy of real four-vectors, each (n,)."""

    plus: np.ndarray
    minus: np.ndarray
    transverse: np.ndarray

    @classmethod
    def of(cls, v0, vx, vy, vz) -> "Vector":
        """From Cartesian components."""
        return cls(v0 + vz, v0 - vz, vx + 1j * vy)

    @classmethod
    def on_shell(cls, momentum, mass: float) -> "Vector":
        """Of the momentum (E, px, py, pz) of a particle of the given mass.

        p- = (m^2 + pT^2) / p+, for E - pz of a fast particle has only a few digits left.
        """
        v0, vx, vy, vz = momentum
        return cls(v0 + vz, (mass * mass + vx * vx + vy * vy) / (v0 + vz), vx + 1j * vy)

    def __matmul__(self, other: "Vector") -> np.ndarray:
        """The scalar product v.w."""
        along = self.plus * other.minus + self.minus * other.plus
        return along / 2 - (self.transverse.conj() * other.transverse).real


def form_factor(t: np.ndarray, Z: float, A: float) -> np.ndarray:
    """G_2(t) = elastic + inelastic, with t = -q^2 in GeV^2 (Bjorken et al., arXiv:0906.0580, equations A18 and A19).

    In the inelastic part (1 + t / 0.71 GeV^2)^-4 stands once, as in Tsai, Rev. Mod. Phys. 46 (1974) 815, and is not
    squared with the bracket before it.
    """
    screening, size = 111 * Z ** (-1 / 3) / ELECTRON, 0.164 * A ** (-2 / 3)
    elastic = _screened(t, screening) * (Z / (1 + t / size)) ** 2
    bracket = 1 + t / (4 * PROTON**2) * (MAGNETIC_MOMENT**2 - 1)
    return elastic + Z * _screened(t, 773 * Z ** (-2 / 3) / ELECTRON) * bracket / (1 + t / 0.71) ** 4


def _screened(t: np.ndarray, a: float) -> np.ndarray:
    return (a * a * t / (1 + a * a * t)) ** 2


def current(q: Vector, mass: float) -> Vector:
    """The current J of a nucleus of spin 0 and the given mass, up to multiples of q.

    J = 2P - q may be replaced by 2P + c q, for the muon's current is conserved. This c makes J- = 0: the large
    components of the muon's current then drop out, and nothing is left to cancel (Tsai's infinite-momentum gauge).
    """
    c = -2 * mass / q.minus
    return Vector(2 * mass + c * q.plus, np.zeros_like(q.minus), c * q.transverse)


def lepton_tensor(p, p_out, k, J, s, u, mass, polarisations) -> np.ndarray:
    r"""The sum over spins of \|\bar u(p') [...] u(p)\|^2, averaged over the incoming muon's: (n,).

    By Dirac's equation the numerators of the propagators shrink: (p-slash - k-slash + m) u = (2m - k-slash) u for a
    scalar, and 2 p.e - k-slash e-slash for a vector; likewise on the other side.
    Without an absorptive part both helicities of the incoming muon give the same sum, so that one of them is enough.

    Arguments:
        p, p_out, k, J: Vectors; p along +z.
        s, u: the denominators (n,), as above.
        mass: of the muon.
        polarisations: Vectors e, or [None] for a scalar.
    """
    spin = _spinor_along_z(p, mass)
    total = np.zeros_like(s)
    for e in polarisations:
        if e is None:
            first = _slash(J, _sum(2 * mass, spin, -1, _slash(k, spin)))
            bent = _slash(J, spin)
            last = _sum(2 * mass, bent, 1, _slash(k, bent))
        else:
            first = _slash(J, _sum(2 * (p @ e), spin, -1, _slash(k, _slash(e, spin))))
            bent = _slash(J, spin)
            last = _sum(2 * (p_out @ e), bent, 1, _slash(e, _slash(k, bent)))
        total += _squared(p_out, mass, _sum(-1 / u, first, 1 / s, last))
    return total


def polarisations(k, carrier_mass) -> list[Vector]:
    """Three polarisation vectors of a vector X of momentum k = (k0, kx, ky, kz) and mass > 0, real and orthonormal.

    The longitudinal one lacks its part k / m: the muon's current is conserved, and that part alone is large.
    """
    k0, kx, ky, kz = k
    transverse, length = np.hypot(kx, ky), np.sqrt(kx * kx + ky * ky + kz * kz)
    safe = np.where(transverse > 0, transverse, 1.0)
    cos_phi, sin_phi = np.where(transverse > 0, kx / safe, 1.0), ky / safe
    cos, sin, zero = kz / length, transverse / length, np.zeros_like(k0)
    longitudinal = carrier_mass / (k0 + length)
    return [
        Vector.of(zero, cos * cos_phi, cos * sin_phi, -sin),
        Vector.of(zero, -sin_phi, cos_phi, zero),
        Vector.of(-longitudinal, *(longitudinal * component / length for component in (kx, ky, kz))),
    ]


def _spinor_along_z(p: Vector, mass: float) -> Spinor:
    """u(p) of positive helicity for p along +z."""
    root, zero = np.sqrt(p.plus), np.zeros_like(p.plus)
    return (mass / root, zero), (root, zero)


def _slash(v: Vector, spinor: Spinor) -> Spinor:
    (l0, l1), (r0, r1) = spinor
    w = v.transverse
    bar = w.conj()
    return (v.minus * r0 - bar * r1, v.plus * r1 - w * r0), (v.plus * l0 + bar * l1, w * l0 + v.minus * l1)


def _sum(a, x: Spinor, b, y: Spinor) -> Spinor:
    (l0, l1), (r0, r1) = x
    (m0, m1), (s0, s1) = y
    return (a * l0 + b * m0, a * l1 + b * m1), (a * r0 + b * s0, a * r1 + b * s1)


def _squared(p: Vector, mass: float, spinor: Spinor) -> np.ndarray:
    r"""sum over spins of \|\bar u(p) spinor\|^2, with the light-cone spinors of Lepage and Brodsky (PRD 22, 2157).

    u_R = (p+, p_T) / sqrt(p+), u_L = (m, 0) / sqrt(p+), and u_L = (-p_T*, p+) / sqrt(p+), u_R = (0, m) / sqrt(p+).
    """
    (l0, l1), (r0, r1) = spinor
    up = p.plus * l0 + p.transverse.conj() * l1 + mass * r0
    down = p.plus * r1 - p.transverse * r0 + mass * l1
    return (up.real**2 + up.imag**2 + down.real**2 + down.imag**2) / p.plus
