import os
import subprocess
import sys

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes

from zoo.data import hdf5
from zoo.data.hdf5 import Field
from zoo.errors import InputError

ENERGY = Field("energy", (1,), "GeV", minimum=0, maximum=1000)
CELLS = Field("cells", (2, 3), "MeV", minimum=0)
EXTRA = Field("extra", (), "", optional=True)


@pytest.fixture
def events(random):
    return {
        "energy": random.uniform(1, 100, (50, 1)).astype(np.float32),
        "cells": random.exponential(5, (50, 2, 3)).astype(np.float32),
    }


@pytest.fixture
def path(tmp_path):
    return tmp_path / "events.h5"


def test_what_is_written_is_read(path, events):
    hdf5.write(path, events, {"particle": "gamma", "seed": 3})
    found = hdf5.read(path, (ENERGY, CELLS, EXTRA))
    assert found.keys() == events.keys()
    for name, values in events.items():
        np.testing.assert_array_equal(found[name], values)
    assert hdf5.attributes(path) == {"particle": "gamma", "seed": 3}
    with h5py.File(path) as file:
        assert file["cells"].compression == "gzip"
        assert file["cells"].shuffle


def test_the_first_events_are_taken_as_float32(path, events):
    hdf5.write(path, {name: values.astype(np.float64) for name, values in events.items()}, {})
    found = hdf5.read(path, (ENERGY, CELLS), events=7)
    assert {values.dtype for values in found.values()} == {np.dtype(np.float32)}
    np.testing.assert_array_equal(found["cells"], events["cells"][:7])


def test_chunks_appended_are_one_dataset_and_appear_when_complete(path, events):
    with hdf5.appending(path, {}) as append:
        for start, stop in ((0, 20), (20, 21), (21, 50)):
            append({name: values[start:stop] for name, values in events.items()})
        assert not path.exists()
    np.testing.assert_array_equal(hdf5.read(path, (CELLS,))["cells"], events["cells"])


def test_an_interrupted_file_is_not_left_behind(path, events):
    with pytest.raises(KeyboardInterrupt), hdf5.appending(path, {}) as append:
        append(events)
        raise KeyboardInterrupt
    assert list(path.parent.iterdir()) == []


def _changed(name, index, value):
    def change(events):
        events[name][index] = value

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda events: events.pop("cells"), r"the dataset 'cells' is missing, there is energy"),
        (
            lambda events: events.update(cells=np.ones((50, 3, 2))),
            r"'cells' has shape \(50, 3, 2\), expected \(N, 2, 3\)",
        ),
        (lambda events: events.update(cells=events["cells"][:49]), r"numbers of events: energy 50, cells 49"),
        (lambda events: events.update(energy=np.full((50, 1), b"x")), r"'energy' holds \|S1, expected numbers"),
        (lambda events: events.update(energy=np.full((50, 1), 1e300)), r"energy\[0, 0\] is inf GeV, expected a finite"),
        (_changed("cells", (3, 1, 2), np.nan), r"cells\[3, 1, 2\] is nan MeV, expected a finite number"),
        (_changed("cells", (4, 0, 1), -2.5), r"cells\[4, 0, 1\] is -2.5 MeV, expected at least 0"),
        (_changed("energy", (5, 0), 5000), r"energy\[5, 0\] is 5000 GeV, expected at most 1000"),
        (lambda events: events.update(extra=np.ones((50, 2))), r"'extra' has shape \(50, 2\), expected \(N\)"),
        (lambda events: events.update({name: values[:0] for name, values in events.items()}), "holds 0 events"),
    ],
)
def test_bad_events_are_one_sentence_that_names_file_and_dataset(path, events, change, message):
    change(events)
    hdf5.write(path, events, {})
    with pytest.raises(InputError, match=message) as caught:
        hdf5.read(path, (ENERGY, CELLS, EXTRA))
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_column_is_as_good_as_numbers(path, events):
    hdf5.write(path, {**events, "extra": np.arange(50.0)[:, None]}, {})
    np.testing.assert_array_equal(hdf5.read(path, (EXTRA,))["extra"], np.arange(50))


def test_missing_files_folders_in_place_of_datasets_and_too_few_events(path, events):
    with pytest.raises(InputError, match="no such file"):
        hdf5.read(path, (ENERGY,))
    with h5py.File(path, "w") as file:
        file.create_group("energy")
        file["energy/table"] = np.ones(3)
    with pytest.raises(InputError, match="'energy' is a group that holds table, expected a dataset of numbers$"):
        hdf5.read(path, (ENERGY,))
    with pytest.raises(InputError, match="is a folder, expected an HDF5 file"):
        hdf5.read(path.parent, (ENERGY,))
    hdf5.write(path, events, {})
    with pytest.raises(InputError, match="holds 50 events, expected at least 51"):
        hdf5.read(path, (ENERGY,), events=51)
    with pytest.raises(InputError, match="0 events .* expected at least 1"):
        hdf5.read(path, (ENERGY,), events=0)


