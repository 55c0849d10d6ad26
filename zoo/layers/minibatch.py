"""Minibatch discrimination: features of how alike the members of a batch are."""

from typing import Any

import keras
from keras import ops

from zoo.typing import Shape, Tensor


@keras.saving.register_keras_serializable(package="zoo")
class MinibatchDiscrimination(keras.layers.Layer):
    r"""Similarity of each event to the rest of its batch (Salimans et al., arXiv:1606.03498, section 3.2).

    .. math:: o_{n f} = \tanh \sum_m \exp\Big(-\sum_d |M_{n f d} - M_{m f d}|\Big),
        \qquad M_{n f d} = b_{f d} + \sum_i x_{n i} T_{f i d}

    with the tanh of CaloGAN (arXiv:1705.02355, section 4), which bounds the feature. The sum includes m = n.

    Arguments:
        features: number f of similarity features.
        dimensions: size d of the space in which each is measured.

    Input (batch, inputs), output (batch, features).
    """

    def __init__(self, features: int = 10, dimensions: int = 10, **kwargs: Any):
        super().__init__(**kwargs)
        self.features = features
        self.dimensions = dimensions

    def build(self, input_shape: Shape) -> None:
        # Three axes as in the authors' Dense3D: the initialiser's fans depend on them.
        self.kernel = self.add_weight(shape=(self.features, input_shape[-1], self.dimensions), name="kernel")
        self.bias = self.add_weight(shape=(self.features, self.dimensions), initializer="zeros", name="bias")

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (input_shape[0], self.features)

    def call(self, inputs: Tensor) -> Tensor:
        distance = self._distance_of_one(inputs) if inputs.shape[1] == 1 else self._distance(inputs)
        return ops.tanh(ops.transpose(ops.sum(ops.exp(-distance), axis=2)))

    def _distance(self, inputs: Tensor) -> Tensor:
        """(features, batch, batch)"""
        kernel = ops.reshape(ops.transpose(self.kernel, (2, 0, 1)), (self.dimensions * self.features, -1))
        m = ops.matmul(kernel, ops.transpose(inputs)) + ops.reshape(ops.transpose(self.bias), (-1, 1))
        m = ops.reshape(m, (self.dimensions, self.features, -1))
        # Not a sum over an axis of (dimensions, features, batch, batch), for which XLA would write that to memory.
        return sum(ops.abs(ops.expand_dims(one, 2) - ops.expand_dims(one, 1)) for one in ops.unstack(m, axis=0))

    def _distance_of_one(self, inputs: Tensor) -> Tensor:
        """The same of a single input: |M_n - M_m| = |x_n - x_m| |T|."""
        scale = ops.reshape(ops.sum(ops.abs(self.kernel), axis=(1, 2)), (-1, 1, 1))
        return scale * ops.abs(inputs - ops.transpose(inputs))

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"features": self.features, "dimensions": self.dimensions}
