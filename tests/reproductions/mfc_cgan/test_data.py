import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reproductions.mfc_cgan import data
from reproductions.mfc_cgan.constants import FEATURES, MUON
from zoo.data import hdf5
from zoo.errors import InputError


@pytest.fixture
def path(tmp_path):
    return tmp_path / "events.h5"


def write(path, features, beam_energy=100.0, name="E100"):
    hdf5.write(path, {f"{name}/features": features}, {name: {"beam_energy": beam_energy}})


def event(mu_E, beam=100.0, carrier=0.5):
    """An event on both mass shells, mu_pT 0.3 and mfc_pT 0.25 GeV."""
    mfc_E = beam - mu_E
    mu_eta, mfc_eta = np.arccosh(np.sqrt(mu_E**2 - MUON**2) / 0.3), np.arccosh(np.sqrt(mfc_E**2 - carrier**2) / 0.25)
    return [mu_E, 0.3, mu_eta, mfc_E, 0.25, mfc_eta]


GOOD = np.array([event(mu_E) for mu_E in np.linspace(2, 20, 10)], np.float32)


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
    few, all_ = data.load(data.default(8)), data.load(data.default())
    assert len(few["mu_E"]) == 16
    for energy in (50.0, 100.0):
        np.testing.assert_array_equal(data.matrix(data.at(few, energy)), data.matrix(data.at(all_, energy))[:8])
    assert data.default(20) == data.default()


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        (0, -1, "event 3 of E100 has mu_E -1"),
        (1, 0, "event 3 of E100 has .*mu_pT 0.*, expected positive energies and transverse momenta"),
        (3, 99, "event 3 of E100 has .*mfc_E 99.* and together at most 100 GeV"),
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
    write(path, np.array([event(20.1)], np.float32))
    assert len(data.load(path)["mu_E"]) == 1


def test_two_runs_of_one_beam_energy_are_joined(path):
    arrays = {"run2/features": GOOD[:4], "run1/features": GOOD[4:], "E200/features": np.array([event(9, 200)] * 7)}
    attributes = {"run1": {"beam_energy": 100.0}, "run2": {"beam_energy": 100.0000001}, "E200": {"beam_energy": 200.0}}
    hdf5.write(path, arrays, attributes)
    events = data.load(path)
    assert data.energies(events) == [100, 200]
    np.testing.assert_array_equal(data.matrix(data.at(events, 100)), np.concatenate([GOOD[4:], GOOD[:4]]))
    np.testing.assert_array_equal(data.matrix(data.load(path, 7))[:7], np.concatenate([GOOD[4:], GOOD[:1]]))
    with pytest.raises(InputError, match="events.h5: E200 holds 7 events, expected at least 8"):
        data.load(path, 8)
    with pytest.raises(InputError, match="events.h5: run1 and run2 holds 10 events, expected at least 11"):
        data.load(path, 11)


def test_a_run_that_stands_there_twice_is_refused(path):
    arrays = {"run1/features": GOOD, "run2/features": GOOD[:5]}
    hdf5.write(path, arrays, {"run1": {"beam_energy": 100.0}, "run2": {"beam_energy": 100.0}})
    with pytest.raises(InputError, match="run1 and run2 begin with the same event, expected runs of different seeds"):
        data.load(path)


@pytest.mark.parametrize("value", [100, np.array([100.0]), np.array([[100]]), np.bytes_(b"100"), "1e2"])
def test_numbers_in_attributes_are_read_in_every_form(path, value):
    write(path, GOOD)
    with h5py.File(path, "a") as file:
        file["E100"].attrs["beam_energy"] = value
        file.attrs["carrier_mass"] = np.array(value).astype(float).reshape(np.shape(value)) / 200
        file.attrs["units"] = np.bytes_(b"GeV, pb")
    assert data.energies(data.load(path)) == [100]
    assert data.carrier_mass(path) == 0.5


