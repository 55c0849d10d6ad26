"""Columns of events in HDF5, .npz, Parquet and ROOT files, read by rows, so that a file may be larger than memory."""

import tokenize
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol

import h5py
import numpy as np

from zoo.data import hdf5
from zoo.errors import InputError

ROOT = ".root"
# What libraries raise on damaged files; numpy reads the head of an array as Python.
DAMAGE = (*hdf5.DAMAGE, zipfile.BadZipFile, zlib.error, EOFError, SyntaxError, tokenize.TokenError)


class Column(Protocol):
    """One value, or an array of them, for each event."""

    def __len__(self) -> int: ...

    def __getitem__(self, rows: slice) -> np.ndarray:
        """The values (n, ...) of consecutive events; of dtype object if events have different numbers of them."""


Columns = Mapping[str, Column]


def split(path: str) -> tuple[Path, str]:
    """The file of FILE or FILE.root:TREE, and the name of the tree, empty without one."""
    file, colon, tree = path.partition(f"{ROOT}:")
    return (Path(file + ROOT), tree) if colon else (Path(path), "")


@contextmanager
def opened(path: str) -> Iterator[Columns]:
    """The columns by name of the file `path`: .h5, .hdf5, .npz, .parquet, .root or .root:TREE.

    Raises InputError for a file that is missing, ends in something else, cannot be read, or needs a package that is not
    installed.
    """
    file, _ = split(path)
    if not file.is_file():
        raise InputError(f"{file}: is a folder, expected a file" if file.is_dir() else f"{file}: no such file")
    if file.suffix not in READERS:
        raise InputError(f"{file}: ends in '{file.suffix}', expected one of {', '.join(READERS)}")
    with READERS[file.suffix](path) as columns:
        yield columns


@contextmanager
def _told(path: str | Path, what: str, *errors: type[Exception]) -> Iterator[None]:
    """Errors of a library as an InputError."""
    try:
        yield
    except InputError:
        raise
    except errors as error:
        raise InputError(f"{path}: cannot be read as {what} ({error})") from error


@contextmanager
def _hdf5(path: str) -> Iterator[Columns]:
    with hdf5.opened(Path(path)) as file:
        yield {name: data for name, data in file.items() if isinstance(data, h5py.Dataset) and data.ndim}


@contextmanager
def _npz(path: str) -> Iterator[Columns]:
    with (
        _told(path, ".npz of numbers", *DAMAGE),
        open(path, "rb") as opened,
        np.load(opened, allow_pickle=False) as file,
    ):
        yield {name: values for name in file.files if (values := file[name]).ndim}


class _Parquet:
    def __init__(self, file: Any, name: str):
        self._file, self._name = file, name
        groups = range(file.metadata.num_row_groups)
        self._edges = np.cumsum([0, *(file.metadata.row_group(group).num_rows for group in groups)])

    def __len__(self) -> int:
        return int(self._edges[-1])

    def __getitem__(self, rows: slice) -> np.ndarray:
        start, stop, _ = rows.indices(len(self))
        groups = np.flatnonzero((self._edges[:-1] < stop) & (self._edges[1:] > start))
        found = self._file.read_row_groups(groups.tolist(), columns=[self._name])[self._name]
        return _array(found.slice(start - self._edges[groups[0]] if len(groups) else 0, stop - start))


def _array(column: Any) -> np.ndarray:
    """A column of pyarrow, lists of equal lengths as further axes."""
    import pyarrow
    from pyarrow import compute, types

    shape = [len(column)]
    while types.is_list(column.type) or types.is_large_list(column.type) or types.is_fixed_size_list(column.type):
        lengths = compute.min_max(compute.list_value_length(column)).as_py()
        if column.null_count or lengths["min"] is None or lengths["min"] != lengths["max"]:
            return column.to_numpy()
        shape.append(lengths["min"])
        column = pyarrow.chunked_array([chunk.flatten() for chunk in column.chunks])
    return column.to_numpy().reshape(shape)


@contextmanager
def _parquet(path: str) -> Iterator[Columns]:
    try:
        from pyarrow import ArrowException, parquet
    except ImportError as error:
        raise InputError(f"{path}: to read Parquet needs pyarrow: pip install pyarrow") from error
    with _told(path, "Parquet", ArrowException, *DAMAGE), parquet.ParquetFile(path) as file:
        yield {name: _Parquet(file, name) for name in file.schema_arrow.names}


class _Branch:
    def __init__(self, branch: Any, entries: int):
        self._branch, self._entries = branch, entries

    def __len__(self) -> int:
        return self._entries

    def __getitem__(self, rows: slice) -> np.ndarray:
        start, stop, _ = rows.indices(len(self))
        return self._branch.array(entry_start=start, entry_stop=stop, library="np")


@contextmanager
def _root(path: str) -> Iterator[Columns]:
    try:
        import uproot
    except ImportError as error:
        raise InputError(f"{path}: to read ROOT needs uproot: pip install uproot") from error
    from uproot.deserialization import DeserializationError

    file, name = split(path)
    wrong = DeserializationError, *DAMAGE
    with _told(file, "ROOT", *wrong), uproot.open({str(file): None}) as opened:  # a colon in a folder means nothing
        kinds = "TTree", "ROOT::RNTuple"
        trees = list(dict.fromkeys(key.partition(";")[0] for key in opened.keys(filter_classname=kinds)))
        if not trees or (name and name not in trees):
            there = ", ".join(trees) or "none"
            raise InputError(f"{file}: has no tree {name}; there is {there}" if name else f"{file}: has no tree")
        if not name and len(trees) > 1:
            raise InputError(f"{file}: has the trees {', '.join(trees)}, expected FILE.root:TREE")
        tree = opened[name or trees[0]]
        if isinstance(tree, uproot.TTree):
            branches = [branch for branch in tree.branches if not branch.branches]
        else:
            branches = tree.fields
        yield {branch.name: _Branch(branch, tree.num_entries) for branch in branches}


READERS: dict[str, Callable[[str], AbstractContextManager[Columns]]] = {
    ".h5": _hdf5,
    ".hdf5": _hdf5,
    ".npz": _npz,
    ".parquet": _parquet,
    ROOT: _root,
}