@given(data=st.data())
def test_files_cut_off_or_damaged_are_refused_or_read(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("damage")
    hdf5.write(folder / "whole.h5", {"energy": np.linspace(1, 100, 2000).reshape(-1, 1)}, {})
    whole = (folder / "whole.h5").read_bytes()
    cut = folder / "cut.h5"
    cut.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1), label="length")])
    with pytest.raises(InputError, match=f"{cut}: is (truncated or not|empty, expected) an HDF5 file"):
        hdf5.read(cut, (ENERGY,))
    damaged = bytearray(whole)
    for position in data.draw(st.lists(st.integers(0, len(whole) - 1), min_size=1, max_size=30), label="positions"):
        damaged[position] ^= 0xFF
    cut.write_bytes(damaged)
    try:
        hdf5.read(cut, (ENERGY,))
    except InputError as error:
        assert str(cut) in str(error)


def test_an_attribute_may_be_a_list_of_mappings(path):
    origins = [{"name": "a.h5", "events": np.int64(3)}, {"name": "b.h5", "origins": [{"seed": 1.5}]}]
    hdf5.write(path, {"x": np.ones(4)}, {"origins": origins, "inside": {"origins": origins}, "text": "[{x}]"})
    assert hdf5.attributes(path) == {"origins": origins, "text": "[{x}]"}
    assert hdf5.attributes(path, "inside") == {"origins": origins}


def test_groups_hold_datasets_and_attributes_of_their_own(path):
    arrays = {"b/x": np.ones((3, 2)), "a/x": np.zeros((5, 2)), "y": np.ones(4)}
    hdf5.write(path, arrays, {"seed": 1, "b": {"energy": 50.0}})
    assert hdf5.groups(path) == ["a", "b"]
    assert hdf5.attributes(path) == {"seed": 1}
    assert hdf5.attributes(path, "b") == {"energy": 50.0}
    (x,) = hdf5.read(path, [hdf5.Field("b/x", (2,), "")]).values()
    np.testing.assert_array_equal(x, np.ones((3, 2)))
    with pytest.raises(InputError, match="the group 'c' is missing, there is a, b, y"):
        hdf5.attributes(path, "c")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "is empty"),
        (b"BZh91AY&SY" + bytes(100), "is compressed by bzip2"),
        (b"\x1f\x8b\x08" + bytes(100), "is compressed by gzip"),
        (b"\xfd7zXZ\x00" + bytes(100), "is compressed by xz"),
        (b'\n<LesHouchesEvents version="3.0">', "is a Les Houches event file"),
        (b"PK\x03\x04" + bytes(100), "is a zip archive"),
        (b"root" + bytes(100), "is a ROOT file"),
        (b"energy,cells\n1,2\n", "is truncated or not"),
    ],
)
def test_files_of_other_kinds_are_refused_for_what_they_are(path, content, kind):
    path.write_bytes(content)
    for read in (lambda: hdf5.read(path, (ENERGY,)), lambda: hdf5.attributes(path), lambda: hdf5.groups(path)):
        with pytest.raises(InputError, match=f"{path}: {kind}.* an HDF5 file"):
            read()


def test_a_table_of_pandas_is_told_from_a_dataset(path):
    with h5py.File(path, "w") as file:
        table = file.create_group("energy")
        table.attrs["pandas_type"] = "frame_table"
        table["table"] = np.ones(3)
    with pytest.raises(InputError, match="'energy' is a group that holds table, .*: a table of pandas?"):
        hdf5.read(path, (ENERGY,))


def test_a_file_that_another_program_writes_is_refused(path, events):
    hdf5.write(path, events, {})
    script = f"import h5py, sys; file = h5py.File({str(path)!r}, 'a'); print('open', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", script]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        writer.stdout.readline()
        with pytest.raises(InputError, match="is being written by another program"):
            hdf5.read(path, (ENERGY,))
        writer.stdin.close()
    assert len(hdf5.read(path, (ENERGY,))["energy"]) == 50


@pytest.fixture
def compressed(path, monkeypatch):
    """A file whose dataset "energy" is compressed by a filter that nobody has."""
    monkeypatch.setitem(hdf5.FILTERS, 31999, "squash")
    properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    properties.set_chunk((4, 1))
    properties.set_filter(31999, h5py.h5z.FLAG_OPTIONAL)
    with h5py.File(path, "w") as file:
        space = h5py.h5s.create_simple((4, 1))
        dataset = h5py.h5d.create(file.id, b"energy", h5py.h5t.NATIVE_FLOAT, space, properties)
        dataset.write_direct_chunk((0, 0), bytes(7))
    return path


def test_a_compression_that_h5py_lacks_is_named(compressed, monkeypatch):
    monkeypatch.setattr(hdf5.importlib.util, "find_spec", lambda name: None)
    expected = r"'energy' is compressed by squash \(filter 31999\), which h5py lacks: pip install hdf5plugin"
    with pytest.raises(InputError, match=expected):
        hdf5.read(compressed, (ENERGY,))


