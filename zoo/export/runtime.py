"""Generators run by ONNX Runtime, where no TensorFlow is wanted: it starts faster, and single events cost less."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from zoo.data.files import sha256
from zoo.errors import InputError
from zoo.export import session
from zoo.sampler import Arrays, Sampler

MODEL = "model.onnx"


class OnnxSampler(Sampler):
    """An exported network, in the layout "named", and its card: see Sampler. Its events are those of Keras to rounding.

    Raises InputError for a file that onnxruntime cannot run, and if its names or shapes are not those of the card.
    """

    def __init__(self, path: str | os.PathLike, card: Mapping[str, Any]):
        super().__init__(card)
        self.path = str(path)
        # ONNX Runtime would take all cores of a machine on which a batch system gave this process one.
        self._session = session(path, int(os.environ.get("OMP_NUM_THREADS", "").partition(",")[0] or 0))
        inputs = {one.name: tuple(one.shape[1:]) for one in self._session.get_inputs()}
        self._match(inputs, {one.name: tuple(one.shape[1:]) for one in self._session.get_outputs()})

    def _run(self, inputs: Arrays) -> Arrays:
        return dict(zip(self.shapes, self._session.run(list(self.shapes), inputs), strict=True))

    def _length(self, n: int, batch_size: int) -> int:
        return 0  # nothing is compiled for a size

    def _reduced(self) -> tuple:
        return OnnxSampler, (self.path, self.card)


def cached_model(weights: Path, card: Mapping[str, Any], cache: Path) -> Path:
    """The ONNX file of the generator in the folder `weights`, kept in `cache` by the hash of the .keras file.

    It is made by another process on the first use, and anew where it is damaged. Raises InputError if that fails.
    """
    folder = cache / "onnx" / card["sha256"]["generator.keras"]
    if not _whole(folder):
        shutil.rmtree(folder, ignore_errors=True)
        command = [sys.executable, "-m", "zoo", "export", str(weights), "-o", str(folder)]
        environment = os.environ | {"KERAS_BACKEND": "tensorflow"}  # the only one that exports
        done = subprocess.run(command, capture_output=True, text=True, env=environment)
        if not _whole(folder):  # or else another process was first
            why = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise InputError(f"{card['name']}: cannot be made ONNX on its first use ({why.removeprefix('error: ')})")
    return folder / MODEL


def _whole(folder: Path) -> bool:
    """Whether the folder has a model with the hash that is noted beside it."""
    try:
        return json.loads((folder / "model.json").read_text())["files"][MODEL] == sha256(folder / MODEL)
    except (OSError, ValueError, KeyError):  # InputError is a ValueError
        return False
