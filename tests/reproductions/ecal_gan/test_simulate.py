from pathlib import Path

import h5py
import numpy as np
import pytest
from scipy import stats

from reproductions.ecal_gan import data
from reproductions.ecal_gan.room import ROOM
from reproductions.ecal_gan.simulate import Shashlik
from tests.fakes import fresh_geant4, install_geant4
from zoo.data import geant4
from zoo.errors import InputError
from zoo.training import commands

FRONT = -198.0  # mm, where the calorimeter begins


@pytest.fixture(scope="module")
def detector():
    """(x, y, z) mm -> the innermost volume, and the record of an event that leaves 1 MeV there."""
    g4 = fresh_geant4()
    scorers = geant4.Scorers(g4)
    shashlik = Shashlik()
    world = shashlik.detector(g4, scorers).volume
    primary = shashlik.primary(np.random.default_rng(1))

    def look(x, y, z):
        for detector in g4.G4SDManager.detectors:
            for scorer in detector.scorers:
                scorer.energy = {}
        g4.score(world, (x, y, z), 1.0)
        return g4.locate(world, (x, y, z))[0][0], shashlik.record(primary, scorers.read(g4.Event()))["EnergyDeposit"]

    return look


def test_sixty_six_pairs_of_lead_before_scintillator(detector):
    z = np.arange(-210, 210, 0.25) + 0.1
    materials = np.array([detector(1, 1, position)[0].material.name for position in z])
    inside = np.abs(z) < 198
    lead = inside & ((z + 198) % 6 < 2)
    assert set(materials[~inside]) == {"G4_Galactic"}
    assert set(materials[lead]) == {"G4_Pb"}
    assert set(materials[inside & ~lead]) == {"G4_POLYSTYRENE"}
    assert lead.sum() * 0.25 == 66 * 2
    assert (inside & ~lead).sum() * 0.25 == 66 * 4


@pytest.mark.parametrize(("x", "y"), [(-299, -299), (-1, 1), (19, 21), (299, -150)])
@pytest.mark.parametrize("layer", [0, 37, 65])
def test_cells_of_two_centimetres_add_up_all_scintillators(detector, x, y, layer):
    _, image = detector(x, y, FRONT + 6 * layer + 4)
    assert image.sum() == 1
    assert image[int((x + 300) // 20), int((y + 300) // 20)] == 1


@pytest.mark.parametrize(("x", "y", "z"), [(1, 1, FRONT + 1), (301, 1, FRONT + 4), (1, 1, FRONT - 1)])
def test_lead_and_what_is_beside_count_nothing(detector, x, y, z):
    assert not detector(x, y, z)[1].any()


def test_primaries_have_the_papers_spectrum_angles_and_spot():
    rng = np.random.default_rng(3)
    primaries = [Shashlik().primary(rng) for _ in range(3000)]
    energies = np.array([primary.energy for primary in primaries])
    assert stats.kstest(np.log(energies), stats.uniform(0, np.log(100)).cdf).pvalue > 0.01  # 1/E is flat in log E
    directions = np.array([primary.direction for primary in primaries])
    assert np.linalg.norm(directions, axis=1) == pytest.approx(np.ones(3000))
    for axis, spread in enumerate((20, 10)):
        angles = np.degrees(np.arctan2(directions[:, axis], directions[:, 2]))
        assert stats.kstest(angles, stats.norm(0, spread).cdf).pvalue > 0.01
    positions = np.array([primary.position for primary in primaries])
    for axis in (0, 1):
        assert stats.kstest(positions[:, axis], stats.uniform(-5, 10).cdf).pvalue > 0.01
    assert set(positions[:, 2]) == {FRONT}
    assert {primary.particle for primary in primaries} == {"e-"}


def test_steeper_electrons_are_drawn_anew():
    rng = np.random.default_rng(3)
    directions = np.array([Shashlik(angles=(45.0, 45.0)).primary(rng).direction for _ in range(2000)])
    angles = np.degrees(np.arctan2(directions[:, 0], directions[:, 2]))
    assert 70 < np.abs(angles).max() < 80
    assert directions[:, 2].min() > 0


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"energy_min": 0}, "energy range is 0 to 100 GeV, expected"),
        ({"energy_max": float("inf")}, "energy range is 1 to inf GeV, expected"),
        ({"angles": (60.0, 0.0)}, "expected two numbers of degrees from 0 to 45"),
        ({"rows": 61, "cell": 10.0}, "61 cells of 10 mm are 610 mm, expected"),
        ({"cell": 0.0}, "30 cells of 0 mm"),
    ],
)
def test_nonsense_is_refused(values, message):
    with pytest.raises(InputError, match=message):
        Shashlik(**values)


@pytest.fixture
def environment(monkeypatch, tmp_path):
    install_geant4(monkeypatch, tmp_path / "geant4")


@pytest.mark.usefixtures("environment")
def test_the_file_has_the_layout_that_is_read(tmp_path, capsys):
    out = tmp_path / "electrons.h5"
    arguments = f"--events 5 --seed 3 --jobs 1 --energy-min 20 --energy-max 30 --out {out}".split()
    commands.run(ROOM, ["simulate", *arguments])
    assert capsys.readouterr().out.splitlines()[-1] == f"{out}: 5 showers"
    with h5py.File(out) as file:
        energy, momentum, point = (file[name][:] for name in ("EnergyDeposit", "ParticleMomentum", "ParticlePoint"))
        found = dict(file.attrs)
    assert (energy.shape, momentum.shape, point.shape) == ((5, 30, 30), (5, 3), (5, 3))
    assert {array.dtype for array in (energy, momentum, point)} == {np.dtype(np.float32)}
    beam = data.beam_energy(momentum)
    assert beam.min() > 20
    assert beam.max() < 30.001  # the electron's mass is nothing here
    assert np.abs(point[:, :2]).max() <= 5
    np.testing.assert_array_equal(point[:, 2], 0)
    assert np.all(energy.sum(axis=(1, 2)) < 1000 * beam)
    assert found["production_cut_mm"] == 5
    assert found["commands"].startswith("/process/em/applyCuts true; ")
    assert found["command"] == "python -m reproductions.ecal_gan simulate " + " ".join(arguments)
    assert (found["angle_xz_degrees"], found["angle_yz_degrees"], found["cell_mm"]) == (20, 10, 20)


@pytest.mark.usefixtures("environment")
def test_mistakes_are_told_in_one_sentence(tmp_path):
    for arguments, message in (
        (f"--events 0 --out {tmp_path}/new.h5", "events is 0, expected at least 1"),
        (f"--events 5 --cells 40 --out {tmp_path}/new.h5", "40 cells of 20 mm are 800 mm"),
    ):
        with pytest.raises(InputError, match=message):
            commands.run(ROOM, ["simulate", *arguments.split()])
        assert not Path(tmp_path, "new.h5").exists()
