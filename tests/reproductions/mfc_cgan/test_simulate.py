from pathlib import Path

import h5py
import numpy as np
import pylhe
import pytest
from scipy.stats import chi2, ks_2samp

from reproductions.mfc_cgan import simulate
from reproductions.mfc_cgan.constants import FEATURES, MUON
from reproductions.mfc_cgan.matrix_element import ALPHA, form_factor
from reproductions.mfc_cgan.room import ROOM
from reproductions.mfc_cgan.simulate import PICOBARN, TARGETS, Process, generate
from zoo.data import hdf5
from zoo.errors import InputError
from zoo.training import commands

# Another implementation's events, and its cross sections, see sample/README.md.
INDEPENDENT = Path(simulate.__file__).parent / "sample" / "independent.h5"
# pb, for iron, g = 1e-3 and muons of 100 GeV; (spin, mass in GeV)
SIGMA = {
    ("scalar", 0.1): 299.5,
    ("scalar", 0.5): 22.78,
    ("scalar", 1.0): 4.31,
    ("vector", 0.1): 1081,
    ("vector", 0.5): 72.0,
    ("vector", 1.0): 12.3,
}
MADGRAPH = {"scalar": (22.82, 0.04), "vector": (71.96, 0.27)}  # 0.5 GeV


@pytest.fixture(scope="module")
def scalar():
    return generate(Process(100), 5000, seed=1)


@pytest.fixture(scope="module")
def vector():
    return generate(Process(100, spin="vector"), 5000, seed=1)


@pytest.mark.parametrize(("spin", "mass"), SIGMA)
def test_cross_sections(spin, mass):
    """Within 5 standard deviations, and the rounding of the expected number (half of its last digit)."""
    made = generate(Process(100, mass, spin), 2000, seed=1)
    expected = SIGMA[spin, mass]
    rounding = 0.5 * 10.0 ** (np.floor(np.log10(expected)) - (2 if expected == 12.3 or expected == 4.31 else 3))
    assert made.sigma_error < 0.01 * expected
    assert abs(made.sigma - expected) < 5 * made.sigma_error + rounding


def test_cross_sections_of_madgraph(scalar, vector):
    for made in (scalar, vector):
        value, error = MADGRAPH[made.process.spin]
        assert abs(made.sigma - value) < 4 * np.hypot(made.sigma_error, error)


def test_cross_section_grows_with_the_square_of_the_coupling(scalar):
    made = generate(Process(100, coupling=2e-3), 1000, seed=1)
    assert made.sigma == pytest.approx(4 * generate(Process(100), 1000, seed=1).sigma, rel=1e-9)


def weizsaecker_williams(energy, spin, mass=0.5, coupling=1e-3):
    """The approximation of real photons (Liu, McKeen, Miller, arXiv:1609.06781, equations 16 to 22), integrated, in pb.

    dsigma / dx dcos(theta) = g^2 alpha^2 / (2 pi) |k| E (1 - x) / u^2 A(x, u) chi(t_min), t_min = (u / 2 E (1-x))^2.
    """
    m, (Z, A, _) = MUON, TARGETS["iron"]
    t = np.geomspace(1e-12, simulate.LARGEST_T, 2000)

    def beyond(density):
        steps = (density[1:] * t[1:] + density[:-1] * t[:-1]) / 2 * np.diff(np.log(t))
        return np.append(np.cumsum(steps[::-1])[::-1], 0)

    G = form_factor(t, Z, A)
    first, second = beyond(G / t), beyond(G / t**2)
    slow = np.geomspace(m / energy, 1 - mass / energy, 300)
    x = (1 - slow)[:, None]
    u = (mass**2 * (1 - x) / x + m**2 * x) * np.geomspace(1, 1e4, 300)
    lowest = np.log((u / (2 * energy * (1 - x))) ** 2)
    chi = np.maximum(np.interp(lowest, np.log(t), first) - np.exp(lowest) * np.interp(lowest, np.log(t), second), 0)
    bracket = (mass**2 * (1 - x) + m**2 * x**2 - u * x) / u**2
    if spin == "scalar":
        amplitude = x**2 / (1 - x) + 2 * (mass**2 - 4 * m**2) * bracket
    else:
        amplitude = 2 * (2 - 2 * x + x**2) / (1 - x) + 4 * (mass**2 + 2 * m**2) * bracket
    by_x = np.trapezoid(amplitude * (1 - x) / u * chi, np.log(u), axis=1)
    return coupling**2 * ALPHA**2 / (4 * np.pi) * np.trapezoid(by_x * slow, np.log(slow)) * PICOBARN


