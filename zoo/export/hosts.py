"""What a host program needs beside the model: an example that runs the golden case, and lines for Geant4's Par04."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from zoo.generator import Generator

TEMPLATES = {
    "onnx": {"example.cpp": "example.cpp", "CMakeLists.txt": "CMakeLists.txt"},
    "savedmodel": {"example.c": "savedmodel.c"},
    "c": {"example.c": "c.c"},
}

PAR04 = """Geant4's example Par04 with {name}
{line}

Par04 concatenates all its inputs to one tensor and reads the first output, so it takes the model exported with
--layout flat; this folder is {layout}. In its macro:

/Par04/inference/setInferenceLibrary ONNX
/Par04/inference/setSizeLatentVector {noise}
/Par04/inference/setSizeConditionVector {conditions}
/Par04/inference/setModelPathName model.onnx
/Par04/inference/setProfileFlag 0
/Par04/inference/setOptimizationFlag 0

What the example has to be told in C++, in Par04InferenceSetup:

- GetEnergies: the input is the noise, {noise} standard normal numbers, and behind it the conditions as they are, in
  their units and not scaled: {columns}.
- The output holds the {numbers} numbers of an event in their units, not scaled by the energy: {products}. Take out the
  factor by which the example multiplies, and give its energies their unit.
- GetPositions: the example's cylinder does not fit; place each number at the centre of its cell.
"""


def write(generator: Generator, folder: Path, format: str, about: Mapping[str, Any]) -> None:
    """Write the examples of a format into `folder`; `about` is what model.json will say."""
    values = _values(generator, about)
    for name, template in TEMPLATES[format].items():
        text = (files("zoo.export") / "templates" / template).read_text(encoding="utf-8")
        text = re.sub(r"@(\w+)@", lambda found: str(values[found[1]]), text)
        (folder / name).write_text(text, encoding="utf-8")
    if format == "onnx":
        (folder / "par04.txt").write_text(_par04(generator, about), encoding="utf-8")


def _values(generator: Generator, about: Mapping[str, Any]) -> dict[str, Any]:
    from zoo.export.c import symbol
    from zoo.export.graph import inputs_of

    columns = inputs_of(generator)
    shapes = generator.shapes
    sizes = {name: int(np.prod(shape)) for name, shape in shapes.items()}
    noise, conditions = list(generator.card["latent"]), list(generator.conditions)
    tensors = about.get("tensors", {})
    return {
        "TITLE": f"{generator.name} ({generator.card['title']})",
        "NAME": symbol(generator.name),
        "FILE": about["file"],
        "EVENTS": about["golden"]["events"],
        "TOLERANCE": about["golden"]["tolerance"],
        "INPUTS": _tensors({name: (size,) for name, size in columns.items()}),
        "OUTPUTS": _tensors(shapes),
        "NOISE": sum(columns[name] for name in noise),
        "CONDITIONS": sum(columns[name] for name in conditions),
        "NUMBERS": sum(sizes.values()),
        "NOISE_SIZES": ", ".join(str(columns[name]) for name in noise),
        "CONDITION_SIZES": "".join(f"{columns[name]}, " for name in conditions),
        "NUMBER_SIZES": ", ".join(map(str, sizes.values())),
        "COUNT_INPUTS": len(columns),
        "COUNT_OUTPUTS": len(shapes),
        "C_INPUTS": _operations(columns, tensors),
        "C_OUTPUTS": _operations(sizes, tensors),
    }


def _tensors(shapes: Mapping[str, tuple[int, ...]]) -> str:
    return ", ".join(f'{{"{name}", {{{", ".join(map(str, shape))}}}}}' for name, shape in shapes.items())


def _operations(sizes: Mapping[str, int], tensors: Mapping[str, str]) -> str:
    """The C structures of tensors such as "serving_default_z:0"."""
    named = {name: tensors.get(name, f"{name}:0").rsplit(":", 1) for name in sizes}
    return ", ".join(f'{{"{operation}", {index}, {sizes[name]}}}' for name, (operation, index) in named.items())


def _par04(generator: Generator, about: Mapping[str, Any]) -> str:
    columns = [
        f"{one['name']} ({one['columns']}, {one['unit'] or 'a number'})" for one in about["inputs"] if "unit" in one
    ]
    products = [f"{one['name']} {tuple(one['shape'])} {one['unit'] or 'numbers'}" for one in about["outputs"]]
    values = _values(generator, about)
    sizes = {key.lower(): values[key] for key in ("NOISE", "CONDITIONS", "NUMBERS")}
    return PAR04.format(
        name=generator.name,
        line="=" * (len(generator.name) + 28),
        layout=about["layout"],
        columns=", ".join(columns) or "there are none",
        products=", ".join(products),
        **sizes,
    )
