import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

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
        (lambda events: events.update(extra=np.ones((50, 1))), r"'extra' has shape \(50, 1\), expected \(N\)"),
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


def test_missing_files_folders_in_place_of_datasets_and_too_few_events(path, events):
    with pytest.raises(InputError, match="no such file"):
        hdf5.read(path, (ENERGY,))
    with h5py.File(path, "w") as file:
        file.create_group("energy")
    with pytest.raises(InputError, match="'energy' is missing"):
        hdf5.read(path, (ENERGY,))
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
    with pytest.raises(InputError, match=f"{cut}: is truncated or not an HDF5 file"):
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
