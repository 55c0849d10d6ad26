import h5py
import numpy as np
import pytest

from reproductions.mfc_cgan import data
from reproductions.mfc_cgan.constants import FEATURES
from zoo.data import hdf5
from zoo.errors import InputError


@pytest.fixture
def path(tmp_path):
    return tmp_path / "events.h5"


def write(path, features, beam_energy=100.0, name="E100"):
    hdf5.write(path, {f"{name}/features": features}, {name: {"beam_energy": beam_energy}})


GOOD = np.array([[20, 0.3, 5, 79.9, 0.3, 7]] * 10, np.float32)


def test_events_come_by_name_energies_ascending(events_file):
    events = data.load(events_file)
    assert list(events) == ["beam_energy", *FEATURES]
    assert all(values.shape == (1200,) and values.dtype == np.float32 for values in events.values())
    np.testing.assert_array_equal(events["beam_energy"], np.repeat([50, 100, 200], 400))
    assert data.energies(events) == [50, 100, 200]
    with h5py.File(events_file) as file:
        np.testing.assert_array_equal(data.matrix(data.at(events, 100)), file["E100/features"][:])
    few = data.load(events_file, 7)
    assert len(few["mu_E"]) == 21
    np.testing.assert_array_equal(few["mu_E"][7:14], data.at(events, 100)["mu_E"][:7])


def test_every_energy_is_split_alike_and_events_stay_whole(events_file):
    events = data.load(events_file)
    parts = data.split(events, seed=3)
    for name, share in data.PARTS.items():
        for energy in (50, 100, 200):
            assert len(data.at(parts[name], energy)["mu_E"]) == round(400 * share)
    rows = np.concatenate([np.column_stack([part["beam_energy"], data.matrix(part)]) for part in parts.values()])
    whole = np.column_stack([events["beam_energy"], data.matrix(events)])
    np.testing.assert_array_equal(np.unique(rows, axis=0), np.unique(whole, axis=0))
    assert len(np.unique(whole, axis=0)) == 1200  # so that no part can hold an event of another


def test_the_carrier_mass_is_that_of_the_file(events_file, path):
    assert data.carrier_mass(events_file) == 0.5
    write(path, GOOD)
    with pytest.raises(InputError, match="has no attribute carrier_mass, expected GeV"):
        data.carrier_mass(path)


def test_default_events_are_made_once(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(data, "DEFAULT_EVENTS", 20)
    monkeypatch.setattr(data, "ENERGIES", (50.0, 100.0))
    assert data.load(data.default())["mu_E"].shape == (40,)
    assert "20 events at each of 2 energies" in capsys.readouterr().out
    before = data.default().stat().st_mtime_ns
    assert data.default().stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        (0, -1, "event 3 of E100 has mu_E -1"),
        (1, 0, "event 3 of E100 has .*mu_pT 0.*, expected positive energies and transverse momenta"),
        (3, 81, "event 3 of E100 has .*mfc_E 81.* and together at most 100 GeV"),
        (4, -0.1, "event 3 of E100 has .*mfc_pT -0.1"),
        (5, np.nan, r"E100/features\[3, 5\] is nan GeV, expected a finite number"),
    ],
)
def test_impossible_events_are_refused(path, column, value, message):
    features = GOOD.copy()
    features[3, column] = value
    write(path, features)
    with pytest.raises(InputError, match=f"events.h5: {message}"):
        data.load(path)


def test_float32_rounding_is_no_excess(path):
    write(path, np.array([[20.1, 0.3, 5, 79.9, 0.3, 7]], np.float32))
    assert len(data.load(path)["mu_E"]) == 1


def test_files_of_another_layout_are_refused(path):
    hdf5.write(path, {"features": GOOD}, {})
    with pytest.raises(InputError, match="holds no groups, expected one for each beam energy"):
        data.load(path)
    hdf5.write(path, {"E100/features": GOOD}, {})
    with pytest.raises(InputError, match="the group 'E100' has no attribute beam_energy, expected GeV"):
        data.load(path)
    write(path, GOOD[:, :5])
    with pytest.raises(InputError, match=r"'E100/features' has shape \(10, 5\), expected \(N, 6\)"):
        data.load(path)
    with pytest.raises(InputError, match="no such file"):
        data.load(path.with_name("missing.h5"))
