"""Files that events are written to, chunk by chunk, so that they may be larger than memory.

| format        | file     | an output of shape (a, b) is                                                              |
|---------------|----------|-------------------------------------------------------------------------------------------|
| hdf5          | .h5      | a dataset (n, a, b); a single number (n, 1), the layout of `zoo.data.hdf5`                |
| parquet       | .parquet | a column of lists of b numbers in lists of a; a single number a column of numbers         |
| root          | .root    | a branch NAME[a][b] of the tree "events"; a single number a branch of numbers             |
| calochallenge | .hdf5    | a b cells of "showers" (n, cells), output by output, the last index fastest; MeV          |

Beside the events every file says where they come from: as attributes, as metadata of the schema, as JSON in the string
"attributes".
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from zoo.data import hdf5
from zoo.data.files import atomic
from zoo.errors import InputError
from zoo.optional import needed

BUFFER = 1 << 24  # bytes of events that are written at once: few of them make slow writing and large files

Append = Callable[[Mapping[str, np.ndarray]], None]


@contextmanager
def buffered(append: Append, size: int = BUFFER) -> Iterator[Append]:
    """An `append` that hands on events when it has `size` bytes of them, and at the end."""
    held: list[Mapping[str, np.ndarray]] = []
    bytes_held = 0

    def hand_on() -> None:
        nonlocal bytes_held
        if held:
            append({name: np.concatenate([one[name] for one in held]) for name in held[0]})
        held.clear()
        bytes_held = 0

    def hold(arrays: Mapping[str, np.ndarray]) -> None:
        nonlocal bytes_held
        held.append(arrays)
        bytes_held += sum(array.nbytes for array in arrays.values())
        if bytes_held >= size:
            hand_on()

    yield hold
    hand_on()


@contextmanager
def parquet(path: Path, attributes: hdf5.Attributes) -> Iterator[Append]:
    """As `zoo.data.hdf5.appending`, but of a Parquet file."""
    with needed("Parquet", "production"):
        import pyarrow
        from pyarrow import parquet
    told = {name: str(value) for name, value in attributes.items()}

    def table(arrays: Mapping[str, np.ndarray]) -> Any:
        return pyarrow.table({name: _lists(array) for name, array in arrays.items()}).replace_schema_metadata(told)

    with atomic(path) as temporary:
        writer: Any = None
        try:

            def append(arrays: Mapping[str, np.ndarray]) -> None:
                nonlocal writer
                chunk = table(arrays)
                writer = writer or parquet.ParquetWriter(temporary, chunk.schema)
                writer.write_table(chunk)

            yield append
        finally:
            if writer is not None:
                writer.close()


def _lists(array: np.ndarray) -> Any:
    """`array` (n, ...) for pyarrow: its axes but the first as lists in lists."""
    import pyarrow

    array = _single(array)
    column = pyarrow.array(array.reshape(-1))
    for size in array.shape[:0:-1]:
        column = pyarrow.FixedSizeListArray.from_arrays(column, size)
    return column


@contextmanager
def root(path: Path, attributes: hdf5.Attributes) -> Iterator[Append]:
    """As `zoo.data.hdf5.appending`, but of a ROOT file with a tree "events"."""
    with needed("ROOT", "production"):
        import uproot

    with atomic(path) as temporary, uproot.recreate(temporary) as file:
        file["attributes"] = json.dumps(dict(attributes))
        trees: list[Any] = []

        def append(arrays: Mapping[str, np.ndarray]) -> None:
            columns = {name: _single(array) for name, array in arrays.items()}
            if not trees:
                branches = {name: np.dtype((column.dtype, column.shape[1:])) for name, column in columns.items()}
                trees.append(file.mktree("events", branches))
            trees[0].extend(columns)

        yield append


def _single(array: np.ndarray) -> np.ndarray:
    """`array` (n, ...), one of (n, 1) as (n,)."""
    return array[:, 0] if array.shape[1:] == (1,) else array


@contextmanager
def calochallenge(path: Path, attributes: hdf5.Attributes) -> Iterator[Append]:
    """As `zoo.data.hdf5.appending`, but in the layout of `zoo.evaluation.calochallenge`: energies in MeV, and cells."""
    with hdf5.appending(path, attributes) as write:

        def append(arrays: Mapping[str, np.ndarray]) -> None:
            cells = [array.reshape(len(array), -1) for name, array in arrays.items() if name != "energy"]
            write({"incident_energies": 1000 * arrays["energy"], "showers": np.concatenate(cells, axis=1)})

        yield append


def is_showers(card: Mapping[str, Any]) -> None:
    """Raise InputError unless a model makes energies in cells for an incident energy, and nothing else."""
    conditions = {name: (spec["unit"], spec["shape"]) for name, spec in card["conditions"].items()}
    others = [name for name, spec in card["outputs"].items() if spec["unit"] != "MeV"]
    if conditions != {"energy": ("GeV", [])} or others:
        raise InputError(
            f"{card['name']} does not fit CaloChallenge's layout, expected the condition energy in GeV alone, "
            "and outputs in MeV"
        )


class Format(NamedTuple):
    """How names of files end, what opens one as `zoo.data.hdf5.appending` does, and what refuses a model's card."""

    suffix: str
    appending: Callable[[Path, hdf5.Attributes], AbstractContextManager[Append]]
    check: Callable[[Mapping[str, Any]], None] = lambda card: None


FORMATS = {
    "hdf5": Format(".h5", hdf5.appending),
    "parquet": Format(".parquet", parquet),
    "root": Format(".root", root),
    "calochallenge": Format(".hdf5", calochallenge, is_showers),
}
VIRTUAL = "hdf5", "calochallenge"  # what `zoo.data.hdf5.virtual` shows as one file


def chosen(name: str | None, path: Path, card: Mapping[str, Any]) -> str:
    """The format `name`, or without one that of the suffix of `path`. Raises InputError for one that does not fit."""
    suffixes = {one.suffix: key for key, one in FORMATS.items() if one.suffix != ".hdf5"}
    name = name or suffixes.get(path.suffix, "hdf5")
    if name not in FORMATS:
        raise InputError(f"--format is {name}, expected {', '.join(FORMATS)}")
    FORMATS[name].check(card)
    return name
