import pickle
import warnings

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest

from zoo import noise
from zoo.errors import InputError
from zoo.production import conditions
from zoo.production.conditions import Joined, Range, Ranges, Table, parse
from zoo.sampler import Condition


@pytest.mark.parametrize(
    ("texts", "size", "expected"),
    [
        ("5", 1, Range([5.0], [5.0], [False])),
        ("1 100", 1, Range([1.0], [100.0], [False])),
        ("log:1:100", 1, Range([1.0], [100.0], [True])),
        ("uniform:-1:1", 1, Range([-1.0], [1.0], [False])),
        ("1 2 3 4", 2, Range([1.0, 2.0], [3.0, 4.0], [False, False])),
        ("0.5 log:1:100 uniform:2:3", 3, Range([0.5, 1.0, 2.0], [0.5, 100.0, 3.0], [False, True, False])),
    ],
)
def test_ranges_are_read(texts, size, expected):
    assert parse("x", texts.split(), size) == expected


@pytest.mark.parametrize(
    ("texts", "size", "message"),
    [
        ("1 2 3", 1, r"--x has 3 values, expected 1, or 2 for a range, or 1 of log:LOW:HIGH"),
        ("log:1:2 log:1:2", 1, "--x has 2 values, expected 1"),
        ("log:1", 1, "--x is log:1, expected a number, uniform:LOW:HIGH or log:LOW:HIGH"),
        ("exp:1:2", 1, "--x is exp:1:2, expected a number, uniform"),
        ("log:0:2", 1, "--x is log:0:2, expected bounds above 0"),
        ("log:2:1", 1, "--x is the range 2.0 to 1.0, expected the lower bound first"),
        ("log:a:1", 1, "--x is a, expected numbers"),
        ("log:1:inf", 1, "--x is inf, expected finite numbers"),
    ],
)
def test_other_ranges_are_a_sentence(texts, size, message):
    with pytest.raises(InputError, match=message):
        parse("x", texts.split(), size)


def test_logarithms_are_uniform_and_the_other_column_is_what_it_would_be_alone():
    drawn = noise.between([1.0, -5.0], [100.0, 5.0], [True, False]).take(1, 0, 40 * noise.BLOCK)
    assert kstest(np.log(drawn[:, 0]), "uniform", args=(0, np.log(100))).pvalue > 1e-3
    np.testing.assert_array_equal(
        drawn[:, 1], noise.uniform([0.0, -5.0], [1.0, 5.0]).take(1, 0, 40 * noise.BLOCK)[:, 1]
    )


@given(low=st.floats(1e-6, 1e6), factor=st.floats(1, 1e6), first=st.integers(0, 10**12))
def test_logarithmic_conditions_stay_in_their_range_and_belong_to_events(low, factor, first):
    ranges = Ranges(7, {"x": Range([low], [low * factor], [True])})
    drawn = ranges(first, 10)["x"]
    assert drawn.shape == (10, 1)
    assert np.float32(low) <= drawn.min() <= drawn.max() <= np.float32(low * factor)
    np.testing.assert_array_equal(ranges(first + 4, 3)["x"], drawn[4:7])


def test_no_conditions_are_no_columns():
    assert Ranges(1, {})(0, 5) == {}


@pytest.fixture
def particles(tmp_path, monkeypatch):
    """A file of 100 rows that is read in blocks of 16."""
    monkeypatch.setattr(conditions, "ROWS", 16)
    with h5py.File(tmp_path / "particles.h5", "w") as file:
        file["energy"] = np.linspace(1, 100, 100)
        file["p"] = np.arange(300.0).reshape(100, 3)
        for i in range(2):
            file[f"point_{i}"] = np.arange(100) + 0.5 * i
        file["names"] = np.array([b"pi"] * 100)
        file["two"] = np.zeros((100, 2))
    return str(tmp_path / "particles.h5")


SIZES = {"energy": 1, "p": 3, "point": 2}


def test_rows_of_a_file_are_those_of_the_events_whichever_part_is_asked_for(particles):
    for table in (Table(particles, SIZES), pickle.loads(pickle.dumps(Table(particles, SIZES)))):
        for first, n in ((0, 100), (0, 1), (10, 30), (99, 1), (15, 2)):
            found = table(first, n)
            np.testing.assert_array_equal(found["energy"][:, 0], np.linspace(1, 100, 100, dtype=np.float32)[first:][:n])
            np.testing.assert_array_equal(found["p"], np.arange(300.0).reshape(100, 3)[first : first + n])
            np.testing.assert_array_equal(found["point"][:, 1], np.arange(100)[first : first + n] + 0.5)


