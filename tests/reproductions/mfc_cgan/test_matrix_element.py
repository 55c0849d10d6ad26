"""The spinors against Dirac matrices and traces, gauge invariance, and the form factors."""

import numpy as np
import pytest

from reproductions.mfc_cgan import matrix_element
from reproductions.mfc_cgan.constants import MUON
from reproductions.mfc_cgan.matrix_element import Vector
from reproductions.mfc_cgan.simulate import TARGETS, Process

IRON = TARGETS["iron"]
PAULI = np.array([[[1, 0], [0, 1]], [[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
SIGNS = np.array([1, -1, -1, -1])
# gamma^mu in the chiral representation, (4, 4, 4)
GAMMA = np.zeros((4, 4, 4), complex)
GAMMA[:, :2, 2:] = PAULI
GAMMA[:, 2:, :2] = PAULI * SIGNS[:, None, None]


@pytest.fixture(scope="module")
def points():
    """Points inside phase space for a carrier of 0.5 GeV, muons of 100 GeV on iron."""
    points = Process(100).points(np.random.default_rng(1).random((2000, 4)))
    keep = points.weight > 0
    cut = {name: tuple(x[keep] for x in getattr(points, name)) for name in ("p", "p_out", "k", "q")}
    return points._replace(weight=points.weight[keep], s=points.s[keep], u=points.u[keep], **cut)


def slash(v):
    """(n, 4, 4) from Cartesian components (4, n)."""
    return np.einsum("m,mn,mij->nij", SIGNS, np.array(v), GAMMA)


def product(v, w):
    return np.einsum("m,mn,mn->n", SIGNS, np.array(v), np.array(w))


def traced(points, J, emissions):
    """Half the trace of the full matrix element squared, with the propagators as they stand in Feynman's rules."""
    p, p_out, k = (slash(getattr(points, name)) for name in ("p", "p_out", "k"))
    one, total = MUON * np.eye(4), 0
    for emission in emissions:
        before = slash(J) @ (p - k + one) @ emission / (-points.u)[:, None, None]
        after = emission @ (p_out + k + one) @ slash(J) / points.s[:, None, None]
        vertex = before + after
        conjugate = GAMMA[0] @ np.conj(np.swapaxes(vertex, 1, 2)) @ GAMMA[0]
        total = total + np.trace((p_out + one) @ vertex @ (p + one) @ conjugate, axis1=1, axis2=2).real / 2
    return total


def ours(points, J, polarisations):
    p, p_out = (Vector.on_shell(momentum, MUON) for momentum in (points.p, points.p_out))
    k = Vector.on_shell(points.k, 0.5)
    return matrix_element.lepton_tensor(p, p_out, k, J, points.s, points.u, MUON, polarisations)


def nuclear_current(points):
    """P + P' = 2P - q."""
    q0, qx, qy, qz = points.q
    return 2 * IRON.mass - q0, -qx, -qy, -qz


def cartesian(v):
    return (v.plus + v.minus) / 2, v.transverse.real, v.transverse.imag, (v.plus - v.minus) / 2


def test_scalar_amplitudes_are_the_trace(points):
    J = nuclear_current(points)
    expected = traced(points, J, [np.eye(4)])
    np.testing.assert_allclose(ours(points, Vector.of(*J), [None]), expected, rtol=1e-5)


def test_vector_amplitudes_are_the_trace(points):
    J = nuclear_current(points)
    vectors = matrix_element.polarisations(points.k, 0.5)
    expected = traced(points, J, [slash(cartesian(e)) for e in vectors])
    np.testing.assert_allclose(ours(points, Vector.of(*J), vectors), expected, rtol=1e-5)


def test_the_current_without_cancellation_gives_the_same(points):
    q = Vector.of(*points.q)
    for polarisations in ([None], matrix_element.polarisations(points.k, 0.5)):
        plain = ours(points, Vector.of(*nuclear_current(points)), polarisations)
        np.testing.assert_allclose(ours(points, matrix_element.current(q, IRON.mass), polarisations), plain, rtol=1e-5)


def test_polarisations_sum_to_the_projector(points):
    """sum e e = -g + k k / m^2; ours lack k / m in the longitudinal one, which is put back here."""
    k, mass = np.array(points.k), 0.5
    first, second, longitudinal = (np.array(cartesian(e)) for e in matrix_element.polarisations(points.k, mass))
    vectors = first, second, longitudinal + k / mass
    total = sum(np.einsum("mn,ln->nml", e, e) for e in vectors)
    expected = -np.diag(SIGNS) + np.einsum("mn,ln->nml", k, k) / mass**2
    np.testing.assert_allclose(total, expected, rtol=1e-6, atol=1e-8 * (k[0] / mass).max() ** 2)
    for e in vectors:
        np.testing.assert_allclose(product(e, k), 0, atol=1e-9 * k[0].max() ** 2)


@pytest.mark.parametrize("spin", ["scalar", "vector"])
def test_photon_ward_identity(points, spin):
    """q in the place of the photon gives nothing, beside one diagram alone, which is not conserved."""
    q = Vector.of(*points.q)
    polarisations = matrix_element.polarisations(points.k, 0.5) if spin == "vector" else [None]
    one_diagram = ours(points._replace(s=np.full_like(points.s, np.inf)), q, polarisations)
    assert (ours(points, q, polarisations) < 1e-20 * one_diagram).all()


def test_vector_ward_identity(points):
    """k in the place of the vector's polarisation gives nothing, with the nucleus's current."""
    k = Vector.on_shell(points.k, 0.5)
    J = matrix_element.current(Vector.of(*points.q), IRON.mass)
    one_diagram = ours(points._replace(s=np.full_like(points.s, np.inf)), J, [k])
    assert (ours(points, J, [k]) < 1e-20 * one_diagram).all()


def test_particles_along_the_beam_have_polarisations():
    zero, one = np.zeros(1), np.ones(1)
    vectors = matrix_element.polarisations((np.sqrt(2) * one, zero, zero, one), 1.0)
    assert np.isfinite([cartesian(e) for e in vectors]).all()


def test_form_factors():
    """Screened at small t, Z^2 in between, the size of the nucleus beyond; by hand at one point."""
    assert matrix_element.form_factor(np.array(1e-12), 26, 55.845) < 0.1
    assert matrix_element.form_factor(np.array(1e-4), 26, 55.845) == pytest.approx(26**2, rel=0.03)
    assert matrix_element.form_factor(np.array(1.0), 26, 55.845) < 26
    t, a, inelastic_a = 0.01, 111 / 26 ** (1 / 3) / 0.000511, 773 / 26 ** (2 / 3) / 0.000511
    elastic = (a**2 * t / (1 + a**2 * t)) ** 2 * (26 / (1 + t / (0.164 / 55.845 ** (2 / 3)))) ** 2
    magnetic = 1 + t / (4 * 0.938272**2) * (2.79**2 - 1)
    inelastic = 26 * (inelastic_a**2 * t / (1 + inelastic_a**2 * t)) ** 2 * magnetic / (1 + t / 0.71) ** 4
    assert matrix_element.form_factor(np.array(t), 26, 55.845) == pytest.approx(elastic + inelastic, rel=1e-9)
