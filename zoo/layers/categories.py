"""Categories with tabulated probabilities."""

from typing import Any

import keras
from keras import ops

from zoo.typing import Tensor


@keras.saving.register_keras_serializable(package="zoo")
class Categories(keras.layers.Layer):
    """Draws a category from the probabilities that a table gives for the bin of two conditions.

    ``cumulative[i, j, k]`` is the probability of the categories 0 ... k in the i-th bin of the first condition and the
    j-th of the second. The category is the number of entries below Phi(g), the uniform number of a normal one.

    Arguments:
        bins: (bins of the first condition, bins of the second), at least 2 each; the outermost are open.
        categories: number of categories, at least 2.

    Inputs: g (batch, 1) and conditions (batch, 2); output (batch,) int32. The weights are ``edges_0`` (bins - 1),
    ``edges_1`` and ``cumulative`` (bins, bins, categories - 1); they are not trained.
    """

    def __init__(self, bins: tuple[int, int], categories: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.bins = tuple(bins)
        self.categories = categories

    def build(self, input_shape: Any) -> None:
        shapes: dict[str, tuple[int, ...]] = {"edges_0": (self.bins[0] - 1,), "edges_1": (self.bins[1] - 1,)}
        shapes["cumulative"] = (*self.bins, self.categories - 1)
        for name, shape in shapes.items():
            setattr(self, name, self.add_weight(shape=shape, initializer="zeros", trainable=False, name=name))

    def compute_output_spec(self, inputs: tuple[Tensor, Tensor]) -> Tensor:
        return keras.KerasTensor((inputs[0].shape[0],), "int32")

    def call(self, inputs: tuple[Tensor, Tensor]) -> Tensor:
        g, conditions = inputs
        # The number of edges up to each condition: as sums of comparisons, for searchsorted cannot be exported.
        first, second = (
            ops.sum(ops.cast(conditions[:, i, None] >= edges, "int32"), axis=1)
            for i, edges in enumerate((self.edges_0, self.edges_1))
        )
        rows = ops.reshape(self.cumulative, (-1, self.categories - 1))
        cumulative = ops.take(rows, first * self.bins[1] + second, axis=0)
        uniform = 0.5 * (1.0 + ops.erf(g / 2**0.5))
        return ops.sum(ops.cast(uniform >= cumulative, "int32"), axis=1)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"bins": self.bins, "categories": self.categories}