@pytest.mark.parametrize("spin", simulate.SPINS)
def test_weizsaecker_williams_is_near_and_nearer_at_higher_energy(spin):
    excess = []
    for energy in (50, 200, 800):
        made = generate(Process(energy, spin=spin), 5000, seed=1)
        excess.append(weizsaecker_williams(energy, spin) / made.sigma - 1)
        assert made.sigma_error / made.sigma < 0.005
    assert 0.06 > excess[0] > excess[1] > excess[2] > -0.01


def test_four_momentum_is_conserved_and_masses_are_right(scalar):
    nucleus = TARGETS["iron"]
    beam = np.array([100 + nucleus.mass, 0, 0, np.sqrt(100**2 - MUON**2)])
    np.testing.assert_allclose(scalar.p4.sum(axis=1), np.tile(beam, (5000, 1)), atol=1e-9)
    for i, mass in enumerate((MUON, 0.5, nucleus.mass)):
        E, *p = scalar.p4[:, i].T
        np.testing.assert_allclose(E**2 - np.sum(np.square(p), axis=0), mass**2, atol=1e-8)


def test_azimuth_is_uniform(scalar):
    phi = np.arctan2(scalar.p4[:, 1, 2], scalar.p4[:, 1, 1])
    counts = np.histogram(phi, 20, (-np.pi, np.pi))[0]
    assert chi2.sf(np.sum((counts - 250) ** 2 / 250), 19) > 1e-3


def test_features(scalar):
    found = simulate.features(scalar.p4)
    E, px, py, pz = scalar.p4[:, 1].T
    assert found.dtype == np.float32
    assert len(FEATURES) == found.shape[1]
    np.testing.assert_allclose(found[:, 3], E, rtol=1e-6)
    np.testing.assert_allclose(found[:, 4], np.hypot(px, py), rtol=1e-6)
    theta = np.arctan2(np.hypot(px, py), pz)
    np.testing.assert_allclose(found[:, 5], -np.log(np.tan(theta / 2)), rtol=1e-5)


@pytest.mark.parametrize(("spin", "energy"), [(s, e) for s in simulate.SPINS for e in (50, 100, 200)])
def test_shapes_are_those_of_an_independent_implementation(spin, energy, scalar, vector):
    """Kolmogorov-Smirnov in all six features, Bonferroni; and the cross section."""
    made = (
        {"scalar": scalar, "vector": vector}[spin] if energy == 100 else generate(Process(energy, 0.5, spin), 4000, 2)
    )
    with h5py.File(INDEPENDENT) as file:
        group = file[f"{spin}/E{energy}"]
        reference, sigma, error = group["features"][:], group.attrs["sigma_pb"], group.attrs["sigma_error_pb"]
    p_values = [ks_2samp(x, y).pvalue for x, y in zip(simulate.features(made.p4).T, reference.T, strict=True)]
    assert 6 * min(p_values) > 1e-3
    assert abs(made.sigma - sigma) < 4 * np.hypot(made.sigma_error, error)


def test_shapes_tell_spins_apart(scalar):
    with h5py.File(INDEPENDENT) as file:
        reference = file["vector/E100/features"][:]
    assert ks_2samp(simulate.features(scalar.p4)[:, 0], reference[:, 0]).pvalue < 1e-6


def test_unweighting_agrees_with_weighted_points(scalar):
    """The mean of each log(pT) and E of the unweighted events against weighted points without a grid."""
    points = Process(100).points(np.random.default_rng(3).random((400_000, 4)))
    weight = points.weight / points.weight.sum()
    effective = 1 / np.sum(weight**2)
    for i, (E, px, py, _) in enumerate((points.p_out, points.k)):
        for weighted, found in (
            (E, scalar.p4[:, i, 0]),
            (np.log(np.hypot(px, py)), np.log(np.hypot(scalar.p4[:, i, 1], scalar.p4[:, i, 2]))),
        ):
            inside = weight > 0
            mean = np.sum(weight[inside] * weighted[inside])
            assert abs(found.mean() - mean) < 4 * found.std() * np.sqrt(1 / len(found) + 1 / effective)


def test_overweight_events_are_few_and_reported(scalar, monkeypatch):
    assert scalar.excess < 1e-3
    monkeypatch.setattr(simulate, "EXCESS", 0.2)
    many = generate(Process(100), 2000, seed=1)
    assert many.excess == pytest.approx(0.2, rel=0.2)
    assert many.overweight > 100
    assert many.efficiency > 2 * scalar.efficiency
    assert len(many.p4) == 2000


