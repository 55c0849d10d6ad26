"""Writing files so that nobody ever meets half of one, and knowing that a file is the right one."""

import contextlib
import errno
import hashlib
import os
import re
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from zoo.errors import InputError

# What a disk answers that takes no more: full, beyond the quota or the largest file, broken, no longer writable; and to
# a name that is too long.
REFUSALS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS, errno.ENAMETOOLONG)
HOST = re.sub(r"[^A-Za-z0-9-]", "-", socket.gethostname())[:32]  # several machines may share a disk
written: set[Path] = set()  # temporary files of this process


@contextmanager
def atomic(path: str | os.PathLike, folder: bool = False) -> Iterator[Path]:
    """A temporary path beside `path`, renamed onto it if the block succeeds and removed if it does not.

    The block may write a file or a folder; the suffixes are kept because writers such as Keras and matplotlib choose
    their format by it. Parent folders are made, and what a process that was killed left of the same file is removed.
    With `folder` a folder that is there is replaced as a whole.
    Raises InputError when `path` cannot be written, before the block or, with the disk full, in it.
    """
    path = Path(path)
    check_writable(path, folder)
    temporary = _temporary(path)
    written.add(temporary)
    try:
        yield temporary
        if path.is_dir():  # which no rename replaces
            before = path.rename(path.with_name(f".{os.getpid()}.{HOST}.before.{path.name}"))
            temporary.replace(path)
            shutil.rmtree(before)
        else:
            temporary.replace(path)
    except InputError:
        raise
    except Exception as error:
        divert_hdf5(temporary)
        if (reason := _refusal(error)) is not None:
            raise InputError(f"{path}: cannot be written ({reason}); nothing was changed") from error
        raise
    finally:
        written.discard(temporary)
        _remove(temporary)


@contextmanager
def claimed(path: str | os.PathLike) -> Iterator[None]:
    """Around long work that ends in `atomic` of `path`: another process of this machine that begins it is refused.

    Raises InputError, which names the process, if one is at it.
    """
    path = Path(path)
    check_writable(path)
    mine = _temporary(path)
    mine.touch()
    written.add(mine)
    try:
        for file, process in _temporaries(path):
            if file != mine and _runs(process):
                remedy = f"expected another name (if it does not, remove {file})"
                raise InputError(f"{path}: process {process} writes it already, {remedy}")
        yield
    finally:
        written.discard(mine)
        _remove(mine)


def check_writable(path: str | os.PathLike, folder: bool = False) -> None:
    """Raise InputError unless a file or folder `path` can be written; its folder is made.

    For before long work, whose result would be lost. What killed processes left of an earlier `path` is removed. With
    `folder` a folder may be there.
    """
    path = Path(path)
    if path.is_dir() and not folder:
        raise InputError(f"{path}: is a folder, expected a name that is not taken")
    if path.exists() and not path.is_file() and not path.is_dir():
        raise InputError(f"{path}: is a device or a pipe, expected a file, which is written beside it and renamed")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{path}: the folder {path.parent} cannot be made ({error.strerror})") from error
    _remove_abandoned(path)
    try:
        tempfile.TemporaryFile(dir=path.parent).close()
    except OSError as error:
        raise InputError(f"{path}: the folder {path.parent} is not writable ({error.strerror})") from error


def divert_hdf5(temporary: str | os.PathLike) -> None:
    """Let what HDF5 still writes to `temporary`, a file or folder that is given up, go into memory instead.

    HDF5 flushes a file when it closes it. If the disk refuses that, the whole process ends by a segmentation fault.
    """
    h5py = sys.modules.get("h5py")
    if h5py is None:
        return
    for file in h5py.h5f.get_obj_ids(h5py.h5f.OBJ_ALL, h5py.h5f.OBJ_FILE):
        if Path(os.fsdecode(h5py.h5f.get_name(file))).is_relative_to(temporary):
            if hasattr(os, "memfd_create"):
                elsewhere = os.memfd_create("given up")
            else:  # emptied, the file itself has room
                elsewhere = os.open(os.fsdecode(h5py.h5f.get_name(file)), os.O_RDWR | os.O_TRUNC)
            os.dup2(elsewhere, file.get_vfd_handle())
            os.close(elsewhere)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _temporary(path: Path) -> Path:
    """What this process writes before it becomes `path`."""
    return path.with_name(f".{os.getpid()}.{HOST}.{path.name}")


def _temporaries(path: Path) -> list[tuple[Path, int]]:
    """What processes of this machine write, or have left, of `path`, with their numbers."""
    ours = re.compile(rf"\.(\d+)(?:\.{HOST})?\.{re.escape(path.name)}")
    found = [(file, ours.fullmatch(file.name)) for file in path.parent.iterdir()]
    return [(file, int(match[1])) for file, match in found if match]


def _remove_abandoned(path: Path) -> None:
    """Remove temporary files for `path` of processes of this machine that are no more."""
    for file, process in _temporaries(path):
        if file not in written and not _runs(process):
            with contextlib.suppress(OSError):  # somebody else's, perhaps
                _remove(file)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:  # it belongs to somebody else
        return True
    return process != os.getpid()  # which wrote none of the files in question: numbers come again


def _refusal(error: Exception) -> str | None:
    """Why the disk refused, or None if `error` is something else."""
    for number in REFUSALS:
        # Libraries in C++ have the words only, and HDF5 sometimes the number only.
        told = os.strerror(number) in str(error) or f"errno = {number}," in str(error)
        if told or (isinstance(error, OSError) and error.errno == number):
            return os.strerror(number)
    return None


def sha256(path: str | os.PathLike) -> str:
    """The file's SHA-256 as 64 hexadecimal digits. Raises InputError if there is no such file."""
    if not Path(path).is_file():
        raise InputError(f"{path}: no such file")
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def round_mantissa(array: np.ndarray, bits: int) -> np.ndarray:
    """`array` as float32 with the mantissa rounded to `bits` (0 to 23) explicit bits, so that it compresses well.

    Rounds to nearest, ties to even: the relative error is at most 2**-(bits + 1) for normal numbers. Subnormal numbers
    that would round to zero take the smallest value kept instead, and numbers that would round to infinity the largest,
    so that counts of cells > 0 and finiteness survive. Zeros, infinities and NaN pass unchanged.
    """
    if not 0 <= bits <= 23:
        raise ValueError(f"bits is {bits}, expected 0 to 23: a float32 has 23 mantissa bits")
    array = np.asarray(array, dtype=np.float32)
    dropped = np.uint32(23 - bits)
    unit = np.uint32(1) << dropped
    infinity = np.uint32(0x7F800000)

    pattern = array.view(np.uint32)
    sign, magnitude = pattern & np.uint32(0x80000000), pattern & np.uint32(0x7FFFFFFF)
    half = (unit >> np.uint32(1)) - np.uint32(bits < 23)
    odd = (magnitude >> dropped) & np.uint32(bits < 23)
    rounded = (magnitude + half + odd) & ~(unit - np.uint32(1))
    kept = np.clip(rounded, unit, infinity - unit)
    finite = (magnitude > 0) & (magnitude < infinity)
    return (sign | np.where(finite, kept, magnitude)).view(np.float32)