@pytest.mark.parametrize(
    "value", [np.nan, np.inf, 0.0, -100.0, np.array([100.0, 200.0]), "fast", b"\xff", np.array([])], ids=repr
)
def test_beam_energies_and_masses_that_are_no_numbers_are_refused(path, value):
    write(path, GOOD)
    with h5py.File(path, "a") as file:
        file["E100"].attrs["beam_energy"] = value
    with pytest.raises(InputError, match=r"the group 'E100' has beam_energy .*, expected a positive number of GeV"):
        data.load(path)
    write(path, GOOD)
    with h5py.File(path, "a") as file:
        file.attrs["carrier_mass"] = value
    with pytest.raises(InputError, match=r"events.h5: has carrier_mass .*, expected a positive number of GeV"):
        data.load(path)


MEV = np.array([1000, 1000, 1, 1000, 1000, 1])


@pytest.mark.parametrize(
    ("features", "beam", "mass", "message"),
    [
        (GOOD, 1e5, 0.5, "muon and carrier of E100 have together 100 GeV .median. and the beam 100000, expected about"),
        (GOOD * MEV, 100.0, 0.5, "muon and carrier of E100 have together 100000 GeV .median. and the beam 100"),
        (GOOD * MEV, 1e5, 0.5, "E and p of mu of E100 belong to a mass of 10.*, expected 0.10.*, in GeV"),
        (GOOD, 100.0, 500.0, "E and p of mfc of E100 belong to a mass of 0.[45].*, expected 500, in GeV"),
        (GOOD * [1, 1000, 1, 1, 1, 1], 100.0, 0.5, "E and p of mu of E100 belong to a mass of"),
    ],
)
def test_mev_are_not_taken_for_gev(path, features, beam, mass, message):
    hdf5.write(path, {"E100/features": features}, {"carrier_mass": mass, "E100": {"beam_energy": beam}})
    with pytest.raises(InputError, match=message):
        data.load(path)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("units", "MeV, pb", "has units MeV, pb, expected GeV"),
        ("columns", "mfc_E, mu_pT, mu_eta, mu_E, mfc_pT, mfc_eta", "has columns mfc_E, .*, expected mu_E, mu_pT"),
        ("features", "mu_E, mu_pT, mu_eta", "has features mu_E, mu_pT, mu_eta, expected mu_E, .* mfc_eta"),
    ],
)
def test_files_that_say_that_they_hold_something_else_are_refused(path, name, value, message):
    hdf5.write(path, {"E100/features": GOOD}, {"E100": {"beam_energy": 100.0}, name: value})
    with pytest.raises(InputError, match=message):
        data.load(path)


def test_columns_of_other_names_in_our_order_are_read(path):
    columns = "mu_E,mu_pT,mu_eta,X_E,X_pT,X_eta"
    hdf5.write(path, {"E100/features": GOOD}, {"E100": {"beam_energy": 100.0}, "columns": columns})
    assert len(data.load(path)["mu_E"]) == 10


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


numbers = st.floats(width=32) | st.sampled_from([0, 1e-3, 1, 1000, 3e38])


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 5), numbers), max_size=3),
    st.lists(st.floats() | st.sampled_from([1e-3, 1, 100, 1e5]), min_size=1, max_size=3),
    st.sampled_from([np.float64, np.float32, np.int64, "S8"]),
)
def test_whatever_numbers_a_file_holds_the_answer_is_events_or_a_sentence(tmp_path_factory, factors, beams, kind):
    path, features = tmp_path_factory.mktemp("any") / "a.h5", GOOD.copy()
    with np.errstate(over="ignore", invalid="ignore"):
        for row, column, factor in factors:
            features[row, column] *= np.float32(factor)
        groups = {f"E{i}/features": features[i:].astype(kind) for i in range(len(beams))}
    hdf5.write(path, groups, {f"E{i}": {"beam_energy": beam} for i, beam in enumerate(beams)})
    try:
        events = data.load(path)
    except InputError as error:
        assert str(path) in str(error)
    else:
        assert all(np.isfinite(values).all() for values in events.values())
        assert (events["mu_E"] + events["mfc_E"] <= events["beam_energy"] * (1 + 2e-5)).all()
