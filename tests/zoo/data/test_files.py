import errno
import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from zoo.data import files
from zoo.data.files import HOST, atomic, check_writable, claimed, round_mantissa, sha256
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


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
        RuntimeError("UNKNOWN: a/b.tmp; No space left on device"),  # TensorFlow
        ValueError("Unable to create dataset (file write failed: errno = 28, error message = '')"),  # HDF5
    ],
)
def test_a_disk_that_takes_no_more_is_a_sentence_and_the_old_file_whole(tmp_path, error):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(InputError, match=f"^{path}: cannot be written .*; nothing was changed$"), atomic(path) as new:
        new.write_text("half")
        raise error
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_other_errors_are_not_called_a_full_disk(tmp_path):
    for error in (FileNotFoundError(errno.ENOENT, "No such file"), KeyError("a"), InputError("a sentence")):
        with pytest.raises(type(error)) as caught, atomic(tmp_path / "a"):
            raise error
        assert caught.value is error


def test_a_folder_that_takes_no_files_is_refused_before_the_work(tmp_path, monkeypatch):
    def refuse(dir):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(files.tempfile, "TemporaryFile", refuse)
    with pytest.raises(InputError, match=r"a.txt: the folder .* is not writable \(Permission denied\)"):
        check_writable(tmp_path / "a.txt")
    with pytest.raises(InputError, match="is not writable"), atomic(tmp_path / "a.txt"):
        raise AssertionError("the block began")


def test_what_killed_processes_left_is_removed_by_the_next_to_write_the_same_file(tmp_path):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    (tmp_path / f".{ended.pid}.a.h5").touch()
    (tmp_path / f".{ended.pid}.{files.HOST}.a.h5").mkdir()
    (tmp_path / f".{ended.pid}.{files.HOST}.a.h5" / "part").touch()
    (tmp_path / f".{os.getpid()}.{files.HOST}.a.h5").touch()  # of another process that had this one's number
    kept = {
        f".{os.getppid()}.{files.HOST}.a.h5",  # at work
        f".{ended.pid}.elsewhere.a.h5",  # of another machine on the same disk
        f".{ended.pid}.{files.HOST}.b.h5",
        ".hidden.a.h5",
    }
    for name in kept:
        (tmp_path / name).touch()
    with atomic(tmp_path / "a.h5") as temporary:
        temporary.touch()
        check_writable(tmp_path / "a.h5")
        assert temporary.exists()
    assert {file.name for file in tmp_path.iterdir()} == kept | {"a.h5"}


def test_what_another_process_writes_is_refused(tmp_path):
    path, other = tmp_path / "a.h5", tmp_path / f".{os.getppid()}.{HOST}.a.h5"
    other.touch()
    with pytest.raises(InputError, match=f"a.h5: process {os.getppid()} writes it already"), claimed(path):
        pass
    assert list(tmp_path.iterdir()) == [other]
    other.unlink()
    (tmp_path / f".{2**22 + 1}.{HOST}.a.h5").touch()  # of no process
    with claimed(path), atomic(path) as temporary:
        temporary.write_text("whole")
    assert list(tmp_path.iterdir()) == [path]


def test_a_killed_process_leaves_the_old_file_and_the_next_one_clears_up(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    script = f"""
import os, signal
from zoo.data.files import atomic
with atomic({str(path)!r}) as temporary:
    temporary.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", script])
    assert path.read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 2
    with atomic(path) as temporary:
        temporary.write_text("new")
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_what_keras_has_open_is_diverted_when_the_disk_is_full(tmp_path, toy_model):
    """save_weights opens a file of its own, which nobody closes after an error."""
    import h5py

    path = tmp_path / "checkpoint.weights.h5"

    def fill(*args, **kwargs):
        (file,) = h5py.h5f.get_obj_ids(h5py.h5f.OBJ_ALL, h5py.h5f.OBJ_FILE)
        os.dup2(os.open("/dev/full", os.O_RDWR), file.get_vfd_handle())
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(InputError, match="cannot be written"), atomic(path) as temporary:
        toy_model.layers[-1].save_own_variables = fill
        try:
            toy_model.save_weights(temporary)
        finally:
            del toy_model.layers[-1].save_own_variables
    assert list(tmp_path.iterdir()) == []


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


def test_what_is_no_file_is_not_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="pipe: is a device or a pipe, expected a file"):
        check_writable(tmp_path / "pipe")
    assert (tmp_path / "pipe").is_fifo()
