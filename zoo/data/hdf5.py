"""Named arrays of events in HDF5, validated on the way in and written atomically on the way out."""

import importlib
import importlib.util
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from zoo.data.files import atomic, divert_hdf5
from zoo.errors import InputError

Value = str | int | float | list[dict[str, Any]]
Attributes = Mapping[str, Value | Mapping[str, Value]]

# What h5py raises on damaged files, among it numbers of events that no memory holds.
DAMAGE = (OSError, RuntimeError, LookupError, ValueError, TypeError, AttributeError, ArithmeticError, MemoryError)
# How files of other kinds begin.
OTHERS = {
    b"\x1f\x8b": "compressed by gzip",
    b"BZh": "compressed by bzip2",
    b"\xfd7zXZ": "compressed by xz",
    b"\x28\xb5\x2f\xfd": "compressed by zstd",
    b"PK\x03\x04": "a zip archive, such as .npz or .keras",
    b"\x93NUMPY": "a NumPy array (.npy)",
    b"root": "a ROOT file",
    b"PAR1": "a Parquet file",
    b"CDF": "a netCDF file of the classic form",
    b"<LesHouches": "a Les Houches event file",
    b"version https://git-lfs": "a pointer of Git LFS, whose file was not fetched",
}
# HDF5's numbers of compressions that h5py does not bring; the package hdf5plugin has them.
FILTERS = {307: "bzip2", 32001: "blosc", 32004: "lz4", 32008: "bitshuffle", 32013: "zfp", 32015: "zstd"}
FILTERS |= {32017: "sz", 32026: "blosc2"}

CALOCHALLENGE = "the layout of the CaloChallenge, which python -m zoo evaluate --layout calochallenge reads"

FIRST = "first_event"  # the attribute of a part of a sample: the number of its first event
RECORDS = "[{"  # begins the JSON that an attribute which is a list of mappings is stored as
CHUNK_BYTES = 1 << 18  # large enough for gzip to find patterns, small enough to read a few events cheaply


@dataclass(frozen=True)
class Field:
    """What a dataset must be: its shape without the event axis, its unit, and the range its values lie in."""

    name: str
    shape: tuple[int, ...]
    unit: str
    minimum: float | None = None
    maximum: float | None = None
    optional: bool = False


def read(path: str | os.PathLike, fields: Sequence[Field], events: int | None = None) -> dict[str, np.ndarray]:
    """The datasets `fields` of the file `path` as float32 arrays (n, *field.shape), all with the same n > 0.

    Of numbers (n,) the file may hold a column (n, 1), as files of generated events do.
    `events` takes the first that many events and needs at least as many in the file; None takes all.
    Absent optional fields are left out. Raises InputError, naming the file and the dataset, for a file that is missing
    or not readable as HDF5, a dataset that is missing, misshapen, not numeric or of another length than its siblings,
    an empty file, too few events, and values that are NaN, infinite or outside the field's range.
    """
    path = Path(path)
    if events is not None and events < 1:
        raise InputError(f"{events} events of {path} were asked for, expected at least 1")
    with opened(path) as file:
        present = [field for field in fields if not field.optional or field.name in file]
        return checked(path, {field: _dataset(file, path, field) for field in present}, events)


def checked(
    path: Path, datasets: Mapping[Field, h5py.Dataset | np.ndarray], events: int | None = None
) -> dict[str, np.ndarray]:
    """What `read` returns and refuses, of arrays that another kind of file holds."""
    for field, dataset in datasets.items():
        _check_form(path, field, dataset)
    _same_length(path, datasets, events)
    return {field.name: _values(dataset, path, field, events) for field, dataset in datasets.items()}


def shapes(path: str | os.PathLike) -> dict[str, tuple[int, ...]]:
    """The shapes of the datasets of the file `path`, which are not in groups. Raises InputError as `read` does."""
    with opened(Path(path)) as file:
        return {name: item.shape or () for name, item in file.items() if isinstance(item, h5py.Dataset)}


def attributes(path: str | os.PathLike, group: str = "/") -> dict[str, Any]:
    """The attributes of the file `path`, or of a group in it: where its events come from.

    Raises InputError as `read` does, and for a group that is missing.
    """
    with opened(Path(path)) as file:
        if group not in file:
            raise InputError(f"{path}: the group '{group}' is missing, there is {', '.join(file) or 'nothing'}")
        return {name: _decoded(value) for name, value in file[group].attrs.items()}


def provenance(path: str | os.PathLike) -> dict[str, Any]:
    """`attributes` as a card keeps them: records as they are, all else as text."""
    return {name: value if isinstance(value, list) else str(value) for name, value in attributes(path).items()}


