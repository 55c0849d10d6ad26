"""Files of events as observables and conditions.

A layout is a function ``layout(path, options) -> Sample``. Those of no paper are in `LAYOUTS`; a room's is named by its
module and function, such as ``reproductions.calogan.evaluate:layout``.
"""

import importlib
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from zoo.data import tables
from zoo.errors import InputError
from zoo.evaluation import calochallenge

Arrays = dict[str, np.ndarray]
LARGEST = float(np.finfo(np.float32).max)  # squares of it are numbers still


class Sample(NamedTuple):
    """Events: `observables` and `conditions` are arrays (n,) by name, `cells` (n, k) what they were made of or None.

    They are compared in slices of the conditions, with about as many events each, or of what `slices` names instead:
    values (n,) with edges. An observable "response" is that of a calorimeter, whose core and tails count.
    """

    observables: Arrays
    conditions: Arrays
    cells: np.ndarray | None = None
    slices: Mapping[str, tuple[np.ndarray, Sequence[float] | np.ndarray]] | None = None

    @property
    def events(self) -> int:
        """How many there are."""
        return len(next(iter(self.observables.values())))


def read(path: str, layout: str = "table", options: Mapping[str, Any] | None = None) -> Sample:
    """The events of the file `path`, in the `layout` of `LAYOUTS` or "module:function".

    `options` may name "conditions" (columns of a table), "geometry" and "particle" (of CaloChallenge's layout). Raises
    InputError for an unknown layout and for what is not in that layout.
    """
    if layout in LAYOUTS:
        function = LAYOUTS[layout]
    elif ":" in layout:
        module, _, name = layout.partition(":")
        try:
            function = getattr(importlib.import_module(module), name)
            inspect.signature(function).bind(path, options)
        except (ImportError, AttributeError, ValueError) as error:
            raise InputError(f"--layout {layout}: cannot be imported ({error})") from error
        except TypeError as error:
            raise InputError(f"--layout {layout}: is not a function of path and options ({error})") from error
    else:
        raise InputError(f"there is no layout '{layout}', expected {', '.join(LAYOUTS)} or MODULE:FUNCTION of a room")
    sample = function(path, options or {})
    if not isinstance(sample, Sample):
        raise InputError(f"--layout {layout}: gave a {type(sample).__name__}, expected a Sample")
    return sample


def table(path: str, options: Mapping[str, Any]) -> Sample:
    """A plain table of observables: HDF5 (.h5, .hdf5), .npz, Parquet (.parquet) or a ROOT tree (.root, .root:TREE).

    Every column of numbers (n,) or (n, 1) is an observable; one of (n, k) is k of them, NAME_0 to NAME_(k-1). Those
    named in options["conditions"] are conditions. NaN means that an event has none. Raises InputError for a file that
    is missing, cannot be read, needs a package that is not installed, or holds no such table.
    """
    columns = _columns(path)
    names = list(options.get("conditions") or [])
    missing = [name for name in names if name not in columns]
    if missing:
        raise InputError(f"{path}: has no column {missing[0]}, there are {', '.join(columns)}")
    observables = {name: values for name, values in columns.items() if name not in names}
    if not observables:
        raise InputError(f"{path}: holds no observable besides the conditions, expected at least one column more")
    return Sample(observables, {name: columns[name] for name in names})


def showers(path: str, options: Mapping[str, Any]) -> Sample:
    """CaloChallenge's layout with the geometry in options["geometry"], see `zoo.evaluation.calochallenge`."""
    geometry = options.get("geometry")
    if not geometry:
        raise InputError("the layout calochallenge needs --geometry, the binning XML of the data set")
    return Sample(*calochallenge.read(path, geometry, options.get("particle")))


LAYOUTS: dict[str, Callable[[str, Mapping[str, Any]], Sample]] = {"table": table, "calochallenge": showers}


def _columns(path: str) -> Arrays:
    file, _ = tables.split(path)
    with tables.opened(path) as opened:
        found = {name: column[:] for name, column in opened.items()}
    columns: Arrays = {}
    for name, values in found.items():
        array = np.asarray(values)
        if array.dtype.kind not in "biuf" or array.ndim not in (1, 2):
            continue
        array = array[:, None] if array.ndim == 1 else array
        parts = {name: array[:, 0]} if array.shape[1] == 1 else {f"{name}_{i}": one for i, one in enumerate(array.T)}
        if twice := set(parts) & set(columns):
            raise InputError(f"{file}: has {min(twice)} twice, as a column and as a part of one, expected one of both")
        columns |= {key: np.asarray(one, np.float64) for key, one in parts.items()}
    if not columns:
        raise InputError(f"{file}: holds {_listed(list(found))}, expected columns of numbers (n,) or (n, k)")
    lengths = {name: len(values) for name, values in columns.items()}
    first = next(iter(lengths))
    for name, length in lengths.items():
        if length != lengths[first]:
            raise InputError(f"{file}: {first} has {lengths[first]} events and {name} {length}, expected as many")
    if not lengths[first]:
        raise InputError(f"{file}: holds no events")
    for name, values in columns.items():
        beyond = abs(values) > LARGEST
        if beyond.any():
            found = values[beyond.argmax()]
            raise InputError(f"{file}: {name} of event {beyond.argmax()} is {found:g}, expected a float32 or NaN")
    return columns


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "nothing"
