import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoo.data import tables
from zoo.errors import InputError

ROWS = 1000
SUFFIXES = [".h5", ".npz", ".parquet", ".root"]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The same columns in files of all kinds, the larger ones in pieces of their own; as arrays, too."""
    pyarrow, uproot = pytest.importorskip("pyarrow"), pytest.importorskip("uproot")
    from pyarrow import parquet

    random, folder = np.random.default_rng(1), tmp_path_factory.mktemp("tables")
    columns = {"x": random.normal(size=ROWS), "p": random.normal(size=(ROWS, 3)), "i": np.arange(ROWS)}
    with h5py.File(folder / "a.h5", "w") as file:
        for name, values in columns.items():
            file[name] = values
    np.savez(folder / "a.npz", **columns)
    lists = pyarrow.FixedSizeListArray.from_arrays(pyarrow.array(columns["p"].ravel()), 3)
    ragged = pyarrow.array([[1.0] * (i % 3) for i in range(ROWS)])
    table = pyarrow.table({"x": columns["x"], "p": lists, "i": columns["i"], "ragged": ragged})
    parquet.write_table(table, folder / "a.parquet", row_group_size=170)
    with uproot.recreate(folder / "a.root") as file:
        file.mktree("events", {"x": "f8", "p": np.dtype(("f8", (3,))), "i": "i8"})
        for start in range(0, ROWS, 300):
            file["events"].extend({name: values[start : start + 300] for name, values in columns.items()})
    return folder, columns


@pytest.mark.parametrize("suffix", SUFFIXES)
@given(cuts=st.tuples(st.integers(0, ROWS), st.integers(0, ROWS)))
def test_any_rows_are_read_of_every_kind_of_file(files, suffix, cuts):
    folder, columns = files
    rows = slice(min(cuts), max(cuts))
    with tables.opened(str(folder / f"a{suffix}")) as opened:
        assert set(columns) <= set(opened)
        for name, values in columns.items():
            assert len(opened[name]) == ROWS
            if rows.start < rows.stop:
                np.testing.assert_array_equal(opened[name][rows], values[rows])


def test_lists_of_different_lengths_stay_objects(files):
    with tables.opened(str(files[0] / "a.parquet")) as opened:
        assert opened["ragged"][0:10].dtype == object
        assert opened["ragged"][1:2].shape == (1, 1)


def test_other_files_are_a_sentence(tmp_path):
    with pytest.raises(InputError, match=r"a.h5: no such file"), tables.opened(str(tmp_path / "a.h5")):
        pass
    (tmp_path / "a.csv").touch()
    with (
        pytest.raises(InputError, match=r"a.csv: ends in '.csv', expected one of .h5"),
        tables.opened(str(tmp_path / "a.csv")),
    ):
        pass


def test_an_rntuple_is_a_tree_and_colons_in_folders_mean_nothing(tmp_path):
    uproot = pytest.importorskip("uproot")
    (tmp_path / "10:30").mkdir()
    with uproot.recreate(tmp_path / "10:30" / "a.root") as file:
        file.mkrntuple("events", {"x": np.arange(5.0)})
        file["events"].extend({"x": np.arange(5.0)})
    path = str(tmp_path / "10:30" / "a.root")
    for name in (path, f"{path}:events"):
        assert tables.split(name) == (tmp_path / "10:30" / "a.root", "events" if name != path else "")
        with tables.opened(name) as opened:
            values = opened["x"][1:3]
            assert len(opened["x"]) >= 5
            np.testing.assert_array_equal(values, [1, 2])


@pytest.mark.parametrize("suffix", SUFFIXES)
@given(data=st.data())
def test_damaged_files_are_a_sentence_or_numbers(files, tmp_path_factory, suffix, data):
    whole = (files[0] / f"a{suffix}").read_bytes()
    start = data.draw(st.integers(0, len(whole) - 1))
    cut = data.draw(st.booleans())
    damaged = (
        whole[:start] if cut else whole[:start] + data.draw(st.binary(min_size=8, max_size=8)) + whole[start + 8 :]
    )
    path = tmp_path_factory.mktemp("damaged") / f"b{suffix}"
    path.write_bytes(damaged)
    try:
        with tables.opened(str(path)) as opened:
            [column[0:10] for column in opened.values()]
    except InputError as error:
        assert str(error).startswith(str(path))