def _decoded(value: Any) -> Any:
    """What an attribute says, whichever language wrote it: arrays of one number, texts as fixed numbers of bytes.

    An array of several, which no reader expects, is a text.
    """
    if isinstance(value, h5py.Empty):
        return None
    if isinstance(value, np.ndarray):
        if value.size != 1:
            return ", ".join(str(_decoded(one)) for one in value.ravel())
        value = value.item()
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace").rstrip("\0 ")
    if isinstance(value, str) and value.startswith(RECORDS):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):  # somebody's text that only begins so
            return value
    return value


def _encoded(value: Value | None) -> str | int | float | h5py.Empty:
    if value is None:  # as `_decoded` reads it
        return h5py.Empty("f4")
    return json.dumps(value, default=lambda number: number.item()) if isinstance(value, list) else value


def groups(path: str | os.PathLike) -> list[str]:
    """The names of the groups in the file `path`, sorted. Raises InputError as `read` does for a file."""
    with opened(Path(path)) as file:
        return sorted(name for name, item in file.items() if isinstance(item, h5py.Group))


@contextmanager
def opened(path: Path) -> Iterator[h5py.File]:
    """The HDF5 file `path` to read. Raises InputError as `read` does, also for what HDF5 raises while it is read."""
    if path.is_dir():
        raise InputError(f"{path}: is a folder, expected an HDF5 file")
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    try:
        with h5py.File(path) as file:
            yield file
    except InputError:
        raise
    except MemoryError as error:
        raise InputError(f"{path}: is damaged, or needs more memory than there is ({_line(error)})") from error
    except DAMAGE as error:
        raise InputError(f"{path}: {_fault(path, error)}") from error


def _fault(path: Path, error: Exception) -> str:
    """What is wrong with a file that HDF5 cannot read."""
    if isinstance(error, PermissionError):
        return "cannot be read (Permission denied)"
    if "unable to lock" in str(error):
        return "is being written by another program, which has locked it, expected a file that is complete"
    start = _start(path)
    if not start:
        return "is empty, expected an HDF5 file"
    for beginning, kind in OTHERS.items():
        if start.startswith(beginning):
            return f"is {kind}, expected an HDF5 file"
    return f"is truncated or not an HDF5 file ({_line(error)})"


