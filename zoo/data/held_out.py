"""Held-out samples that come with a room: events that no training of its released models saw.

The training files of released models are too large for a repository; a sample is what anybody can judge a model by.
Its attributes say whose it is: `held_out_of`, the SHA-256 of the files that were learnt from, and `split_seed`, by
which a part of them was held out. `origins` tells where the events come from.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from zoo.data import hdf5
from zoo.errors import InputError


def write(
    path: Path,
    arrays: Mapping[str, np.ndarray],
    origins: Sequence[Mapping[str, Any]],
    of: Sequence[str],
    seed: int,
    **attributes: hdf5.Value,
) -> None:
    """Write the events `arrays` (n, ...) to the new file `path`.

    Arguments:
        path: the file.
        arrays: the datasets.
        origins: attributes of the files that the events are from, each with what was taken.
        of: SHA-256 of the files whose models may be judged by it.
        seed: of the split by which these models were trained.
        attributes: what else its readers need.

    Raises InputError for a `path` that exists and for hashes that are none.
    """
    if path.exists():
        raise InputError(f"{path}: exists, expected a new file")
    if wrong := [digits for digits in of if len(digits) != 64 or set(digits) - set("0123456789abcdef")]:
        raise InputError(f"{path}: {wrong[0]} is not the SHA-256 of a file, expected 64 hexadecimal digits")
    known: dict[str, hdf5.Value] = {
        "held_out_of": " ".join(of),
        "split_seed": seed,
        "origins": [dict(one) for one in origins],
    }
    hdf5.write(path, arrays, {**attributes, **known})


def belongs(path: Path, card: Mapping[str, Any]) -> bool:
    """Whether the sample `path` was held out of the training that the card `card` tells of."""
    if not path.exists():
        return False
    found = hdf5.attributes(path)
    same_split = str(found["split_seed"]) == str(card["training"]["seed"])
    return same_split and card["data"]["sha256"] in str(found["held_out_of"]).split()
