import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from reproductions.calogan import simulate
from reproductions.calogan.data import SHAPES
from reproductions.calogan.room import ROOM
from tests.fakes import fresh_geant4, install_geant4
from zoo.data import geant4
from zoo.errors import InputError
from zoo.training import commands

ROOT = Path(__file__).parents[3]
CALORIMETER = simulate.Calorimeter("piplus", 1.0, 100.0)


# --- the detector


@pytest.fixture(scope="module")
def detector():
    g4 = fresh_geant4()
    world = CALORIMETER.detector(g4, geant4.Scorers(g4)).volume

    def innermost(x, y, z):
        return g4.locate(world, (x, y, z))[0][0]

    return innermost


@pytest.fixture(scope="module")
def cells():
    """(x, y, z) mm -> the record of an event that leaves 1 MeV there."""
    g4 = fresh_geant4()
    scorers = geant4.Scorers(g4)
    world = CALORIMETER.detector(g4, scorers).volume
    primary = CALORIMETER.primary(np.random.default_rng(1))

    def record(x, y, z):
        for detector in g4.G4SDManager.detectors:
            for scorer in detector.scorers:
                scorer.energy = {}
        g4.score(world, (x, y, z), 1.0)
        return CALORIMETER.record(primary, scorers.read(g4.Event()))

    return record


def test_eighty_pairs_of_lead_before_argon(detector):
    z = np.arange(-250, 250, 0.25) + 0.1
    materials = np.array([detector(0, 0, position).material.name for position in z])
    inside = np.abs(z) < 240
    lead = inside & ((z + 240) % 6 < 2)
    assert set(materials[~inside]) == {"vacuum"}
    assert set(materials[lead]) == {"G4_Pb"}
    assert set(materials[inside & ~lead]) == {"liquid argon"}
    assert lead.sum() * 0.25 == 80 * 2
    assert (inside & ~lead).sum() * 0.25 == 80 * 4


def test_the_calorimeter_is_one_metre_wide_and_the_gun_in_the_world(detector):
    for x, y in ((499.9, -499.9), (-499.9, 499.9)):
        assert detector(x, y, -239).material.name == "G4_Pb"
    for x, y in ((500.1, 0), (0, -500.1)):
        assert detector(x, y, -239).name == "world"
    assert detector(0, 0, simulate.GUN).name == "world"


def test_layers_are_as_deep_and_cells_as_large_as_in_the_paper():
    assert np.diff(simulate.EDGES) == pytest.approx([90, 347, 43])  # mm, Table 1
    sizes = [(simulate.READ_OUT / rows, simulate.READ_OUT / columns) for rows, columns in SHAPES.values()]
    assert sizes == [(160, 5), (40, 40), (40, 80)]


def published_cell(x, y, z):
    """Layer and bins as the authors' stepping action computes them."""
    layer = 0 if z < -150 else 1 if z < 197 else 2
    across, along = ((3, 96), (12, 12), (12, 6))[layer]
    return layer, int((x + 240) // (480 / across)), int((y + 240) // (480 / along))


INSIDE = st.floats(-239.99, 239.99)


@given(INSIDE, INSIDE, INSIDE)
def test_a_deposit_lands_in_the_cell_the_authors_compute(cells, x, y, z):
    for value, pitches in ((x, (160, 40)), (y, (5, 40, 80))):
        assume(all(abs((value + 240) % pitch - pitch / 2) < pitch / 2 - 1e-6 for pitch in pitches))
    assume(min(abs(z + 150), abs(z - 197)) > 1e-6)
    layer, row, column = published_cell(x, y, z)
    found = cells(x, y, z)
    assert found[f"layer_{layer}"][row, column] == 1
    assert sum(found[name].sum() for name in ("layer_0", "layer_1", "layer_2", "overflow")) == 1


@pytest.mark.parametrize(("x", "y"), [(240.1, 0), (-499, 0), (0, 300), (100, -240.1)])
@pytest.mark.parametrize(("z", "layer"), [(-239, 0), (-150.1, 0), (-149.9, 1), (196.9, 1), (197.1, 2), (239, 2)])
def test_what_misses_the_cells_overflows_in_its_layer(cells, x, y, z, layer):
    found = cells(x, y, z)
    assert found["overflow"].tolist() == [float(layer == other) for other in range(3)]
    assert not any(found[f"layer_{other}"].any() for other in range(3))


def test_primaries_fly_along_z_with_uniform_kinetic_energy():
    rng = np.random.default_rng(3)
    primaries = [CALORIMETER.primary(rng) for _ in range(2000)]
    energies = np.array([primary.energy for primary in primaries])
    assert stats.kstest(energies, stats.uniform(1, 99).cdf).pvalue > 0.01
    assert {primary[:1] + primary[2:] for primary in primaries} == {("pi+", (0.0, 0.0, -288.0), (0.0, 0.0, 1.0))}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("kaon", 1, 100), "particle is 'kaon', expected one of eplus, gamma, piplus"),
        (("gamma", 0, 100), "energy range is 0 to 100 GeV, expected"),
        (("gamma", 10, 5), "energy range is 10 to 5 GeV, expected"),
        (("gamma", 1, float("inf")), "energy range is 1 to inf GeV, expected"),
        (("gamma", float("nan"), 5), "energy range is nan to 5 GeV, expected"),
    ],
)
def test_nonsense_is_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        simulate.Calorimeter(*arguments)