def test_hdf5plugin_is_asked_for_it_first(compressed, monkeypatch):
    asked = []
    monkeypatch.setattr(hdf5.importlib.util, "find_spec", lambda name: name)
    monkeypatch.setattr(
        hdf5.importlib, "import_module", lambda name: asked.append(name) or sys.modules.setdefault(name, hdf5)
    )
    monkeypatch.delitem(sys.modules, "hdf5plugin", raising=False)
    with pytest.raises(InputError, match="compressed by squash"):
        hdf5.read(compressed, (ENERGY,))
    assert asked == ["hdf5plugin"]
    monkeypatch.delitem(sys.modules, "hdf5plugin")


@pytest.mark.parametrize(
    ("stored", "value"),
    [
        (np.bytes_(b"eplus"), "eplus"),
        (np.array([b"eplus "]), "eplus"),
        (np.array(["eplus"], h5py.string_dtype()), "eplus"),
        (np.array([[50.0]]), 50.0),
        (np.float32(50), 50.0),
        (h5py.Empty("f4"), None),
        (np.array([[1, 2], [3, 4]]), "1, 2, 3, 4"),
        (np.array([b"mu_E ", b"mu_pT"]), "mu_E, mu_pT"),
        (np.array([], "f4"), ""),
    ],
)
def test_attributes_are_read_as_other_languages_write_them(path, stored, value):
    with h5py.File(path, "w") as file:
        file.attrs["x"] = stored
    assert hdf5.attributes(path) == {"x": value}
    hdf5.write(path, {}, hdf5.attributes(path))
    assert hdf5.attributes(path) == {"x": value}


anything = st.one_of(
    st.just(h5py.Empty("f4")),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    st.binary(min_size=1).map(lambda content: np.void(content)),
    st.sampled_from(["f2", "f4", "f8", "i1", "u8", "S3", "?", "c8", "f4,i2"]).flatmap(
        lambda kind: array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=3).map(lambda size: np.ones(size, kind))
    ),
    st.lists(st.floats(width=64), max_size=6).map(lambda numbers: np.array(numbers).reshape(-1, 1)),
)


@given(st.dictionaries(st.sampled_from(["energy", "cells", "extra", "energy/a", "b"]), anything), anything)
def test_whatever_datasets_a_file_holds_the_answer_is_data_or_a_sentence(tmp_path_factory, content, attribute):
    path = tmp_path_factory.mktemp("any") / "a.h5"
    with h5py.File(path, "w") as file:
        for name, values in content.items():
            if name.split("/")[0] not in file:
                file[name] = values
        file.attrs["x"] = attribute
    hdf5.attributes(path)
    try:
        found = hdf5.read(path, (ENERGY, CELLS, EXTRA))
    except InputError as error:
        assert str(path) in str(error)
        assert "\n" not in str(error)
    else:
        assert np.isfinite(found["energy"]).all()
        assert (found["cells"] >= 0).all()


@pytest.mark.parametrize("when", [0, 1, 3])
def test_a_full_disk_is_a_sentence_and_the_old_file_is_whole(path, random, when):
    """/dev/full takes the place of the file on the disk, and answers as a full disk does."""
    path.write_text("old")
    sentence = r"events.h5: cannot be written \(No space left on device\)"
    with pytest.raises(InputError, match=sentence), hdf5.created(path) as file:
        dataset = file.create_dataset("x", (0, 1000), maxshape=(None, 1000), chunks=(100, 1000), compression="gzip")
        for number in range(3):
            if number == when:
                fill(file)
            dataset.resize(len(dataset) + 150, axis=0)
            dataset[-150:] = random.random((150, 1000))
        if when == 3:
            fill(file)
    assert path.read_text() == "old"
    assert [file.name for file in path.parent.iterdir()] == ["events.h5"]
    assert h5py.h5f.get_obj_count(h5py.h5f.OBJ_ALL, h5py.h5f.OBJ_FILE) == 0


def fill(file):
    full = os.open("/dev/full", os.O_RDWR)
    os.dup2(full, file.id.get_vfd_handle())
    os.close(full)


@pytest.mark.parametrize("limit", [0, 3000, 50_000, 200_000, 300_000])
def test_a_process_whose_disk_is_full_says_so_and_ends_in_peace(path, limit):
    """Without care it would end by a segmentation fault, when HDF5 closes the file.

    The disk is one that takes `limit` bytes a file; memory takes more.
    """
    script = f"""
import resource, signal
import numpy as np
from zoo.data import files, hdf5
from zoo.errors import InputError

def divert(temporary, real=files.divert_hdf5):
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    real(temporary)

files.divert_hdf5 = hdf5.divert_hdf5 = divert
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, resource.RLIM_INFINITY))
try:
    with hdf5.appending({str(path)!r}, {{"seed": 1, "x": {{"units": "MeV"}}}}) as append:
        for seed in range(5):
            append({{"x/y": np.random.default_rng(seed).random((100, 100)), "z": np.ones(100)}})
except InputError as error:
    print(error)
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == f"{path}: cannot be written (File too large); nothing was changed\n"
    assert list(path.parent.iterdir()) == []
