import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from zoo.data.files import atomic, round_mantissa, sha256
from zoo.errors import InputError

TINY = np.finfo(np.float32).tiny


def test_atomic_makes_the_folder_and_leaves_only_the_file(tmp_path):
    path = tmp_path / "new" / "a.txt"
    with atomic(path) as temporary:
        temporary.write_text("whole")
        assert temporary.suffix == ".txt"
        assert not path.exists()
    assert path.read_text() == "whole"
    assert list(path.parent.iterdir()) == [path]


def test_atomic_keeps_the_old_file_when_the_block_fails(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt), atomic(path) as temporary:
        temporary.write_text("half")
        raise KeyboardInterrupt
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_atomic_moves_and_removes_folders(tmp_path):
    path = tmp_path / "model"
    with pytest.raises(RuntimeError), atomic(path) as temporary:
        temporary.mkdir()
        (temporary / "part").touch()
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []
    with atomic(path) as temporary:
        temporary.mkdir()
        (temporary / "part").touch()
    assert [file.name for file in path.iterdir()] == ["part"]


def test_atomic_replaces_a_folder_as_a_whole_where_told_so(tmp_path):
    path = tmp_path / "model"
    path.mkdir()
    (path / "old").touch()
    with pytest.raises(RuntimeError), atomic(path, folder=True) as temporary:
        temporary.mkdir()
        raise RuntimeError
    assert [file.name for file in path.iterdir()] == ["old"]
    with atomic(path, folder=True) as temporary:
        temporary.mkdir()
        (temporary / "new").touch()
    assert [file.name for file in path.iterdir()] == ["new"]
    assert list(tmp_path.iterdir()) == [path]


def test_atomic_refuses_what_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="is a folder"), atomic(tmp_path):
        pass
    with pytest.raises(InputError, match="the folder .*file cannot be made"), atomic(tmp_path / "file" / "a.txt"):
        pass


def test_sha256_is_that_of_the_bytes(tmp_path):
    (tmp_path / "a").write_bytes(b"shower")
    assert sha256(tmp_path / "a") == hashlib.sha256(b"shower").hexdigest()


floats = arrays(
    np.float32, array_shapes(max_dims=2), elements=st.floats(width=32, allow_nan=False, allow_infinity=False)
)


@given(floats, st.integers(0, 23))
def test_rounding_is_within_half_a_unit_and_clears_the_other_bits(values, bits):
    rounded = round_mantissa(values, bits)
    assert rounded.dtype == np.float32
    assert not (rounded.view(np.uint32) & np.uint32((1 << (23 - bits)) - 1)).any()
    normal = (np.abs(values) >= TINY) & (np.abs(values) < np.finfo(np.float32).max / 2)
    error = np.abs(rounded[normal].astype(float) - values[normal]) / np.abs(values[normal].astype(float))
    assert (error <= 2.0 ** -(bits + 1)).all()


@given(floats, st.integers(0, 23))
def test_rounding_keeps_signs_zeros_and_finiteness_and_is_done_once(values, bits):
    rounded = round_mantissa(values, bits)
    np.testing.assert_array_equal(np.sign(rounded), np.sign(values))
    assert np.isfinite(rounded).all()
    np.testing.assert_array_equal(round_mantissa(rounded, bits), rounded)


def test_rounding_matches_float16_where_float16_is_normal(random):
    values = random.uniform(1, 1000, 10_000).astype(np.float32)
    np.testing.assert_array_equal(round_mantissa(values, 10), values.astype(np.float16).astype(np.float32))


def test_rounding_passes_special_values_and_cells_of_the_smallest_energies():
    values = np.array([0, np.inf, -np.inf, np.nan, 1e-45, 1e-41], np.float32)
    rounded = round_mantissa(values, 10)
    np.testing.assert_array_equal(rounded[:4], values[:4])
    assert (rounded[4:] > 0).all()
    with pytest.raises(ValueError, match="bits is 24"):
        round_mantissa(values, 24)
