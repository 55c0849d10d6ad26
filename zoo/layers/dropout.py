"""Dropout whose random numbers cost little under XLA."""

import keras

from zoo import backend
from zoo.typing import Tensor


@keras.saving.register_keras_serializable(package="zoo")
class Dropout(keras.layers.Dropout):
    """``keras.layers.Dropout``, with the same numbers from `zoo.backend.dropout`."""

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        if not training or not self.rate:
            return inputs
        return backend.dropout(inputs, self.rate, self.seed_generator)
