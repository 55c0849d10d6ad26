"""Energies on a scale on which a cell of 1 MeV and one of 1 GeV matter alike, and back."""

from typing import Any

import keras
from keras import ops

from zoo.typing import Tensor


class _Power(keras.layers.Layer):
    def __init__(self, power: float, **kwargs: Any):
        super().__init__(**kwargs)
        self.power = float(power)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"power": self.power}


@keras.saving.register_keras_serializable(package="zoo")
class BoxCox(_Power):
    r""":math:`y = ((1 + x)^p - 1) / p` for x >= 0: 0 stays 0, and x << 1 is left as it is.

    The transformation of Box and Cox, J. R. Stat. Soc. B 26 (1964) 211, equation 2, shifted by 1.

    Arguments:
        power: p > 0.
    """

    def call(self, x: Tensor) -> Tensor:
        return (ops.power(1.0 + x, self.power) - 1.0) / self.power


@keras.saving.register_keras_serializable(package="zoo")
class InverseBoxCox(_Power):
    r""":math:`x = (1 + p y)^{1/p} - 1` for y >= 0, which undoes `BoxCox` of the same power."""

    def call(self, y: Tensor) -> Tensor:
        return ops.power(1.0 + self.power * y, 1.0 / self.power) - 1.0
