"""A trained generator: named conditions in, named arrays in physical units out; and how it is stored."""

from __future__ import annotations

import operator
import os
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import ArrayLike

from zoo.data.files import atomic
from zoo.errors import InputError

Arrays = dict[str, np.ndarray]
DTYPES = ("float32", "bfloat16")


class Generator:
    """A functional Keras model and the card that says what its inputs and outputs mean.

    The model maps named inputs, noise (b, size) and conditions (b, 1) or (b, k), to a dict of named outputs in physical
    units. Noise is drawn here and never in the graph, so a seed gives the same events on every backend and in every
    program that runs the exported model.

    Raises InputError if the names or shapes of the model and of the card differ.
    """

    def __init__(self, model: keras.Model, card: Mapping[str, Any]):
        self.model = model
        self.card = card
        self.name: str = card["name"]
        self.conditions = {name: Condition(name, spec) for name, spec in card["conditions"].items()}
        self._run = compiled(model)
        self._match()

    def __repr__(self) -> str:
        return f"<Generator {self.name}: {', '.join(self.conditions) or 'no conditions'} -> {', '.join(self.shapes)}>"

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of one event of each output."""
        return {name: tuple(spec["shape"]) for name, spec in self.card["outputs"].items()}

    def sample(self, n: int, seed: int = 0, batch_size: int = 1024, **conditions: ArrayLike) -> Arrays:
        """`n` events as float32 arrays (n, *shape), in the units of the card.

        Each condition is one value for all events or one for each: shape () or (n,), for a vector (k,) or (n, k).
        The same seed gives the same events, to rounding, whatever the batch size. Memory is the result and one batch.
        A condition outside the range of the training warns. Raises InputError for a condition that is missing, unknown,
        not finite, negative or 0 where the training has positive values only, or of the wrong length.
        """
        chunks = self.iterate(n, seed, batch_size, **conditions)
        events = {name: np.empty((n, *shape), np.float32) for name, shape in self.shapes.items()}
        start = 0
        for chunk in chunks:
            stop = start + len(next(iter(chunk.values())))
            for name, values in chunk.items():
                events[name][start:stop] = values
            start = stop
        return events

    def iterate(self, n: int, seed: int = 0, batch_size: int = 1024, **conditions: ArrayLike) -> Iterator[Arrays]:
        """The events of `sample` in consecutive chunks of at most `batch_size`, for results larger than memory."""
        n, seed, batch_size = operator.index(n), operator.index(seed), operator.index(batch_size)
        for name, value, least in (("n", n, 0), ("seed", seed, 0), ("batch_size", batch_size, 1)):
            if value < least:
                raise InputError(f"{name} is {value}, expected at least {least}")
        if set(conditions) != set(self.conditions):
            given = ", ".join(sorted(conditions)) or "none"
            raise InputError(f"{self.name} needs the conditions {', '.join(self.conditions) or 'none'}, got {given}")
        values = {}
        for name, condition in self.conditions.items():
            values[name] = condition.column(conditions[name], n)
        return self._chunks(n, seed, min(batch_size, n), values)

    def _chunks(self, n: int, seed: int, batch_size: int, conditions: Arrays) -> Iterator[Arrays]:
        # One stream per noise input: drawn in turn from a single stream, the values would depend on the chunks.
        latent = self.card["latent"]
        seeds = np.random.SeedSequence(seed).spawn(len(latent))
        streams = {name: np.random.default_rng(seed) for name, seed in zip(latent, seeds, strict=True)}
        for start in range(0, n, batch_size or 1):
            size = min(batch_size, n - start)
            inputs = {name: streams[name].standard_normal((size, latent[name]), np.float32) for name in latent}
            inputs |= {name: values[start : start + size] for name, values in conditions.items()}
            # The last chunk is filled up: a new batch size would mean compiling the model once more.
            inputs = {name: _padded(values, batch_size) for name, values in inputs.items()}
            yield {name: np.asarray(values, np.float32)[:size] for name, values in self._run(inputs).items()}

    def export(self, path: str | os.PathLike) -> None:
        """Write the model for other programs: as ONNX if `path` ends in .onnx, else as a TensorFlow SavedModel folder.

        Inputs and outputs keep their names; the batch size is free.
        """
        path = Path(path)
        if path.exists():
            raise InputError(f"{path}: exists already")
        onnx = path.suffix == ".onnx"
        if onnx and find_spec("tf2onnx") is None:
            raise InputError("export to ONNX needs tf2onnx: pip install 'tf2onnx>=1.17'")
        with atomic(path) as temporary:
            self.model.export(temporary, format="onnx" if onnx else "tf_saved_model", verbose=False)

    def _match(self) -> None:
        inputs = {tensor.name: tuple(tensor.shape[1:]) for tensor in self.model.inputs}
        expected = {name: (size,) for name, size in self.card["latent"].items()}
        expected |= {name: (condition.size,) for name, condition in self.conditions.items()}
        if inputs != expected:
            raise InputError(f"{self.name}: the card declares the inputs {expected}, the model has {inputs}")
        outputs = {name: tuple(tensor.shape[1:]) for name, tensor in self.model.output.items()}
        if outputs != self.shapes:
            raise InputError(f"{self.name}: the card declares the outputs {self.shapes}, the model has {outputs}")


class Condition:
    """What an event is asked to be, from the card: a number or a vector, its unit, and the range of the training.

    `shape` is () or (k,), `range` is [low, high]: numbers, or one list each with a bound for every component. A vector
    may have `magnitude`, too, the [low, high] of its length, and `angle`, of its angle to the last axis in degrees.
    """

    def __init__(self, name: str, spec: Mapping[str, Any]):
        self.name: str = name
        self.unit: str = spec["unit"]
        self.shape = tuple(spec["shape"])
        self.size = int(np.prod(self.shape))
        self.low, self.high = np.asarray(spec["range"], np.float32)
        self.magnitude, self.angle = spec.get("magnitude"), spec.get("angle")

    def column(self, value: ArrayLike, n: int) -> np.ndarray:
        """`value`, one for all events or `n`, as float32 (n, size). Raises and warns as `Generator.sample` says."""
        values = self._numbers(value)
        if values.shape not in (self.shape, (n, *self.shape)):
            one, many = self.shape, (n, *self.shape)
            raise InputError(f"{self.name} has shape {values.shape}, expected {one} for all events or {many}")
        if not np.isfinite(values).all():
            raise InputError(f"{self.name} is {values[~np.isfinite(values)][0]}, expected a finite number")
        negative = (values < 0) & (self.low >= 0)
        if negative.any():
            raise InputError(f"{self.name} is {values[negative][0]:g} {self.unit}, expected no negative number")
        if ((values == 0) & (self.low > 0)).any():  # logarithms of it are taken
            raise InputError(f"{self.name} is 0 {self.unit}, expected more")
        outside = (values < self.low) | (values > self.high)
        if outside.any():
            warnings.warn(
                f"{self.name} {values[outside][0]:g} {self.unit} is outside the range of the training, "
                f"{self.low} to {self.high} {self.unit}: the generator extrapolates",
                UserWarning,
                stacklevel=4,  # the line that called sample()
            )
        self._warn_of_vectors(np.atleast_2d(values))
        return np.broadcast_to(values, (n, *self.shape)).reshape(n, self.size)

    def _warn_of_vectors(self, vectors: np.ndarray) -> None:
        """A box of components holds vectors that are too short, too long or too far off the axis."""
        for what, limits, unit in (("magnitude", self.magnitude, self.unit), ("angle", self.angle, "degrees")):
            if limits is None:
                continue
            length = np.linalg.norm(vectors, axis=1)
            cosine = vectors[:, -1] / np.where(length > 0, length, 1)
            found = length if what == "magnitude" else np.degrees(np.arccos(np.clip(cosine, -1, 1)))
            tolerance = 1e-5 * limits[1]  # of float32
            outside = (found < limits[0] - tolerance) | (found > limits[1] + tolerance)
            if outside.any():
                warnings.warn(
                    f"the {what} {found[outside][0]:g} {unit} of {self.name} is outside the range of the training, "
                    f"{limits[0]} to {limits[1]} {unit}: the generator extrapolates",
                    UserWarning,
                    stacklevel=5,  # the line that called sample()
                )

    def _numbers(self, value: ArrayLike) -> np.ndarray:
        try:
            return np.asarray(value, dtype=np.float32)
        except (TypeError, ValueError) as error:
            raise InputError(f"{self.name} is {value!r}, expected numbers") from error


def _padded(values: np.ndarray, length: int) -> np.ndarray:
    return np.pad(values, [(0, length - len(values)), (0, 0)], mode="edge")


def compiled(model: keras.Model) -> Callable[[Mapping[str, np.ndarray]], Mapping[str, Any]]:
    """The inference of `model` as one function, compiled once for each batch size."""
    if keras.backend.backend() == "jax":
        import jax

        variables = model.trainable_variables, model.non_trainable_variables
        run = jax.jit(lambda values, inputs: model.stateless_call(*values, inputs, training=False)[0])
        # The values of this moment: the weights may have changed since the last call.
        return lambda inputs: run([[v.value for v in group] for group in variables], dict(inputs))
    import tensorflow as tf

    run = tf.function(lambda inputs: model(inputs, training=False))
    # A tf.function takes a millisecond to look at a NumPy array: a fifth of the time of a single event.
    return lambda inputs: run({name: tf.constant(values) for name, values in inputs.items()})


def read_model(path: str | os.PathLike, dtype: str = "float32") -> keras.Model:
    """The model in a .keras file, as `dequantise` makes it. Only layers of Keras and of zoo.layers are loaded, no code.

    Raises InputError for a file that is no such model and for another `dtype` than float32 or bfloat16.
    """
    if dtype not in DTYPES:
        raise InputError(f"dtype is {dtype!r}, expected {' or '.join(DTYPES)}")
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
        deflate(temporary)


def deflate(path: str | os.PathLike) -> None:
    """Compress what the .keras file `path` holds, which Keras stores as it is; nothing is lost."""
    with zipfile.ZipFile(path) as stored:
        parts = {name: stored.read(name) for name in stored.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
        for name, part in parts.items():
            file.writestr(name, part)


def quantise(model: keras.Model, minimum_size: float = 1e5) -> keras.Model:
    """A copy of a functional model whose Dense kernels of at least `minimum_size` numbers are stored as int8.

    Weight only, symmetric, one scale s_j = 127 / max_i |W_ij| per output: 2 round(s_j W_ij / 2) / s_j stands for W_ij,
    which is off by at most 1/127 of the column's largest weight. Only even numbers, for `deflate` makes of them a bit
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
