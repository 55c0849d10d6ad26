"""Saved histograms of a generator, beside its weights: what regression tests compare with.

| dataset              |                                                              |
|----------------------|--------------------------------------------------------------|
| conditions/NAME      | (n,) or (n, k), what the generated events were asked to be   |
| histograms/NAME/edges | (bins + 1,)                                                 |
| histograms/NAME/SOURCE | (bins,) counts, of "generated" and of the "reference"      |

The attribute `seed` is that of the noise.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from zoo.data import hdf5
from zoo.data.files import atomic

Counts = dict[str, np.ndarray]
SOURCES = ("generated", "reference")


class Distributions(NamedTuple):
    """Conditions and counts by name, as the table above says, with the attributes of the file."""

    conditions: dict[str, np.ndarray]
    edges: Counts
    generated: Counts
    reference: Counts
    attributes: dict[str, Any]


def write(path: str | os.PathLike, distributions: Distributions) -> None:
    """Write `distributions` to the HDF5 file `path`, which appears when complete."""
    with hdf5.created(path) as file:
        file.attrs.update(distributions.attributes)
        for name, values in distributions.conditions.items():
            values = np.asarray(values, np.float32)
            file.create_dataset(f"conditions/{name}", data=values, compression="gzip", shuffle=True)
        for name, edges in distributions.edges.items():
            file[f"histograms/{name}/edges"] = edges
            for source in SOURCES:
                file[f"histograms/{name}/{source}"] = np.asarray(getattr(distributions, source)[name], np.int32)


def record(folder: str | os.PathLike, metrics: Mapping[str, Any], distributions: Distributions) -> None:
    """Write what an evaluation found to `folder`: metrics.json and distributions.h5.

    `metrics` are numbers, texts, lists and mappings of them; None stands for what is undefined, NaN is refused.
    """
    folder = Path(folder)
    with atomic(folder / "metrics.json") as temporary:
        temporary.write_text(json.dumps(metrics, indent=1, allow_nan=False) + "\n")
    write(folder / "distributions.h5", distributions)


def read(path: str | os.PathLike) -> Distributions:
    """What `write` wrote. Raises InputError for what it did not."""
    with hdf5.opened(Path(path)) as file:
        histograms: Mapping = file["histograms"]
        edges, generated, reference = (
            {name: group[part][:] for name, group in histograms.items()} for part in ("edges", *SOURCES)
        )
        conditions = {name: values[:] for name, values in file.get("conditions", {}).items()}
        return Distributions(conditions, edges, generated, reference, dict(file.attrs))
