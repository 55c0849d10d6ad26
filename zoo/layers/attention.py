"""In-painting attention between the images of successive calorimeter layers."""

from collections.abc import Sequence

import keras
from keras import ops

from zoo.layers.locally_connected import LocallyConnected2D
from zoo.typing import Shape, Tensor


@keras.saving.register_keras_serializable(package="zoo")
class InPaintingAttention(keras.layers.Layer):
    r"""Pixel-wise choice between a new image and one carried over from the layer before (arXiv:1705.02355, section 4).

    .. math:: x' = w \odot x_\mathrm{carried} + (1 - w) \odot x_\mathrm{new}

    where the weights of the two images are a softmax of a locally connected map of both,
    :math:`(1 - w, w) = \mathrm{softmax}(\mathrm{LC}_{3\times3}[x_\mathrm{new}, x_\mathrm{carried}])`. The bias of the
    carried image's map starts at -10, so that training begins with no carry-over.

    Input: (new, carried), both (columns, rows, 1, batch). Output: the same shape.
    """

    def build(self, input_shape: Sequence[Shape]) -> None:
        columns, rows, channels, batch = input_shape[0]
        self.scores = LocallyConnected2D(
            2 * channels, (3, 3), padding=(1, 1), bias_initializer=CarriedLast(), batch_last=True, name="scores"
        )
        self.scores.build((columns, rows, 2 * channels, batch))

    def compute_output_shape(self, input_shape: Sequence[Shape]) -> Shape:
        return input_shape[0]

    def call(self, inputs: tuple[Tensor, Tensor]) -> Tensor:
        images = ops.concatenate(inputs, axis=2)
        return ops.sum(ops.softmax(self.scores(images), axis=2) * images, axis=2, keepdims=True)


@keras.saving.register_keras_serializable(package="zoo")
class CarriedLast(keras.initializers.Initializer):
    """Zeros, but -10 in the last channel, which belongs to the carried-over image."""

    def __call__(self, shape: Shape, dtype: str | None = None) -> Tensor:
        bias = ops.zeros(shape, dtype)
        return ops.concatenate([bias[..., :-1], bias[..., -1:] - 10.0], axis=-1)