# --- the command line


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path):
    install_geant4(monkeypatch, tmp_path / "geant4")


def read(path):
    with h5py.File(path) as file:
        return {name: dataset[:] for name, dataset in file.items()}


def test_the_file_has_the_layout_of_the_papers_data(tmp_path, capsys):
    out = tmp_path / "gamma.h5"
    arguments = f"--particle gamma --events 5 --seed 3 --jobs 1 --energy-min 20 --energy-max 30 --out {out}".split()
    commands.run(ROOM, ["simulate", *arguments])
    assert capsys.readouterr().out.splitlines()[-1] == f"{out}: 5 gamma showers"
    showers = read(out)
    assert {name: array.shape for name, array in showers.items()} == {
        "energy": (5, 1),
        "layer_0": (5, 3, 96),
        "layer_1": (5, 12, 12),
        "layer_2": (5, 12, 6),
        "overflow": (5, 3),
    }
    assert {array.dtype for array in showers.values()} == {np.dtype(np.float32)}
    assert np.all((showers["energy"] >= 20) & (showers["energy"] <= 30))
    deposits = sum(showers[f"layer_{layer}"].sum((1, 2)) for layer in range(3)) + showers["overflow"].sum(1)
    fraction = deposits / (1000 * showers["energy"][:, 0])  # the fake leaves it in 16 portions, some behind all layers
    assert np.all((fraction > 0.5) & (fraction < 1 + 1e-5))
    np.testing.assert_allclose(16 * fraction, np.round(16 * fraction), rtol=1e-5)
    with h5py.File(out) as file:
        found = {name: file.attrs[name] for name in ("particle", "seed", "events", "energy_min_gev", "energy_max_gev")}
        assert found == {"particle": "gamma", "seed": 3, "events": 5, "energy_min_gev": 20, "energy_max_gev": 30}
        assert file.attrs["command"] == "python -m reproductions.calogan simulate " + " ".join(arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--particle eplus --events 0 --out {}/new.h5", "--events is 0, expected at least 1"),
        ("--particle eplus --events 5 --energy-min 7 --energy-max 3 --out {}/new.h5", "the energy range is 7 to 3 GeV"),
        ("--particle eplus --events 5 --out {}/old.h5", "old.h5: exists already"),
        ("--particle eplus --events 5 --out {}/old.h5/new.h5", "old.h5"),
    ],
)
def test_mistakes_are_told_in_one_sentence(tmp_path, arguments, message):
    (tmp_path / "old.h5").write_text("precious")
    with pytest.raises(InputError, match=message) as error:
        commands.run(ROOM, ["simulate", *arguments.format(tmp_path).split()])
    assert "\n" not in str(error.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["geant4", "old.h5"]


def test_a_failed_chunk_is_told_in_one_sentence(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("FAKE_GEANT4", "crash")
    arguments = f"simulate --particle eplus --events 5 --jobs 1 --out {tmp_path / 'new.h5'}".split()
    with pytest.raises(SystemExit) as exit:
        commands.main(ROOM, arguments)
    assert exit.value.code == 2
    assert "error: the process of events-00000.h5 ended" in capsys.readouterr().err


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_killed_run_goes_on(tmp_path, monkeypatch, how):
    out, parts = tmp_path / "out.h5", tmp_path / "out.h5.parts"
    command = [sys.executable, "-m", "reproductions.calogan", "simulate", "--particle", "eplus", "--events", "200"]
    monkeypatch.setenv("FAKE_GEANT4", "slow")
    killed = subprocess.Popen(
        [*command, "--jobs", "1", "--out", out],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # a job in the background ignores it, and so would its children
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    deadline = time.monotonic() + 60
    while not (parts / "events-00000.h5").exists():
        assert killed.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    time.sleep(0.3)  # into the start of the second chunk's process, where Ctrl-C could still be noisy
    os.killpg(killed.pid, how)  # as Ctrl-C in a terminal does: workers included
    message = killed.communicate(timeout=60)[1]
    assert not out.exists()
    if how == signal.SIGINT:
        assert killed.returncode == 130
        assert f"1 of 2 files are kept in {parts}, the same command goes on from there" in message
        assert "Traceback" not in message

    monkeypatch.delenv("FAKE_GEANT4")
    kept = tmp_path / "kept.h5"
    shutil.copy(parts / "events-00000.h5", kept)
    subprocess.run([*command, "--out", out], cwd=ROOT, check=True, capture_output=True)
    assert not parts.exists()
    showers = read(out)
    assert showers["energy"].shape == (200, 1)
    assert len(np.unique(showers["energy"])) == 200
    np.testing.assert_array_equal(showers["layer_1"][:100], read(kept)["layer_1"])


def test_importing_it_needs_neither_geant4_nor_tensorflow():
    code = "import sys, reproductions.calogan.simulate; print({'geant4_pybind', 'tensorflow'} & set(sys.modules))"
    shown = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    assert shown.stdout == "set()\n"
