"""What the tests of all rooms share: the checkpoints of runs, and quick measures."""

import sys

import h5py
import numpy as np
import pytest

from zoo.evaluation import measures
from zoo.training import runs


def read_weights(folder):
    with h5py.File(folder / runs.CHECKPOINT) as file:
        found = {}
        file.visititems(lambda name, item: found.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None)
        found.pop(runs.RECORD)  # there are times in it
    return found


@pytest.fixture(scope="session", autouse=True)
def quick_measures():
    """Joint distances of all observables have their own tests, and take seconds for each evaluation."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys.modules[measures.__module__], "LEAST_EVENTS", 10**9)
        patch.setattr(sys.modules[measures.__module__], "ROOM_EVENTS", 400)
        yield


@pytest.fixture(scope="session")
def weights():
    """A function: the folder of a run -> the arrays of its checkpoint by name."""
    return read_weights


@pytest.fixture(scope="session")
def assert_same_weights():
    """A function of the folders of two runs, whose checkpoints must be equal bit for bit."""

    def compare(expected, found):
        expected, found = read_weights(expected), read_weights(found)
        assert expected.keys() == found.keys()
        for name, value in expected.items():
            np.testing.assert_array_equal(found[name], value, err_msg=name)

    return compare
