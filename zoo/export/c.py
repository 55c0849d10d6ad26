"""A network as one file of C99 that needs no library, for hosts that link their models in.

emx-onnx-cgen writes the network; what is added is the function that hosts such as Lamarr look for,

    float *NAME(float *out, const float *in, const float *random)

for one event: `in` are the conditions and `random` is the noise, in the card's order; it returns `out`.
"""

from __future__ import annotations

import ctypes
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from zoo.errors import InputError

if TYPE_CHECKING:
    from zoo.generator import Generator

WEIGHTS = 500_000  # the largest number of weights: each takes some 15 bytes of source
FLAGS = ("-std=c99", "-O2", "-fPIC", "-shared")

WRAPPER = """
/* One event of {title}: `in` holds {conditions} conditions, `random` {noise} standard normal numbers, `out` {numbers}
   numbers of an event; their order and units are in model.json. Returns `out`. */
float *{symbol}(float *out, const float *in, const float *random)
{{
    float input[1][{noise} + {conditions}];
    memcpy(input[0], random, {noise} * sizeof(float));
    if ({conditions}) memcpy(input[0] + {noise}, in, {conditions} * sizeof(float));
    {symbol}_network((const float (*)[{noise} + {conditions}])input, (float (*)[{numbers}])out);
    return out;
}}
"""


def symbol(name: str) -> str:
    """The name of the function of a model: `name` with what C does not allow replaced."""
    return re.sub(r"^(\d)", r"_\1", re.sub(r"\W", "_", name, flags=re.ASCII))


def write(generator: Generator, path: Path) -> None:
    """Write `generator` to the C file `path`. Raises InputError for a network that is too large or of unknown parts."""
    from zoo.export import graph

    weights = generator.model.count_params()
    if weights > WEIGHTS:
        raise InputError(
            f"{generator.name}: has {weights} weights, expected at most {WEIGHTS} for C: export it as ONNX"
        )
    columns = graph.inputs_of(generator)
    proto = graph.flat(graph.convert(generator, 17, batch=1), columns, generator.shapes)
    name = symbol(generator.name)
    source = _compiled(proto, f"{name}_network", generator.name)
    noise = sum(generator.card["latent"].values())
    numbers = sum(int(np.prod(shape)) for shape in generator.shapes.values())
    sizes = {"noise": noise, "conditions": sum(columns.values()) - noise, "numbers": numbers}
    path.write_text(source + WRAPPER.format(symbol=name, title=generator.name, **sizes), encoding="utf-8")


def _compiled(proto, name: str, title: str) -> str:
    """The source that emx-onnx-cgen makes of a graph, all of it static: several models fit into one program."""
    import sys

    with tempfile.TemporaryDirectory() as folder:
        model, source = Path(folder) / "model.onnx", Path(folder) / f"{name}.c"
        model.write_bytes(proto.SerializeToString())
        command = [sys.executable, "-m", "emx_onnx_cgen", "compile", str(model), str(source), "--model-name", name]
        done = subprocess.run(
            [*command, "--large-weight-threshold", "0", "--no-restrict-arrays"], capture_output=True, text=True
        )
        if done.returncode or not source.exists():
            lines = (done.stdout + done.stderr).strip().splitlines() or ["no message"]
            raise InputError(f"{title}: emx-onnx-cgen cannot write it as C ({lines[-1].strip()})")
        text = source.read_text(encoding="utf-8")
    text = re.sub(r"^(?:extern )?const (?=(?:EMX_UNUSED )?\w+ weight)", "static const ", text, flags=re.MULTILINE)
    return re.sub(rf"^void {name}\(", f"static void {name}(", text, flags=re.MULTILINE)


def run(path: Path, generator: Generator, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The events of the C file `path` for named inputs (n, k). Raises InputError without a compiler."""
    from zoo.export import side_by_side, unflatten

    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise InputError("there is no cc, gcc or clang, expected a C compiler to check what is written")
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "model.so"
        done = subprocess.run([compiler, *FLAGS, str(path), "-o", str(library), "-lm"], capture_output=True, text=True)
        if done.returncode:
            raise InputError(f"{path.name}: {compiler} refuses it ({done.stderr.strip().splitlines()[0]})")
        function = getattr(ctypes.CDLL(str(library)), symbol(generator.name))
        function.restype = ctypes.c_void_p
        noise = side_by_side({name: inputs[name] for name in generator.card["latent"]})
        asked = side_by_side({"": np.empty((len(noise), 0))} | {name: inputs[name] for name in generator.conditions})
        noise, asked = (np.ascontiguousarray(rows, np.float32) for rows in (noise, asked))
        numbers = sum(int(np.prod(shape)) for shape in generator.shapes.values())
        out = np.empty((len(noise), numbers), np.float32)
        for row, conditions, random in zip(out, asked, noise, strict=True):
            function(*(ctypes.c_void_p(part.ctypes.data) for part in (row, conditions, random)))
    return unflatten(out, generator.shapes)
