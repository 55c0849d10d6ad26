"""Generators for other people's programs: ONNX, TensorFlow's SavedModel, or C, in a folder that explains itself.

Nothing appears that was not run: a golden case of eight events is compared with Keras before the folder is there. See
README.md beside this file for what a host has to do.
"""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo import __version__, optional
from zoo.data.files import atomic, sha256
from zoo.errors import InputError

if TYPE_CHECKING:
    from zoo.generator import Generator

FORMATS = ("onnx", "savedmodel", "c")
LAYOUTS = ("named", "flat")
# The largest difference from Keras, in units of the largest value of an output, by how kernels are stored.
TOLERANCES = {"float32": 1e-5, "float16": 2e-2, "int8": 2e-2}
EVENTS, SEED = 8, 1  # of the golden case
NEEDED = {"onnx": ("tf2onnx", "onnx", "onnxruntime"), "savedmodel": (), "c": ("tf2onnx", "onnx", "emx_onnx_cgen")}

Arrays = dict[str, np.ndarray]
Exported = tuple[dict[str, Any], Arrays]  # what model.json says, and the golden case as the exported model has it


def export(
    generator: Generator,
    folder: str | os.PathLike,
    format: str = "onnx",
    layout: str = "named",
    opset: int = 17,
    dtype: str = "float32",
) -> Path:
    """Write `generator` for other programs into the new `folder`.

    Arguments:
        format: "onnx" (model.onnx, example.cpp), "savedmodel" (saved_model, example.c) or "c" (NAME.c, example.c).
        layout: "named" has an input for each noise and condition and an output for each part of an event; "flat" one
            input (b, noise and conditions) and one output (b, all numbers of an event). C is always flat.
        opset: the version of ONNX's operators, 13 to 18.
        dtype: how ONNX stores kernels: "float32", "float16", or "int8" for those that are int8 in the .keras file.

    Beside the model are model.json, which says what goes in and comes out, golden.bin, eight events in and out, and an
    example that runs them. Raises InputError for what cannot be exported, for a model whose golden case is not that of
    Keras, and for a folder that is there; nothing is written then.
    """
    folder = Path(folder)
    check(folder, format, layout, opset, dtype)
    if not hasattr(generator, "model"):
        raise InputError(f"{generator.name}: is not run by Keras, expected a generator of zoo.load(NAME)")
    from zoo.export import hosts

    golden = _golden_case(generator)
    writer = {"onnx": _onnx, "savedmodel": _saved_model, "c": _c}[format]
    with atomic(folder) as new:
        new.mkdir()
        about, found = writer(generator, new, golden[0], layout=layout, opset=opset, dtype=dtype)
        about["golden"] = _judged(generator, golden, found, TOLERANCES[dtype])
        hosts.write(generator, new, format, about)
        _write_golden(new / "golden.bin", golden)
        about["files"] = {str(path.relative_to(new)): sha256(path) for path in sorted(new.rglob("*")) if path.is_file()}
        (new / "model.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    return folder


def _golden_case(generator: Generator) -> tuple[Arrays, Arrays]:
    """The inputs and the outputs of eight events with conditions uniform in the ranges of the training, by Keras."""
    from zoo.sampler import split

    ranges: dict[str, Any] = {name: [one.low, one.high] for name, one in generator.conditions.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # the corners of a box of momenta: here only arithmetic counts
        ((conditions, events),) = generator.uniform(EVENTS, SEED, **ranges)
    noise = split(generator.noise(EVENTS, SEED), generator.card["latent"])
    return noise | conditions, events


def side_by_side(arrays: Mapping[str, np.ndarray]) -> np.ndarray:
    """Arrays (n, ...) as the columns of one (n, k)."""
    return np.concatenate([values.reshape(len(values), -1) for values in arrays.values()], axis=1)


def deviation(found: Mapping[str, np.ndarray], expected: Mapping[str, np.ndarray]) -> float:
    """The largest difference in units of the largest value of an output; infinite where shapes differ or NaN stands."""
    worst = 0.0
    for name, values in expected.items():
        if found[name].shape != values.shape or not np.isfinite(found[name]).all():
            return float("inf")
        worst = max(worst, float(np.abs(found[name] - values).max() / max(np.abs(values).max(), 1e-30)))
    return worst


def session(model: bytes | str | os.PathLike, threads: int | None = None) -> Any:
    """An onnxruntime session of a model, on the processor. Raises InputError for what it cannot run."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors only
    if threads:
        options.intra_op_num_threads = threads
    try:
        source = model if isinstance(model, bytes) else str(model)
        return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its exceptions have no common base
        raise InputError(f"onnxruntime cannot run the model ({error})") from error


def check(folder: Path, format: str = "onnx", layout: str = "named", opset: int = 17, dtype: str = "float32") -> None:
    """Raise InputError for what `export` refuses of any model, and for packages that it lacks; before one is loaded."""
    for name, value, known in (
        ("format", format, FORMATS),
        ("layout", layout, LAYOUTS),
        ("dtype", dtype, tuple(TOLERANCES)),
        ("opset", opset, tuple(range(13, 19))),
    ):
        if value not in known:
            raise InputError(f"{name} is {value!r}, expected {', '.join(map(str, known))}")
    if format != "onnx" and dtype != "float32":
        raise InputError(f"dtype is {dtype!r}, which only ONNX stores, expected float32")
    if format == "savedmodel" and layout == "flat":
        raise InputError("layout is 'flat', which a SavedModel does not have, expected named")
    if folder.exists():
        raise InputError(f"{folder}: exists already, expected a new folder")
    optional.check("the export", "export", NEEDED[format])


def _about(generator: Generator, format: str, layout: str, file: str) -> dict[str, Any]:
    from zoo.export import graph

    card = generator.card
    return {
        "name": generator.name,
        "title": card["title"],
        "summary": card["summary"],
        "paper": card["paper"],
        "zoo": __version__,
        "weights": card.get("sha256", {}).get("generator.keras", ""),
        "format": format,
        "layout": layout,
        "file": file,
        "numbers": "float32, little-endian, the last axis of an array fastest; the first axis is the event",
        "inputs": graph.described_inputs(generator),
        "outputs": graph.described_outputs(generator),
    }


def _onnx(
    generator: Generator, new: Path, inputs: Arrays, *, layout: str, opset: int, dtype: str
) -> tuple[dict, Arrays]:
    import onnx

    from zoo.export import graph

    proto = graph.convert(generator, opset, dtype)
    if layout == "flat":
        proto = graph.flat(proto, graph.inputs_of(generator), generator.shapes)
    try:
        onnx.checker.check_model(proto, full_check=True)
    except Exception as error:  # its exceptions have no common base
        raise InputError(f"{generator.name}: is no valid ONNX ({error})") from error
    onnx.save(proto, new / "model.onnx")
    about = _about(generator, "onnx", layout, "model.onnx") | {"opset": opset, "kernels": dtype, "batch": graph.BATCH}
    return about, run_onnx(session(new / "model.onnx"), generator, inputs)


def run_onnx(session: Any, generator: Generator, inputs: Arrays) -> Arrays:
    """The outputs of a session for named inputs, whatever its layout."""
    names = [one.name for one in session.get_inputs()]
    if names == ["input"]:
        return unflatten(session.run(None, {"input": side_by_side(inputs)})[0], generator.shapes)
    return dict(zip(generator.shapes, session.run(list(generator.shapes), inputs), strict=True))


def unflatten(rows: np.ndarray, shapes: Mapping[str, tuple[int, ...]]) -> Arrays:
    """The arrays (n, *shape) that stand side by side in `rows` (n, k)."""
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes.values()])
    parts = np.split(rows, ends[:-1], axis=1)
    return {name: part.reshape(-1, *shape) for (name, shape), part in zip(shapes.items(), parts, strict=True)}


def _saved_model(generator: Generator, new: Path, inputs: Arrays, **_: Any) -> Exported:
    import tensorflow as tf

    from zoo.export.graph import check_tensorflow

    check_tensorflow()
    generator.model.export(new / "saved_model", format="tf_saved_model", verbose=False)
    loaded = tf.saved_model.load(str(new / "saved_model")).signatures["serving_default"]
    found = {name: values.numpy() for name, values in loaded(**{k: tf.constant(v) for k, v in inputs.items()}).items()}
    about = _about(generator, "savedmodel", "named", "saved_model") | {"tags": ["serve"]}
    return about | {"tensors": _tensors(new / "saved_model")}, found


def _tensors(folder: Path) -> dict[str, str]:
    """The tensors of a SavedModel's signature by the names of inputs and outputs, as TensorFlow's C interface asks."""
    from tensorflow.core.protobuf import saved_model_pb2

    saved = saved_model_pb2.SavedModel.FromString((folder / "saved_model.pb").read_bytes())
    signature = saved.meta_graphs[0].signature_def["serving_default"]
    return {name: one.name for part in (signature.inputs, signature.outputs) for name, one in part.items()}


def _c(generator: Generator, new: Path, inputs: Arrays, **_: Any) -> Exported:
    from zoo.export import c

    file = f"{c.symbol(generator.name)}.c"
    c.write(generator, new / file)
    about = _about(generator, "c", "flat", file) | {"symbol": c.symbol(generator.name), "language": "C99"}
    return about, c.run(new / file, generator, inputs)


def _judged(generator: Generator, golden: tuple[Arrays, Arrays], found: Arrays, tolerance: float) -> dict[str, Any]:
    inputs, expected = golden
    off = deviation(found, expected)
    if not off <= tolerance:
        raise InputError(
            f"{generator.name}: what was exported is off by {off:.2g} of the largest value in the golden case, "
            f"expected at most {tolerance:g}"
        )
    return {
        "file": "golden.bin",
        "events": EVENTS,
        "order": [*inputs, *expected],
        "tolerance": tolerance,
        "deviation": off,
    }


def _write_golden(path: Path, golden: tuple[Arrays, Arrays]) -> None:
    """The arrays of the golden case one behind the other, in the order of model.json."""
    inputs, expected = golden
    path.write_bytes(b"".join(np.ascontiguousarray(a, "<f4").tobytes() for a in (*inputs.values(), *expected.values())))
