"""Convolution on batch-last images, to stand between locally connected layers."""

from typing import Any

import keras
from keras import ops

from zoo.typing import Shape, Tensor


@keras.saving.register_keras_serializable(package="zoo")
class BatchLastConv2D(keras.layers.Layer):
    """``keras.layers.Conv2D(padding="same", strides=1)`` on images of shape (columns, rows, channels, batch).

    One product of the kernel and the patches, which are written to memory: for images with few channels.

    Arguments:
        filters: number of output channels.
        kernel_size: (rows, columns) of the kernel.
        kernel_initializer: as in ``keras.layers.Conv2D``.

    Weights: ``kernel`` (kernel_rows, kernel_columns, channels, filters) and ``bias`` (filters,), those of Conv2D.
    """

    def __init__(
        self, filters: int, kernel_size: tuple[int, int], kernel_initializer: Any = "glorot_uniform", **kwargs: Any
    ):
        super().__init__(**kwargs)
        self.filters = filters
        self.kernel_size = tuple(kernel_size)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, input_shape: Shape) -> None:
        shape = (*self.kernel_size, input_shape[2], self.filters)
        self.kernel = self.add_weight(shape=shape, initializer=self.kernel_initializer, name="kernel")
        self.bias = self.add_weight(shape=(self.filters,), initializer="zeros", name="bias")

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (*input_shape[:2], self.filters, input_shape[3])

    def call(self, inputs: Tensor) -> Tensor:
        columns, rows = inputs.shape[:2]
        kernel_rows, kernel_columns = self.kernel_size
        above, left = (kernel_rows - 1) // 2, (kernel_columns - 1) // 2
        x = ops.pad(inputs, ((left, kernel_columns - 1 - left), (above, kernel_rows - 1 - above), (0, 0), (0, 0)))
        taps = [x[j : j + columns, i : i + rows] for i in range(kernel_rows) for j in range(kernel_columns)]
        kernel = ops.transpose(ops.reshape(self.kernel, (-1, self.filters)))
        return ops.matmul(kernel, ops.concatenate(taps, axis=2)) + ops.expand_dims(self.bias, 1)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }
