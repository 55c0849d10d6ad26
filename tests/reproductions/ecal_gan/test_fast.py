import importlib.util
import pickle
import sys
from dataclasses import replace

import h5py
import numpy as np
import pytest

from reproductions.ecal_gan import data, fast
from tests.fakes import fresh_geant4, install_geant4
from tests.fakes.cells import CARD, Cells
from zoo.data import geant4
from zoo.data.geant4 import Primary
from zoo.errors import InputError
from zoo.production import chunks

FRONT = -198.0  # mm, where the calorimeter begins
FILES = ("full", "fast", "fast_batches")


def has_geant4():
    try:
        return bool(importlib.util.find_spec("geant4_pybind") and geant4.tables())
    except InputError:
        return False


GENUINE = pytest.mark.skipif(not has_geant4(), reason="Geant4 and its tables are not here")


def read(folder):
    found = {}
    for name in FILES:
        with h5py.File(folder / f"{name}.h5") as file:
            found[name] = {key: dataset[:] for key, dataset in file.items()}
    return found


def answers(file):
    """What the generator makes of the conditions in a file of one chunk of seed 1."""
    seed = int(chunks.seed_of(1, "electrons", chunks.CHUNK, 0).generate_state(1)[0])
    point = file["ParticlePoint"][:, :2]
    return Cells().sample(len(point), seed, momentum=file["ParticleMomentum"], point=point)["energy"]


def without_processes(monkeypatch, folder):
    """The fake in this process, anew for each chunk, which is pickled all the same."""

    def alone(function, *arguments, output):
        monkeypatch.setitem(sys.modules, "geant4_pybind", fresh_geant4())
        function, arguments = pickle.loads(pickle.dumps((function, arguments)))
        function(*arguments)

    install_geant4(monkeypatch, folder)
    monkeypatch.setenv("CI", "true")  # which `shoot` sets
    monkeypatch.setattr(geant4, "environment", lambda: {"tables": "none"})
    monkeypatch.setattr(chunks, "_alone", alone)


@pytest.mark.parametrize("geant4_is", ["fake", pytest.param("genuine", marks=GENUINE)])
def test_electrons_end_in_front_of_the_calorimeter_and_the_cells_are_the_generators(tmp_path, monkeypatch, geant4_is):
    if geant4_is == "fake":
        without_processes(monkeypatch, tmp_path / "geant4")
    fast.simulate(Cells(), fast.Flags(out=tmp_path / "made", events=4, jobs=1), "python here")
    found = read(tmp_path / "made")
    for name in ("fast", "fast_batches"):
        np.testing.assert_array_equal(found[name]["Taken"], 1)
        for condition in ("ParticleMomentum", "ParticlePoint"):  # of the electrons that were simulated in full
            np.testing.assert_array_equal(found[name][condition], found["full"][condition])
        # Nothing of Geant4's is added, and what the action saw is what the beam was, in its frame and its units.
        np.testing.assert_allclose(found[name]["EnergyDeposit"], answers(found["full"]), rtol=1e-4)
        beam = data.beam_energy(found[name]["ParticleMomentum"])
        np.testing.assert_allclose(found[name]["EnergyDeposit"].sum((1, 2)), 1000 / 7 * beam, rtol=1e-4)
    full = found["full"]["EnergyDeposit"].sum((1, 2))
    assert not found["full"]["Taken"].any()
    assert np.all((full > 0) & (full < 1000 * data.beam_energy(found["full"]["ParticleMomentum"])))
    np.testing.assert_array_equal(found["full"]["ParticlePoint"][:, 2], 0)
    assert all(np.all(one["CPUSeconds"] > 0) for one in found.values())

    printed = fast.compare(tmp_path / "made")
    assert printed.count("4 of 4 |") == 2 and printed.count("0 of 4 |") == 1
    assert (tmp_path / "made" / "comparison.png").stat().st_size > 10_000
    with pytest.raises(InputError, match=r"full\.h5: exists, expected a new file or --overwrite"):
        fast.simulate(Cells(), fast.Flags(out=tmp_path / "made", events=4, jobs=1), "python here")


def test_the_generator_sees_what_the_action_took(monkeypatch):
    """The electron where it enters, of the Geant4 that is asked: at the front face, on its line of flight."""
    taken = []

    class Seen(fast.Calorimeter):
        def deposits(self, particles, seed, first):
            taken.extend(particles)
            return super().deposits(particles, seed, first)

    module = fresh_geant4()
    monkeypatch.setitem(sys.modules, "geant4_pybind", module)
    monkeypatch.setattr(geant4, "tables", lambda: "none")
    monkeypatch.setenv("CI", "true")
    found = geant4.shoot(fast.Beam(), 5, np.random.SeedSequence(1), fast=Seen(Cells()))
    for one, shot, momentum in zip(taken, module.shots, found["ParticleMomentum"], strict=True):
        assert one.particle == "e-"
        assert one.energy == pytest.approx(shot["energy"] / 1000)  # GeV
        assert shot["position"][2] == FRONT - fast.UPSTREAM
        assert one.position[2] == pytest.approx(FRONT)
        flown = np.array(one.position) - shot["position"]
        np.testing.assert_allclose(flown / np.linalg.norm(flown), shot["direction"], atol=1e-6)
        assert np.linalg.norm(momentum) ** 2 + 0.511e-3**2 == pytest.approx((one.energy + 0.511e-3) ** 2)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"particle": "gamma"}, False),
        ({"energy": 0.9}, False),
        ({"energy": 100.0}, True),
        ({"energy": 101.0}, False),
        ({"direction": (0.0, 0.99, 0.141)}, False),  # 82 degrees
        ({"direction": (0.0, 0.0, -1.0)}, False),
        ({"direction": (1.0, 0.0, 0.0)}, False),
        ({"position": (4.9, -4.9, FRONT)}, True),
        ({"position": (5.1, 0.0, FRONT)}, False),
        ({"position": (200.0, 0.0, FRONT)}, False),
    ],
)
def test_only_what_the_generator_was_taught_is_taken(changes, expected):
    electron = Primary("e-", 20.0, (0.0, 0.0, FRONT), (0.6, 0.0, 0.8))
    assert fast.Calorimeter(Cells()).takes(electron._replace(**changes)) is expected


def test_the_beam_enters_where_the_one_without_a_gap_does():
    one, other = (beam.primary(np.random.default_rng(2)) for beam in (fast.Beam(), replace(fast.Beam(), upstream=0.0)))
    assert one.energy == other.energy and one.direction == other.direction
    deposits = {"cells": np.zeros((30, 30)), geant4.CPU: 0, geant4.TAKEN: 0}
    rows = [fast.Beam().record(primary, deposits) for primary in (one, other)]
    np.testing.assert_allclose(rows[0]["ParticlePoint"], rows[1]["ParticlePoint"], atol=1e-5)
    np.testing.assert_array_equal(rows[0]["ParticleMomentum"], rows[1]["ParticleMomentum"])


def test_a_model_of_another_room_is_refused(tmp_path):
    other = Cells(CARD | {"reproduction": "reproductions.calogan"})
    with pytest.raises(InputError, match=r"cells: is a model of reproductions\.calogan, expected one of"):
        fast.simulate(other, fast.Flags(out=tmp_path / "made", events=4), "python here")
    assert not (tmp_path / "made").exists()
