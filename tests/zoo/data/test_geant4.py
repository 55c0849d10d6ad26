import os
import sys
import time

import h5py
import numpy as np
import pytest

from tests.fakes import fresh_geant4, install_geant4
from tests.fakes.block import Answer, Beside, Block
from zoo.data import geant4
from zoo.errors import InputError, SimulationError
from zoo.production import chunks, folder


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path):
    install_geant4(monkeypatch, tmp_path / "geant4")
    monkeypatch.setattr(chunks, "CHUNK", 4)


@pytest.fixture
def g4(monkeypatch):
    module = fresh_geant4()
    monkeypatch.setitem(sys.modules, "geant4_pybind", module)
    monkeypatch.setenv("CI", os.environ.get("CI", ""))  # which `shoot` sets
    return module


def run(out, setup=None, **changes):
    flags = {"events": 6, "seed": 5, "jobs": 2} | changes
    settings = {"stream": "mu", "provenance": flags.pop("provenance", {"particle": "mu"}), "command": "python here"}
    settings |= {name: flags.pop(name) for name in ("cut", "commands") if name in flags}
    geant4.run(setup or Block(), chunks.Flags(out=out, **flags), **settings)


def read(path):
    with h5py.File(path) as file:
        return {name: dataset[:] for name, dataset in file.items()}


def assert_same(one, other):
    assert one.keys() == other.keys()
    for name in one:
        np.testing.assert_array_equal(one[name], other[name])


# --- one chunk


def test_shoot_stacks_the_records_of_every_event(g4):
    showers = geant4.shoot(Block(), 7, np.random.SeedSequence(1))
    assert {name: array.shape for name, array in showers.items()} == {
        "energy": (7, 1),
        "image": (7, 4, 3),
        "beside": (7,),
    }
    assert len(np.unique(showers["energy"])) == 7
    deposits = showers["image"].sum((1, 2)) + showers["beside"]
    assert np.all(deposits > 0)
    assert np.all(deposits <= 1000 * showers["energy"][:, 0] * (1 + 1e-9))


def test_shoot_fires_the_primaries_of_the_setup(g4):
    energies = geant4.shoot(Block(), 3, np.random.SeedSequence(1))["energy"][:, 0]
    assert [shot["energy"] for shot in g4.shots] == pytest.approx(1000 * energies)  # GeV to Geant4's MeV
    for shot in g4.shots:
        assert shot["particle"] == "mu-"
        assert shot["position"][::2] == (0.0, -400.0)
        assert shot["direction"] == (0.0, 0.0, 1.0)


def test_the_seed_settles_the_primaries_and_geant4(monkeypatch):
    def shoot(seed):
        module = fresh_geant4()
        monkeypatch.setitem(sys.modules, "geant4_pybind", module)
        showers = geant4.shoot(Block(), 3, np.random.SeedSequence(seed))
        return showers, module.G4Random.engine.random()

    (first, state), (again, same), (other, different) = shoot(1), shoot(1), shoot(2)
    assert_same(first, again)
    assert not np.any(first["energy"] == other["energy"])
    assert state == same != different


def test_only_stand_in_tables_switch_the_gamma_nuclear_cross_sections(g4, monkeypatch, tmp_path):
    geant4.shoot(Block(), 1, np.random.SeedSequence(1))
    assert g4.commands == ["/run/setCut 0.7 mm", "/physics_lists/em/UseGammaNuclearXS false"]
    g4 = fresh_geant4()
    monkeypatch.setitem(sys.modules, "geant4_pybind", g4)
    complete(tmp_path)
    geant4.shoot(Block(), 1, np.random.SeedSequence(1), cut=5.0, commands=["/process/em/applyCuts true"])
    assert g4.commands == ["/run/setCut 5.0 mm", "/process/em/applyCuts true"]


def test_a_run_that_geant4_ends_early_is_an_error(g4):
    g4.MOOD = "give up"
    with pytest.raises(SimulationError, match="2 of 5 events"):
        geant4.shoot(Block(), 5, np.random.SeedSequence(1))


def test_scorers_tell_cells_apart(g4):
    scorers = geant4.Scorers(g4)
    world = Block().detector(g4, scorers).volume
    g4.score(world, (-15.0, 10.1, -1.0), 2.0)
    g4.score(world, (-15.0, 10.1, 99.0), 0.5)  # in the other half of the same cell
    g4.score(world, (19.0, -14.0, 1.0), 4.0)
    g4.score(world, (21.0, 0.0, 0.0), 8.0)
    g4.score(world, (119.0, -149.0, 0.0), 16.0)
    g4.score(world, (-21.0, 0.0, 0.0), 32.0)  # beside all
    expected = np.zeros((4, 3))
    expected[0, 2], expected[3, 0] = 2.5, 4.0
    found = scorers.read(g4.Event())
    np.testing.assert_array_equal(found["image"], expected)
    assert found["beside"] == 24.0


# --- a generator inside


def shoot_beside(monkeypatch, **options):
    monkeypatch.setitem(sys.modules, "geant4_pybind", fresh_geant4())
    return geant4.shoot(Beside(), 40, np.random.SeedSequence(1), **options)