def test_the_largest_weight_leaves_the_excess_above(random):
    weights = random.exponential(size=100_000)
    largest = simulate._largest_weight(weights)
    assert np.maximum(weights - largest, 0).sum() == pytest.approx(simulate.EXCESS * weights.sum(), rel=0.2)


def test_large_momentum_transfers_do_not_matter(monkeypatch):
    before = generate(Process(100), 1000, seed=1).sigma
    monkeypatch.setattr(simulate, "LARGEST_T", 2.0)
    assert generate(Process(100), 1000, seed=1).sigma == pytest.approx(before, rel=0.02)


@pytest.mark.parametrize("target", TARGETS)
def test_heavier_nuclei_radiate_about_as_z_squared(target, scalar):
    made = generate(Process(100, target=target), 1000, seed=1)
    ratio = (made.sigma / scalar.sigma) / (TARGETS[target].Z / 26) ** 2
    assert 0.7 < ratio < 1.05


def command(capsys, *words):
    commands.run(ROOM, ["simulate", *map(str, words)])
    return capsys.readouterr().out


def test_command_line_writes_groups_whatever_the_jobs(tmp_path, capsys):
    one, two = tmp_path / "one.h5", tmp_path / "two.h5"
    out = command(capsys, "--energies", 50, 75, "--events", 300, "--seed", 4, "--jobs", 2, "--out", one)
    assert "600 events" in out and "overweight events" in out
    command(capsys, "--energies", 75, "--events", 300, "--seed", 4, "--jobs", 1, "--out", two)
    assert hdf5.groups(one) == ["E50", "E75"]
    assert {"seed": 4, "target": "iron", "carrier_mass": 0.5}.items() <= hdf5.attributes(one).items()
    with h5py.File(one) as first, h5py.File(two) as second:
        assert first["E75"].attrs["beam_energy"] == 75
        assert first["E75"].attrs["sigma_error_pb"] < 0.01 * first["E75"].attrs["sigma_pb"]
        np.testing.assert_array_equal(first["E75/p4"][:], second["E75/p4"][:])
        np.testing.assert_array_equal(first["E75/features"][:], simulate.features(first["E75/p4"][:]))
        assert first["E50/features"].shape == (300, 6)


def test_les_houches_files_are_events(tmp_path, scalar):
    path = tmp_path / "events.lhe"
    simulate.write(path, [scalar._replace(p4=scalar.p4[:20])], {"seed": 1})
    file = pylhe.LHEFile.fromfile(path)
    assert file.init.procInfo[0].xSection == pytest.approx(scalar.sigma)
    events = list(file.events)
    assert len(events) == 20
    for event, p4 in zip(events, scalar.p4, strict=False):
        incoming, outgoing = ([p for p in event.particles if p.status == status] for status in (-1, 1))
        assert [p.id for p in outgoing] == [13, simulate.X_PDG, TARGETS["iron"].pdg]
        np.testing.assert_allclose([[p.e, p.px, p.py, p.pz] for p in outgoing], p4, rtol=1e-9, atol=1e-12)
        for name in ("e", "px", "py", "pz"):
            difference = sum(getattr(p, name) for p in incoming) - sum(getattr(p, name) for p in outgoing)
            assert abs(difference) < 1e-9


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--energies", 0.5), "muons of 0.5 GeV cannot make a carrier of 0.5 GeV"),
        (("--energies", "nan"), "muons of nan GeV"),
        (("--events", 0), "--events is 0, expected at least 1"),
        (("--seed", -1), "--seed is -1, expected at least 0"),
        (("--jobs", 0), "--jobs is 0, expected at least 1"),
        (("--energies", 50, 50), "an energy is given twice"),
        (("--mass", -1), "mass -1.0 GeV and coupling 0.001, expected positive numbers"),
        (("--coupling", 0), "coupling 0.0, expected positive numbers"),
        (("--out", "events.txt"), "ends in '.txt', expected .h5 or .lhe"),
        (("--out", "events.lhe", "--energies", 50, 100), "holds one beam energy, expected one and not 2"),
    ],
)
def test_senseless_commands_are_refused(tmp_path, monkeypatch, capsys, words, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=message):
        command(capsys, "--events", 10, "--out", "events.h5", *words)
    assert list(tmp_path.iterdir()) == []


def test_files_are_not_overwritten_unasked(tmp_path, monkeypatch, capsys):
    path = tmp_path / "events.h5"
    path.write_text("before")
    with pytest.raises(InputError, match="exists already"):
        command(capsys, "--events", 10, "--out", path)
    assert path.read_text() == "before"


def test_what_is_no_spin_or_target_is_refused():
    with pytest.raises(InputError, match="a tensor on iron: expected scalar or vector on iron, copper"):
        Process(100, spin="tensor")
