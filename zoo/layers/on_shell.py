"""From three-momenta to four-vectors."""

from collections.abc import Iterable
from typing import Any

import keras
from keras import ops

from zoo.typing import Shape, Tensor


@keras.saving.register_keras_serializable(package="zoo")
class OnShell(keras.layers.Layer):
    r"""Puts particles of known masses on their mass shell: :math:`E = \sqrt{|p|^2 + m^2}`.

    Arguments:
        masses: masses of the particles, in the unit of the momenta.

    Input (batch, particles, 3), output (batch, particles, 4): E, px, py, pz.
    """

    def __init__(self, masses: Iterable[float], **kwargs: Any):
        super().__init__(**kwargs)
        self.masses = [float(mass) for mass in masses]

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (*input_shape[:-1], 4)

    def call(self, momenta: Tensor) -> Tensor:
        squares = ops.convert_to_tensor([mass**2 for mass in self.masses], momenta.dtype)
        energy = ops.sqrt(ops.sum(ops.square(momenta), axis=-1) + squares)
        return ops.concatenate([ops.expand_dims(energy, -1), momenta], axis=-1)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"masses": self.masses}
