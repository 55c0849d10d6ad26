"""Writing files so that nobody ever meets half of one, and knowing that a file is the right one."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from zoo.errors import InputError


@contextmanager
def atomic(path: str | os.PathLike, folder: bool = False) -> Iterator[Path]:
    """A temporary path beside `path`, renamed onto it if the block succeeds and removed if it does not.

    The block may write a file or a folder; the suffixes are kept because writers such as Keras and matplotlib choose
    their format by it. Parent folders are made. With `folder` a folder that is there is replaced as a whole. Raises
    InputError when `path` cannot be written.
    """
    path = Path(path)
    if path.is_dir() and not folder:
        raise InputError(f"{path}: is a folder, expected the name of a file to write")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{path}: the folder {path.parent} cannot be made ({error.strerror})") from error
    if not os.access(path.parent, os.W_OK):
        raise InputError(f"{path}: the folder {path.parent} is not writable")
    temporary = path.with_name(f".{os.getpid()}.{path.name}")
    try:
        yield temporary
        if path.is_dir():  # which no rename replaces
            before = path.rename(path.with_name(f".{os.getpid()}.before.{path.name}"))
            temporary.replace(path)
            shutil.rmtree(before)
        else:
            temporary.replace(path)
    finally:
        if temporary.is_dir():
            shutil.rmtree(temporary)
        else:
            temporary.unlink(missing_ok=True)


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