@pytest.mark.parametrize("batch", [1, 7, 100])
def test_a_generator_answers_for_what_it_takes_and_geant4_goes_on_with_the_rest(monkeypatch, g4, batch):
    full, fast = shoot_beside(monkeypatch), shoot_beside(monkeypatch, fast=Answer(batch))
    np.testing.assert_array_equal(full["energy"], fast["energy"])  # the same muons
    energy = fast["energy"][:, 0]
    taken = energy < 1.5
    assert 5 < taken.sum() < 35
    np.testing.assert_array_equal(fast["taken"], taken)
    assert not full["taken"].any()
    expected = energy[taken] + 10 * np.arange(taken.sum())  # each with a number of its own, in the order of events
    np.testing.assert_allclose(fast["image"][taken], expected[:, None, None] * np.ones((4, 3)))
    assert len(set(fast["beside"][taken])) == 1  # the seed of all, and nothing of Geant4's
    deposits = fast["image"][~taken].sum((1, 2)) + fast["beside"][~taken]
    assert np.all((deposits > 0) & (deposits <= 1000 * energy[~taken] * (1 + 1e-9)))
    assert np.all(full["cost"] > 0) and np.all(fast["cost"] > 0)


def test_the_seed_of_the_answers_is_that_of_the_events(monkeypatch, g4):
    first, again = (shoot_beside(monkeypatch, fast=Answer())["beside"] for _ in range(2))
    monkeypatch.setitem(sys.modules, "geant4_pybind", fresh_geant4())
    other = geant4.shoot(Beside(), 40, np.random.SeedSequence(2), fast=Answer())["beside"]
    assert max(first) == max(again) != max(other)


def test_what_starts_inside_is_not_taken(monkeypatch, g4):
    monkeypatch.setattr(Beside, "primary", Block.primary)
    found = shoot_beside(monkeypatch, fast=Answer())
    assert not found["taken"].any()
    assert np.all(found["image"].sum((1, 2)) + found["beside"] > 0)


# --- Geant4 and its tables


def complete(tmp_path):
    folder = tmp_path / "geant4" / "tables" / "G4PARTICLEXS1.0" / "gamma"
    folder.mkdir()
    (folder / "inel82").touch()


def test_tables_are_official_only_with_gamma_nuclear_data(tmp_path):
    assert geant4.tables() == "stand-in tables"
    (tmp_path / "geant4" / "tables" / "G4PARTICLEXS1.0" / "gamma-ray").mkdir()
    assert geant4.tables() == "stand-in tables"
    complete(tmp_path)
    assert geant4.tables() == "official Geant4 data sets"


def test_missing_tables_are_named(tmp_path, monkeypatch):
    tables = tmp_path / "geant4" / "tables"
    (tables / "G4SAIDDATA1.0").rmdir()
    (tables / "G4EMLOW1.0").rename(tmp_path / "elsewhere")
    with pytest.raises(InputError, match=f"G4EMLOW, G4SAIDDATA are not in {tables}: set GEANT4_DATA_DIR"):
        geant4.tables()
    monkeypatch.setenv("G4LEDATA", str(tmp_path / "elsewhere"))
    with pytest.raises(InputError, match="tables G4SAIDDATA are"):
        geant4.tables()


def test_tables_are_looked_for_where_geant4_pybind_downloads_them(tmp_path, monkeypatch):
    monkeypatch.delenv("GEANT4_DATA_DIR")
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(InputError, match=str(tmp_path / ".geant4_pybind")):
        geant4.tables()
    (tmp_path / "geant4" / "tables").rename(tmp_path / ".geant4_pybind")
    assert geant4.tables() == "stand-in tables"


def test_environment_says_which_geant4_without_importing_it_here():
    assert geant4.environment() == {
        "geant4": "12.3.4",
        "geant4_pybind": "9.8.7",
        "tables": "stand-in tables",
        "physics_list": "FTFP_BERT",
    }
    assert "geant4_pybind" not in sys.modules


def test_without_geant4_pybind_one_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setattr(geant4.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"pip install '\.\[simulate\]'"):
        geant4.environment()


def test_a_failed_download_of_the_tables_is_one_sentence(monkeypatch):
    monkeypatch.setenv("FAKE_GEANT4", "offline")
    with pytest.raises(InputError, match=r"cannot be downloaded \(<urlopen error no route to host>\): set GEANT4_DATA"):
        geant4.environment()


# --- whole runs


@pytest.fixture
def quick(monkeypatch):
    """Spare a process per run."""
    monkeypatch.setattr(geant4, "environment", lambda: {"geant4": "12.3.4"})


