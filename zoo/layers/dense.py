"""Dense layer into batch-last images."""

from typing import Any

import keras
from keras import ops

from zoo.typing import Shape, Tensor

# For a batch known to be smaller, to transpose the result is faster than to multiply transposed matrices.
SMALL_BATCH = 64


@keras.saving.register_keras_serializable(package="zoo")
class BatchLastDense(keras.layers.Dense):
    """``keras.layers.Dense`` without activation, (batch, inputs) -> (units, batch), for batch-last layers to follow."""

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (self.units, input_shape[0])

    def call(self, inputs: Tensor, training: bool | None = None) -> Tensor:
        if inputs.shape[0] is not None and inputs.shape[0] < SMALL_BATCH:
            return ops.transpose(super().call(inputs, training=training))
        return ops.matmul(ops.transpose(self.kernel), ops.transpose(inputs)) + ops.expand_dims(self.bias, 1)

    def quantized_call(self, *args: Any, **kwargs: Any) -> Tensor:
        return ops.transpose(super().quantized_call(*args, **kwargs))
