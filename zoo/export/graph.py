"""From a Keras model to an ONNX graph that says what it takes and gives."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from zoo import __version__
from zoo.errors import InputError

if TYPE_CHECKING:
    from zoo.generator import Generator

Arrays = dict[str, np.ndarray]

BATCH = "batch"
LARGE = 10_000  # numbers: larger weights do not pass through tf2onnx, which copies its constants again and again
INT8 = 100_000  # numbers: the kernels that a .keras file of the zoo stores as int8


def convert(generator: Generator, opset: int, dtype: str = "float32", batch: int | None = None) -> onnx.ModelProto:
    """The network as ONNX: noise first, then the conditions, and the outputs, all in the card's order and by its names.

    The batch axis is called "batch", or has the fixed size `batch`. With `dtype` "float16" kernels are stored with half
    the bits, with "int8" those of the largest layers as in .keras files; both are computed with as float32.
    Raises InputError for another backend than TensorFlow and for a network without a kernel to store as int8.
    """
    check_tensorflow()
    weights = [v for v in generator.model.variables if np.prod(v.shape) >= LARGE]
    proto, constants = _traced(generator, weights, opset, batch)
    _name(proto, list(inputs_of(generator)), list(generator.shapes), constants, batch)
    _count_negative_indices_as_none(proto)
    _drop_unused(proto)
    _store(proto, {f"weight_{i}": v.path for i, v in enumerate(weights)}, dtype, generator.name)
    properties = {
        "name": generator.name,
        "zoo": f"hep-generative-zoo {__version__}",
        "sha256": generator.card.get("sha256", {}).get("generator.keras", ""),
        "inputs": json.dumps(described_inputs(generator)),
        "outputs": json.dumps(described_outputs(generator)),
    }
    helper.set_model_props(proto, properties)
    proto.producer_name, proto.producer_version = "hep-generative-zoo", __version__
    proto.graph.name, proto.graph.doc_string = generator.name, generator.card.get("summary", "")
    return proto


def inputs_of(generator: Generator) -> dict[str, int]:
    """The number of columns of each input: noise, then conditions."""
    return {**generator.card["latent"], **{name: one.size for name, one in generator.conditions.items()}}


def described_inputs(generator: Generator) -> list[dict[str, Any]]:
    """Of each input the name, the number of columns, and its law or its unit and range."""
    noise = [
        {"name": name, "columns": columns, "law": "independent standard normal numbers"}
        for name, columns in generator.card["latent"].items()
    ]
    conditions = [
        {"name": name, "columns": one.size, "unit": one.unit, "low": one.low.tolist(), "high": one.high.tolist()}
        for name, one in generator.conditions.items()
    ]
    return noise + conditions


def described_outputs(generator: Generator) -> list[dict[str, Any]]:
    """Of each output the name, the shape of one event, the unit and what its axes are."""
    return [
        {"name": name, "shape": list(spec["shape"]), "unit": spec["unit"], "axes": spec.get("axes", [])}
        for name, spec in generator.card["outputs"].items()
    ]


def check_tensorflow() -> None:
    """Raise InputError for another backend: what is exported is a graph of TensorFlow."""
    if keras.backend.backend() != "tensorflow":
        raise InputError(f"the backend is {keras.backend.backend()}, expected KERAS_BACKEND=tensorflow for an export")


def _traced(generator: Generator, weights: list, opset: int, batch: int | None) -> tuple[onnx.ModelProto, Arrays]:
    """The graph, in which `weights` and captured constants are inputs still, and the values of these by name."""
    import tensorflow as tf
    import tf2onnx

    logging.getLogger("tf2onnx").setLevel(logging.CRITICAL)  # what it cannot do is found by the checks
    sizes = inputs_of(generator)
    signature = [tf.TensorSpec((batch, columns), tf.float32, name=name) for name, columns in sizes.items()]
    signature += [tf.TensorSpec(v.shape, tf.float32, name=f"weight_{i}") for i, v in enumerate(weights)]

    def network(*values):
        with keras.StatelessScope(state_mapping=list(zip(weights, values[len(sizes) :], strict=True))):
            outputs = generator.model(dict(zip(sizes, values, strict=False)), training=False)
        return tuple(tf.identity(outputs[name]) for name in generator.shapes)

    function = tf.function(network, input_signature=signature, autograph=False)
    captures = function.get_concrete_function().graph.captures
    constants = {inside.name: value.numpy() for value, inside in captures if value.dtype != tf.resource}
    constants |= {f"weight_{i}": keras.ops.convert_to_numpy(v) for i, v in enumerate(weights)}
    proto, _ = tf2onnx.convert.from_function(function, input_signature=signature, opset=opset)
    return proto, constants


def _name(proto: onnx.ModelProto, inputs: list[str], outputs: list[str], constants: Arrays, batch: int | None) -> None:
    """Call outputs by their names and the batch axis by its own, and make constants of what is no input."""
    graph = proto.graph
    found = {one.name: one for one in graph.input}
    graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in constants.items() if name in found)
    del graph.input[:]
    graph.input.extend(found[name] for name in inputs)
    renamed = {one.name: name for one, name in zip(graph.output, outputs, strict=True)}
    for node in graph.node:
        for names in (node.input, node.output):
            names[:] = [renamed.get(name, name) for name in names]
    for one in graph.output:
        one.name = renamed[one.name]
    if batch is None:
        for one in (*graph.input, *graph.output):
            one.type.tensor_type.shape.dim[0].dim_param = BATCH
    del graph.value_info[:]


def _count_negative_indices_as_none(proto: onnx.ModelProto) -> None:
    """OneHot as a comparison: ONNX counts negative indices from the end, where Keras and TensorFlow give zeros."""
    graph = proto.graph
    constants = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    nodes = []
    for node in graph.node:
        if node.op_type != "OneHot":
            nodes.append(node)
            continue
        indices, depth, values = node.input
        (result,) = node.output
        off, on = constants[values]
        names = {part: f"{result}/{part}" for part in ("axis", "range", "on", "off", "column", "integer", "equal")}
        made = {
            "axis": np.array([-1]),
            "range": np.arange(int(constants[depth].item())),
            "on": np.asarray(on),
            "off": np.asarray(off),
        }
        graph.initializer.extend(numpy_helper.from_array(value, names[part]) for part, value in made.items())
        nodes += [
            helper.make_node("Cast", [indices], [names["integer"]], to=TensorProto.INT64),
            helper.make_node("Unsqueeze", [names["integer"], names["axis"]], [names["column"]]),
            helper.make_node("Equal", [names["column"], names["range"]], [names["equal"]]),
            helper.make_node("Where", [names["equal"], names["on"], names["off"]], [result]),
        ]
    del graph.node[:]
    graph.node.extend(nodes)


def _drop_unused(proto: onnx.ModelProto) -> None:
    used = {name for node in proto.graph.node for name in node.input}
    kept = [one for one in proto.graph.initializer if one.name in used]
    del proto.graph.initializer[:]
    proto.graph.initializer.extend(kept)


def _store(proto: onnx.ModelProto, paths: Mapping[str, str], dtype: str, title: str) -> None:
    """Store kernels as `dtype`; `paths` says which weights of the model the initializers are."""
    kernels = [one for one in proto.graph.initializer if paths.get(one.name, "").endswith("kernel")]
    if dtype == "int8":
        kernels = [one for one in kernels if len(one.dims) == 2 and np.prod(one.dims) >= INT8]
    if dtype != "float32" and not kernels:
        raise InputError(f"{title}: no kernel is large enough to be stored as {dtype}, expected float32")
    narrow = {one.name for one in kernels} if dtype != "float32" else set()
    for one in list(proto.graph.initializer):
        if one.name in narrow:
            _narrow(proto.graph, one, dtype)


def _narrow(graph: onnx.GraphProto, kernel: TensorProto, dtype: str) -> None:
    """Store `kernel` as `dtype`, from which the first nodes of the graph make the float32 that the others take."""
    name, values = kernel.name, numpy_helper.to_array(kernel)
    graph.initializer.remove(kernel)
    stored, wide = f"{name}/{dtype}", name if dtype == "float16" else f"{name}/wide"
    nodes = [helper.make_node("Cast", [stored], [wide], to=TensorProto.FLOAT)]
    if dtype == "float16":
        graph.initializer.append(numpy_helper.from_array(values.astype(np.float16), stored))
    else:
        # The steps that zoo.generator.quantise leaves in a kernel are found again: its largest number is 126.
        step = np.maximum(np.abs(values).max(axis=0), np.finfo(np.float32).tiny) / 126
        graph.initializer.append(numpy_helper.from_array(np.rint(values / step).astype(np.int8), stored))
        graph.initializer.append(numpy_helper.from_array(step.astype(np.float32), f"{name}/step"))
        nodes.append(helper.make_node("Mul", [wide, f"{name}/step"], [name]))
    for node in reversed(nodes):
        graph.node.insert(0, node)


def flat(proto: onnx.ModelProto, inputs: Mapping[str, int], outputs: Mapping[str, tuple[int, ...]]) -> onnx.ModelProto:
    """`proto` with one input (batch, columns) called "input" and one output (batch, numbers) called "output".

    All inputs, then all outputs, stand side by side in the order of `inputs` and `outputs`; events of several axes are
    laid out with the last axis fastest.
    """
    result = onnx.ModelProto()
    result.CopyFrom(proto)
    graph = result.graph
    first = graph.input[0].type.tensor_type.shape.dim[0]
    batch = first.dim_param or first.dim_value
    rows = {name: np.array([first.dim_value or -1, int(np.prod(shape))]) for name, shape in outputs.items()}
    made = {"zoo/columns": np.array(list(inputs.values()))} | {f"zoo/{name}/shape": row for name, row in rows.items()}
    graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in made.items())
    if len(inputs) > 1:
        graph.node.insert(0, helper.make_node("Split", ["input", "zoo/columns"], list(inputs), axis=1))
    else:
        graph.node.insert(0, helper.make_node("Identity", ["input"], list(inputs)))
    graph.node.extend(helper.make_node("Reshape", [name, f"zoo/{name}/shape"], [f"zoo/{name}"]) for name in outputs)
    graph.node.append(helper.make_node("Concat", [f"zoo/{name}" for name in outputs], ["output"], axis=1))
    del graph.input[:], graph.output[:]
    width = sum(int(np.prod(shape)) for shape in outputs.values())
    graph.input.append(helper.make_tensor_value_info("input", TensorProto.FLOAT, [batch, sum(inputs.values())]))
    graph.output.append(helper.make_tensor_value_info("output", TensorProto.FLOAT, [batch, width]))
    _drop_unused(result)
    return result