@pytest.mark.usefixtures("quick")
def test_the_showers_do_not_depend_on_the_number_of_processes(tmp_path):
    run(tmp_path / "one.h5", jobs=1)
    run(tmp_path / "two.h5", jobs=2)
    one = read(tmp_path / "one.h5")
    assert one["image"].shape == (6, 4, 3)
    assert len(np.unique(one["energy"])) == 6
    assert_same(one, read(tmp_path / "two.h5"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["geant4", "one.h5", "two.h5"]


def test_the_file_says_where_its_events_come_from(tmp_path, capfd):
    before = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
    run(tmp_path / "out.h5", events=3)
    with h5py.File(tmp_path / "out.h5") as file:
        attributes = dict(file.attrs)
    assert 0 < attributes.pop("cpu_seconds") < 60
    assert before <= attributes.pop("date")
    assert attributes == {
        "particle": "mu",
        "events": 3,
        "seed": 5,
        "command": "python here",
        "geant4": "12.3.4",
        "geant4_pybind": "9.8.7",
        "tables": "stand-in tables",
        "physics_list": "FTFP_BERT",
        "production_cut_mm": 0.7,
    }
    printed = capfd.readouterr()
    assert printed.out == ""  # Geant4's noise is in the log
    assert "noise" not in printed.err
    assert "3/3" in printed.err


@pytest.mark.usefixtures("quick")
def test_a_chunk_that_dies_leaves_a_log_and_can_be_resumed(tmp_path, monkeypatch):
    out, parts = tmp_path / "out.h5", tmp_path / "out.h5.parts"
    run(tmp_path / "expected.h5", events=4)
    monkeypatch.setenv("FAKE_GEANT4", "crash")
    with pytest.raises(
        SimulationError, match=rf"of events-00000\.h5 ended with exit code -9: {parts}/events-00000\.log says"
    ):
        run(out, events=4)
    assert "*** Fatal Exception ***" in (parts / "events-00000.log").read_text()
    assert not out.exists()
    monkeypatch.delenv("FAKE_GEANT4")
    run(out, events=4)
    assert_same(read(out), read(tmp_path / "expected.h5"))


@pytest.mark.usefixtures("quick")
def test_an_error_in_a_setup_is_in_the_log(tmp_path):
    with pytest.raises(SimulationError, match="exit code 1"):
        run(tmp_path / "out.h5", setup=Block(width="wide"), events=4)
    assert "TypeError" in (tmp_path / "out.h5.parts" / "events-00000.log").read_text()


@pytest.fixture
def interrupted(tmp_path, monkeypatch, quick):
    """out.h5.parts with the first of two chunks."""
    made = []

    def make_one(*arguments):
        if made:
            raise KeyboardInterrupt
        made.append(folder_make(*arguments))
        return made[0]

    folder_make = folder.make
    with monkeypatch.context() as patch:
        patch.setattr(folder, "make", make_one)
        message = r"1 of 2 files are kept in .*out\.h5\.parts, the same command goes on from there"
        with pytest.raises(KeyboardInterrupt, match=message):
            run(tmp_path / "out.h5", jobs=1)
    return tmp_path / "out.h5.parts"


def test_an_interrupted_run_keeps_finished_chunks_and_ends_as_if_never_stopped(tmp_path, monkeypatch, interrupted):
    alone, started = chunks._alone, []
    monkeypatch.setattr(chunks, "_alone", lambda *all, **log: started.append(all) or alone(*all, **log))
    run(tmp_path / "out.h5", jobs=1)
    assert len(started) == 1
    assert not interrupted.exists()
    run(tmp_path / "expected.h5")
    assert_same(read(tmp_path / "out.h5"), read(tmp_path / "expected.h5"))


def test_only_the_same_run_goes_on(tmp_path, interrupted):
    before = sorted(interrupted.iterdir())
    with pytest.raises(InputError, match=f"{interrupted}: holds events of seed 5, expected seed 6"):
        run(tmp_path / "out.h5", seed=6)
    with pytest.raises(InputError, match='holds events of particle "mu", expected particle "e"'):
        run(tmp_path / "out.h5", provenance={"particle": "e"})
    assert sorted(interrupted.iterdir()) == before


def test_overwrite_starts_anew(tmp_path, interrupted):
    (tmp_path / "out.h5").write_text("old")
    with pytest.raises(InputError, match="exists, expected a new file or --overwrite"):
        run(tmp_path / "out.h5", seed=6, events=2)
    run(tmp_path / "out.h5", seed=6, events=2, overwrite=True)
    assert len(read(tmp_path / "out.h5")["energy"]) == 2
    assert not interrupted.exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"events": 0}, "events is 0, expected at least 1"),
        ({"jobs": 0}, "jobs is 0, expected at least 1"),
        ({"seed": -1}, "seed is -1, expected at least 0"),
    ],
)
def test_numbers_out_of_range_are_refused(tmp_path, changes, message):
    with pytest.raises(InputError, match=message):
        run(tmp_path / "out.h5", **changes)
    assert [path.name for path in tmp_path.iterdir()] == ["geant4"]


@pytest.mark.usefixtures("quick")
def test_what_exists_is_not_overwritten(tmp_path):
    (tmp_path / "out.h5").write_text("precious")
    with pytest.raises(InputError, match=r"out\.h5: exists, expected a new file or --overwrite"):
        run(tmp_path / "out.h5")
    assert (tmp_path / "out.h5").read_text() == "precious"
    with pytest.raises(InputError, match="is a folder"):
        run(tmp_path, overwrite=True)