def test_a_file_is_named_in_any_way_and_may_be_a_link_to_another_name(particles, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "store").symlink_to(tmp_path / "particles.h5")
    (tmp_path / "link.h5").symlink_to("store")
    for name in ("particles.h5", "./particles.h5", f"../{tmp_path.name}//particles.h5", "link.h5"):
        table = pickle.loads(pickle.dumps(Table(name, {"energy": 1})))
        monkeypatch.chdir("/")
        assert table(0, 1)["energy"] == 1
        monkeypatch.chdir(tmp_path)


def test_the_tree_is_part_of_the_plan(tmp_path):
    uproot = pytest.importorskip("uproot")
    with uproot.recreate(tmp_path / "two.root") as file:
        for tree, energy in (("a", 60.0), ("b", 150.0)):
            file.mktree(tree, {"energy": "f8"})
            file[tree].extend({"energy": np.full(3, energy)})
    first, other = (Table(f"{tmp_path}/two.root:{tree}", {"energy": 1}) for tree in "ab")
    assert (first(0, 1)["energy"], other(0, 1)["energy"]) == (60, 150)
    assert first.plan | {"tree": "b"} == other.plan != first.plan


def test_a_file_and_ranges_have_different_conditions(particles):
    joined = Joined(Ranges(1, {"p": Range([0.0], [1.0], [False])}), Table(particles, {"energy": 1}))
    assert set(joined(3, 5)) == {"p", "energy"}
    assert set(joined.plan) == {"p", "file", "sha256", "columns"}


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"mass": 1}, r"has no column 'mass_0', expected 'mass'; there is energy, names, p, point_0"),
        ({"point": 3}, r"has no column 'point_2', expected 'point' or 'point_0' to 'point_2'; there is"),
        ({"names": 1}, r"names is \|S2 \(16,\), expected 1 numbers for each event"),
        ({"two": 3}, r"two is float64 \(16, 2\), expected 3 numbers for each event"),
    ],
)
def test_other_columns_are_a_sentence(particles, sizes, message):
    with pytest.raises(InputError, match=message):
        Table(particles, sizes)(0, 1)


def test_vectors_of_ranges_are_judged_by_what_is_drawn_and_numbers_by_their_bounds():
    """A corner of the box is longer than 100 GeV, and so are 3 % of the vectors in it."""
    spec = {"unit": "GeV", "range": [[-9, -9, 1], [9, 9, 100]], "shape": [3], "magnitude": [1, 100], "angle": [0, 90]}
    known = {"p": Condition("p", spec), "energy": Condition("energy", {"unit": "GeV", "range": [1, 50], "shape": []})}
    box = {"p": Range([-9.0, -9.0, 90.0], [9.0, 9.0, 100.0], [False] * 3)}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Ranges(2, box).check(known, 10)
    with pytest.warns(UserWarning, match=r"the magnitude 100\.\d+ GeV of p is outside the range of the training"):
        Ranges(2, box).check(known, 500)
    with pytest.warns(UserWarning, match="energy 51 GeV is outside the range of the training"):
        Ranges(1, {"energy": Range([2.0], [51.0], [False])}).check(known, 1)


def test_a_file_is_checked_before_the_work(particles):
    energy = {"energy": Condition("energy", {"unit": "GeV", "range": [1, 50], "shape": []})}
    table = Table(particles, {"energy": 1})
    with pytest.warns(UserWarning, match=r"particles.h5: energy 51 GeV is outside the range of the training") as told:
        table.check(energy, 100)
    assert len(told) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table.check(energy, 50)
    with pytest.raises(InputError, match="has 100 rows, expected one for each of 101 events"):
        table.check(energy, 101)
    with h5py.File(particles, "a") as file:
        file["energy"][40] = np.nan
    with pytest.raises(InputError, match="particles.h5: rows 32 to 48: energy is nan, expected a finite number"):
        Table(particles, {"energy": 1}).check(energy, 100)
    with h5py.File(particles, "a") as file:
        del file["energy"]
        file["energy"] = np.zeros(0)
    with pytest.raises(InputError, match="particles.h5: holds no rows"):
        Table(particles, {"energy": 1}).check(energy, 0)
