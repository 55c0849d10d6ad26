import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reproductions.rich_gan import data, simulate
from reproductions.rich_gan.constants import DLLS
from zoo.data import hdf5
from zoo.errors import InputError


def write(path, kaons, particle="kaon", **changes):
    arrays = {name: values[:20].copy() for name, values in kaons.items()}
    for name, (row, value) in changes.items():
        arrays[name][row] = value
    hdf5.write(path, arrays, {"particle": particle} if particle else {})
    return path


def test_tracks_come_by_name(kaons_file, kaons):
    assert list(kaons) == ["P", "eta", "nspdhits", "weight", *DLLS]
    assert all(values.shape == (8000,) and values.dtype == np.float32 for values in kaons.values())
    np.testing.assert_array_equal(data.load(kaons_file, 7)["P"], kaons["P"][:7])
    assert data.particle(kaons_file) == "kaon"
    assert list(data.conditions(kaons)) == ["P", "eta", "nspdhits"]
    np.testing.assert_array_equal(data.matrix(kaons)[:, 2], kaons["RichDLLk"])


def test_the_split_is_disjoint_and_whole(kaons):
    parts = data.split(kaons, seed=3)
    assert [len(part["P"]) for part in parts.values()] == [5200, 400, 2400]
    rows = np.concatenate([np.stack(list(part.values()), axis=1) for part in parts.values()])
    whole = np.stack(list(kaons.values()), axis=1)
    np.testing.assert_array_equal(np.unique(rows, axis=0), np.unique(whole, axis=0))
    assert len(np.unique(whole, axis=0)) == 8000


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"P": (3, 0)}, "track 3 has P 0 MeV, expected at least 500$"),
        ({"P": (3, 27.5)}, "track 3 has P 27.5 MeV, expected at least 500$"),
        ({"P": (3, 1e8)}, r"P\[3\] is 1e[+]08 MeV, expected at most 7e[+]06"),
        ({"P": (3, -5)}, r"P\[3\] is -5 MeV, expected at least 0"),
        ({"RichDLLk": (4, -999)}, "track 4 has some DLLs of -999, expected all five or none"),
        ({"RichDLLk": (4, -1000)}, r"RichDLLk\[4\] is -1000, expected at least -999"),
        ({"weight": (0, -100)}, "the weights add up to -81, expected a positive sum"),
        ({"eta": (0, np.nan)}, r"eta\[0\] is nan, expected a finite number"),
    ],
)
def test_impossible_tracks_are_refused(tmp_path, kaons, changes, message):
    kaons = {**kaons, **{name: np.ones_like(kaons[name]) for name in DLLS}}  # all with information
    with pytest.raises(InputError, match=f"tracks.h5: {message}"):
        data.load(write(tmp_path / "tracks.h5", kaons, **changes))


def test_tracks_without_weights_count_alike(tmp_path, kaons):
    hdf5.write(tmp_path / "tracks.h5", {name: values for name, values in kaons.items() if name != "weight"}, {})
    np.testing.assert_array_equal(data.load(tmp_path / "tracks.h5", 7)["weight"], np.ones(7, np.float32))


def test_momenta_in_another_unit_are_refused(tmp_path, kaons):
    with pytest.raises(InputError, match="has P .* expected at least 500: they look like GeV, expected MeV"):
        data.load(write(tmp_path / "a.h5", {**kaons, "P": kaons["P"] / 1000}))
    with pytest.raises(InputError, match=r"P\[\d+\] is .* MeV, expected at most 7e[+]06"):
        data.load(write(tmp_path / "b.h5", {**kaons, "P": kaons["P"] * 1000}))


def test_any_languages_text_names_the_particle(tmp_path, kaons):
    write(tmp_path / "a.h5", kaons, particle=np.bytes_(b"kaon"))
    assert data.particle(tmp_path / "a.h5") == "kaon"


def test_a_file_must_tell_its_particle(tmp_path, kaons):
    with pytest.raises(InputError, match="its particle is ghost, expected one of electron, muon"):
        data.particle(write(tmp_path / "a.h5", kaons, particle="ghost"))
    with pytest.raises(InputError, match="its particle is None"):
        data.particle(write(tmp_path / "b.h5", kaons, particle=None))


def test_default_tracks_are_made_once(tmp_path, monkeypatch, capsys, eagerly):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(data, "DEFAULT_TRACKS", 50)
    path = data.default("muon")
    assert len(data.load(path)["P"]) == 50
    assert data.particle(path) == "muon"
    assert "50 tracks" in capsys.readouterr().out
    before = path.stat().st_mtime_ns
    assert data.default("muon").stat().st_mtime_ns == before


def test_fewer_tracks_are_the_first_of_more(tmp_path, monkeypatch, capsys, eagerly):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(simulate, "CHUNK", 20)
    monkeypatch.setattr(data, "DEFAULT_TRACKS", 50)
    few, all_ = (data.load(data.default("pion", "spectrum", tracks)) for tracks in (30, None))
    assert "30 tracks of pions, which others are told from" in capsys.readouterr().out
    assert len(all_["P"]) == 50
    for name, values in few.items():
        np.testing.assert_array_equal(values, all_[name][:30])
    assert data.default("pion", "spectrum", 50) == data.default("pion")


@given(st.dictionaries(st.sampled_from([field.name for field in data.FIELDS]), st.floats(width=32), min_size=1))
def test_whatever_numbers_a_file_holds_the_answer_is_tracks_or_a_sentence(tmp_path_factory, numbers):
    path = tmp_path_factory.mktemp("any") / "a.h5"
    tracks = {field.name: np.full(3, 1000, np.float32) for field in data.FIELDS}
    hdf5.write(path, {**tracks, **{name: np.float32([1000, number, 1000]) for name, number in numbers.items()}}, {})
    try:
        found = data.load(path)
    except InputError as error:
        assert str(path) in str(error)
    else:
        assert all(np.isfinite(values).all() for values in found.values())
        assert found["P"].min() >= 500
