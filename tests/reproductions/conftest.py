"""What the tests of all rooms share: the checkpoints of runs."""

import h5py
import numpy as np
import pytest

from zoo.training import runs


def read_weights(folder):
    with h5py.File(folder / runs.CHECKPOINT) as file:
        found = {}
        file.visititems(lambda name, item: found.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None)
        found.pop(runs.RECORD)  # there are times in it
    return found


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
