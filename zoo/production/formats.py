"""Files that events are written to, chunk by chunk, so that they may be larger than memory."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple

import numpy as np

from zoo.data import hdf5

Append = Callable[[Mapping[str, np.ndarray]], None]


class Format(NamedTuple):
    """How names of files end, and what opens one as `zoo.data.hdf5.appending` does."""

    suffix: str
    appending: Callable[[Path, hdf5.Attributes], AbstractContextManager[Append]]


FORMATS = {"hdf5": Format(".h5", hdf5.appending)}
