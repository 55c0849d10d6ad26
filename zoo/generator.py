"""A trained generator that Keras runs, and how it is stored."""

from __future__ import annotations

import os
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

from zoo.data.files import atomic
from zoo.errors import InputError
from zoo.sampler import Arrays, Sampler, refuse_after_fork

DTYPES = ("float32", "bfloat16")


class Generator(Sampler):
    """A functional Keras model with named inputs and a dict of outputs, and its card: see Sampler.

    Raises InputError if the names or shapes of the model and of the card differ.
    """

    def __init__(self, model: keras.Model, card: Mapping[str, Any]):
        super().__init__(card)
        self.model = model
        self._compiled = compiled(model)
        self._match(
            {tensor.name: tuple(tensor.shape[1:]) for tensor in model.inputs},
            {name: tuple(tensor.shape[1:]) for name, tensor in model.output.items()},
        )

    def _run(self, inputs: Arrays) -> Mapping[str, Any]:
        return self._compiled(inputs)

    def _reduced(self) -> tuple:
        return Generator, (self.model, self.card)

    def export(self, folder: str | os.PathLike, **options: Any) -> Path:
        """Write the generator for other programs into the new `folder`; options and errors as in zoo.export.export."""
        from zoo.export import export

        return export(self, folder, **options)


def compiled(model: keras.Model) -> Callable[[Mapping[str, np.ndarray]], Mapping[str, Any]]:
    """The inference of `model` as one function, compiled once for each batch size."""
    if keras.backend.backend() == "jax":
        import jax

        variables = model.trainable_variables, model.non_trainable_variables
        jitted = jax.jit(lambda values, inputs: model.stateless_call(*values, inputs, training=False)[0])
        # The values of this moment: the weights may have changed since the last call.
        return lambda inputs: jitted([[v.value for v in group] for group in variables], dict(inputs))
    import tensorflow as tf

    functions: dict[int, Callable] = {}

    def run(inputs):
        # A tf.function takes a millisecond to look at a NumPy array: a fifth of the time of a single event.
        tensors = {name: tf.constant(values) for name, values in inputs.items()}
        size = len(next(iter(inputs.values())))
        if size not in functions:  # a tf.function would warn that it is traced again
            function = tf.function(lambda inputs: model(inputs, training=False))
            functions[size] = function.get_concrete_function(tensors)
        return functions[size](tensors)

    return run


def read_model(path: str | os.PathLike, dtype: str = "float32") -> keras.Model:
    """The model in a .keras file, as `dequantise` makes it. Only layers of Keras and of zoo.layers are loaded, no code.

    Raises InputError for a file that is no such model and for another `dtype` than float32 or bfloat16.
    """
    if dtype not in DTYPES:
        raise InputError(f"dtype is {dtype!r}, expected {' or '.join(DTYPES)}")
    refuse_after_fork()
    import zoo.layers  # noqa: F401  Keras finds the layers there by the names they register

    try:
        model = keras.saving.load_model(path, compile=False, safe_mode=True)
    except (ValueError, TypeError, OSError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        raise InputError(f"{path}: cannot be loaded as a Keras model ({error})") from error
    return dequantise(model, dtype)


def save(model: keras.Model, path: str | os.PathLike) -> None:
    """Write `model` as a .keras file with its large Dense kernels as int8; the file appears when complete."""
    with atomic(path) as temporary:
        quantise(model).save(temporary)
        _deflate(temporary)


def _deflate(path: str | os.PathLike) -> None:
    """Compress what the .keras file `path` holds, which Keras stores as it is; nothing is lost."""
    with zipfile.ZipFile(path) as stored:
        parts = {name: stored.read(name) for name in stored.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
        for name, part in parts.items():
            file.writestr(name, part)


def quantise(model: keras.Model, minimum_size: float = 1e5) -> keras.Model:
    """A copy of a functional model whose Dense kernels of at least `minimum_size` numbers are stored as int8.

    Weight only, symmetric, one scale s_j = 127 / max_i |W_ij| per output: 2 round(s_j W_ij / 2) / s_j stands for W_ij,
    which is off by at most 1/127 of the column's largest weight. Only even numbers, for `_deflate` makes of them a bit
    less for each weight: a fifth of the size on disk.
    """
    weight_only = keras.quantizers.Int8QuantizationConfig(activation_quantizer=None)
    copy = keras.models.clone_model(model)
    for layer in copy.layers:
        layer.set_weights(model.get_layer(layer.name).get_weights())
        if isinstance(layer, keras.layers.Dense) and np.prod(layer.kernel.shape) >= minimum_size:
            layer.quantize(config=weight_only, type_check=False)  # subclasses too
            halves = np.rint(model.get_layer(layer.name).kernel * layer.kernel_scale / 2)
            layer.kernel.assign((2 * np.clip(halves, -63, 63)).astype(np.int8))
    return copy


def dequantise(model: keras.Model, dtype: str = "float32") -> keras.Model:
    """A copy of a functional model, its int8 kernels made float32: the same outputs, nothing converted per call.

    With `dtype` "bfloat16" these layers, the large ones, compute in bfloat16, whose numbers have 8 significant bits.
    """

    def float_layer(layer: keras.Layer) -> keras.Layer:
        config = layer.get_config()
        if _is_int8(layer):
            config |= {"dtype": dtype, "quantization_config": None}
        return type(layer).from_config(config)

    copy = keras.models.clone_model(model, clone_function=float_layer)
    for layer in copy.layers:
        stored = model.get_layer(layer.name)
        if _is_int8(stored):
            kernel, scale = map(keras.ops.convert_to_numpy, (stored.kernel, stored.kernel_scale))
            layer.kernel.assign(kernel / scale)
            if stored.use_bias:
                layer.bias.assign(stored.bias)
        else:
            layer.set_weights(stored.get_weights())
    return copy


def _is_int8(layer: keras.Layer) -> bool:
    return isinstance(layer, keras.layers.Dense) and layer.quantization_mode == "int8"