def _start(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(64).lstrip()
    except OSError:  # the disk, then
        return b"?"


def _line(error: Exception) -> str:
    return " ".join(str(error).split())


def _dataset(file: h5py.File, path: Path, field: Field) -> h5py.Dataset:
    found = file.get(field.name)
    if isinstance(found, h5py.Group):
        inside = ", ".join(map(str, found)) or "nothing"
        pandas = ": a table of pandas?" if "pandas_type" in found.attrs or "axis0" in found else ""
        raise InputError(
            f"{path}: '{field.name}' is a group that holds {inside}, expected a dataset of numbers{pandas}"
        )
    if not isinstance(found, h5py.Dataset):
        there = ", ".join(map(str, file)) or "nothing"
        challenge = f" ({CALOCHALLENGE})" if {"incident_energies", "showers"} <= set(file) else ""
        raise InputError(f"{path}: the dataset '{field.name}' is missing, there is {there}{challenge}")
    return found


def _check_form(path: Path, field: Field, found: h5py.Dataset | np.ndarray) -> None:
    if not found.shape or found.shape[1:] not in (field.shape, field.shape or (1,)):
        expected = ", ".join(map(str, ("N", *field.shape)))
        raise InputError(f"{path}: the dataset '{field.name}' has shape {found.shape}, expected ({expected})")
    if found.dtype.kind not in "fiu":
        raise InputError(f"{path}: the dataset '{field.name}' holds {found.dtype}, expected numbers")


def _same_length(path: Path, datasets: Mapping[Field, h5py.Dataset | np.ndarray], events: int | None) -> None:
    lengths = {field.name: len(dataset) for field, dataset in datasets.items()}
    if len(set(lengths.values())) > 1:
        listing = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise InputError(f"{path}: the datasets have different numbers of events: {listing}")
    found = min(lengths.values())
    if found < (events or 1):
        raise InputError(f"{path}: holds {found} events, expected at least {events or 1}")


def _values(dataset: h5py.Dataset | np.ndarray, path: Path, field: Field, events: int | None) -> np.ndarray:
    with np.errstate(over="ignore"):  # what float32 cannot hold turns infinite and is reported below
        values = _numbers(dataset, path, field, events).astype(np.float32)
    values = values.reshape(len(values), *field.shape)
    _refuse(~np.isfinite(values), values, path, field, "a finite number")
    if field.minimum is not None:
        _refuse(values < field.minimum, values, path, field, f"at least {field.minimum:g}")
    if field.maximum is not None:
        _refuse(values > field.maximum, values, path, field, f"at most {field.maximum:g}")
    return values


def _numbers(dataset: Any, path: Path, field: Field, events: int | None) -> np.ndarray:
    try:
        return dataset[:events]
    except OSError as error:
        properties = dataset.id.get_create_plist()
        numbers = [properties.get_filter(i)[0] for i in range(properties.get_nfilters())]
        missing = [number for number in numbers if not h5py.h5z.filter_avail(number)]
        if not missing:
            raise
        if importlib.util.find_spec("hdf5plugin") and "hdf5plugin" not in sys.modules:
            importlib.import_module("hdf5plugin")  # which brings the filters to HDF5
            return _numbers(dataset, path, field, events)
        names = " and ".join(f"{FILTERS.get(number, 'another')} (filter {number})" for number in missing)
        raise InputError(
            f"{path}: the dataset '{field.name}' is compressed by {names}, which h5py lacks: pip install hdf5plugin"
        ) from error


def _refuse(bad: np.ndarray, values: np.ndarray, path: Path, field: Field, expected: str) -> None:
    if bad.any():
        index = np.unravel_index(bad.argmax(), bad.shape)
        where = ", ".join(map(str, index))
        unit = f" {field.unit}" if field.unit else ""
        raise InputError(f"{path}: {field.name}[{where}] is {values[index]:g}{unit}, expected {expected}")


@contextmanager
def created(path: str | os.PathLike) -> Iterator[h5py.File]:
    """The new HDF5 file `path` to write to, which appears when complete.

    Raises InputError when it cannot be written: a disk that is full costs the file, not the process.
    """
    with atomic(path) as temporary, flushed(temporary, "w") as file:
        yield file


@contextmanager
def flushed(path: str | os.PathLike, mode: str) -> Iterator[h5py.File]:
    """The HDF5 file `path` to write to. A disk that is full is an error here; on closing it would end the process."""
    file = h5py.File(path, mode)
    try:
        yield file
        file.flush()
    except BaseException:
        divert_hdf5(path)
        raise
    finally:
        file.close()


@contextmanager
def appending(path: str | os.PathLike, attributes: Attributes) -> Iterator[Callable[[Mapping[str, np.ndarray]], None]]:
    """A function that appends arrays (n, ...) to the datasets of the new file `path`, which appears when complete.

    A dataset "group/name" stands in a group, and an attribute that is a mapping holds the attributes of a group. A list
    of mappings is stored as JSON.
    For files larger than memory: only one chunk of events is held at a time.
    """
    with created(path) as file:
        for name, value in attributes.items():
            if isinstance(value, Mapping):
                file.require_group(name).attrs.update({key: _encoded(one) for key, one in value.items()})
            else:
                file.attrs[name] = _encoded(value)

        def append(arrays: Mapping[str, np.ndarray]) -> None:
            for name, array in arrays.items():
                _append(file, name, np.asarray(array))

        yield append


def _append(file: h5py.File, name: str, array: np.ndarray) -> None:
    shape = array.shape[1:]
    if name not in file:
        rows = max(1, CHUNK_BYTES // max(1, array.itemsize * int(np.prod(shape))))
        file.create_dataset(
            name,
            shape=(0, *shape),
            maxshape=(None, *shape),
            chunks=(rows, *shape),
            dtype=array.dtype,
            compression="gzip",
            shuffle=True,
        )
    dataset = file[name]
    dataset.resize(len(dataset) + len(array), axis=0)
    dataset[len(dataset) - len(array) :] = array
    dataset.flush()  # an error in writing what was held back would else be printed, and forgotten


def write(path: str | os.PathLike, arrays: Mapping[str, np.ndarray], attributes: Attributes) -> None:
    """Write arrays (n, ...) as compressed datasets of the new file `path`, which appears when complete.

    Groups as in `appending`.
    """
    with appending(path, attributes) as append:
        append(arrays)


def virtual(path: str | os.PathLike, parts: Mapping[str, int]) -> None:
    """Write the file `path` that shows the events of `parts` beside it, {name: events}, one behind the other as one.

    It holds no events, only where they are; those of a part that goes missing read as NaN.
    """
    path, total = Path(path), sum(parts.values())
    with h5py.File(path.with_name(next(iter(parts)))) as first, created(path) as file:
        file.attrs.update({name: value for name, value in first.attrs.items() if name != FIRST})
        for name, dataset in first.items():
            layout = h5py.VirtualLayout((total, *dataset.shape[1:]), dataset.dtype)
            start = 0
            for part, events in parts.items():
                source = h5py.VirtualSource(part, name, (events, *dataset.shape[1:]))
                layout[start : start + events] = source
                start += events
            file.create_virtual_dataset(name, layout, fillvalue=np.nan)
