import numpy as np
import pytest

from zoo.data import hdf5, held_out
from zoo.errors import InputError

HASH = "ab" * 32


@pytest.fixture
def sample(tmp_path):
    path = tmp_path / "held_out.h5"
    held_out.write(path, {"x": np.arange(3.0)}, [{"name": "a.h5", "seed": 5}], [HASH, "cd" * 32], 1, split_events=30)
    return path


def card(digits=HASH, seed=1):
    return {"data": {"sha256": digits}, "training": {"seed": seed}}


def test_a_sample_belongs_to_the_models_that_it_was_held_out_of(sample, tmp_path):
    assert held_out.belongs(sample, card())
    assert held_out.belongs(sample, card("cd" * 32))
    assert not held_out.belongs(sample, card("ef" * 32))
    assert not held_out.belongs(sample, card(seed=2))  # another split of the same file
    assert not held_out.belongs(tmp_path / "none.h5", card())


def test_it_tells_where_its_events_come_from(sample):
    told = hdf5.attributes(sample)
    assert told["origins"] == [{"name": "a.h5", "seed": 5}]
    assert told["split_events"] == 30


def test_what_is_no_hash_and_a_file_that_is_there_are_refused(sample, tmp_path):
    with pytest.raises(InputError, match="exists, expected a new file"):
        held_out.write(sample, {"x": np.arange(3.0)}, [], [HASH], 1)
    with pytest.raises(InputError, match="zz is not the SHA-256 of a file"):
        held_out.write(tmp_path / "other.h5", {"x": np.arange(3.0)}, [], ["zz"], 1)
