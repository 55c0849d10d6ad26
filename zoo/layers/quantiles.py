"""Between standard normal numbers and numbers with given quantiles."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from zoo.typing import Shape, Tensor


def around(knots: np.ndarray, conditions: np.ndarray, least: int) -> list[slice]:
    """The slice of the increasing `conditions` (n,) around each of the equidistant `knots`, to make a table of.

    It reaches halfway to the next knots; where that is fewer than `least`, it takes in neighbours on both sides.
    """
    half, found = (knots[1] - knots[0]) / 2, []
    for knot in knots:
        low, high = np.searchsorted(conditions, [knot - half, knot + half])
        more = max(0, least - (high - low)) // 2
        low, high = max(0, min(low - more, len(conditions) - least)), min(len(conditions), max(high + more, least))
        found.append(slice(low, high))
    return found


@keras.saving.register_keras_serializable(package="zoo")
class ConditionalQuantiles(keras.layers.Layer):
    """The increasing, piecewise linear map x = Q(g | c) that gives normal numbers g the quantiles of a table.

    ``table[j, d, i]`` is Q of dimension d at the j-th condition and the i-th score; scores are equidistant from -limit
    to limit. Between scores and between conditions Q is linear, and beyond them it goes on along the last segment.

    Arguments:
        conditions: number of conditions in the table, at least 2.
        dimensions: number of dimensions d.
        scores: number of scores, at least 2.
        limit: the largest score.

    Inputs: g (batch, dimensions) and c (batch, 1); output (batch, dimensions). The weights are ``conditions``
    (increasing) and ``table``; they are not trained.
    """

    def __init__(self, conditions: int, dimensions: int, scores: int = 65, limit: float = 4.0, **kwargs: Any):
        super().__init__(**kwargs)
        self.sizes = conditions, dimensions, scores
        self.limit = limit

    def build(self, input_shape: Sequence[Shape]) -> None:
        self.conditions = self.add_weight(shape=self.sizes[:1], initializer="zeros", trainable=False, name="conditions")
        self.table = self.add_weight(shape=self.sizes, initializer="zeros", trainable=False, name="table")

    def compute_output_shape(self, input_shape: Sequence[Shape]) -> Shape:
        return input_shape[0]

    def call(self, inputs: tuple[Tensor, Tensor]) -> Tensor:
        g, condition = inputs
        number, dimensions, scores = self.sizes
        # The knot below each value, and how far behind it the value lies in units of the segment.
        position = (g + self.limit) * ((scores - 1) / (2 * self.limit))
        knot = ops.clip(ops.floor(position), 0, scores - 2)
        along = position - knot
        if number > 2:
            last = ops.sum(ops.cast(condition >= self.conditions[1:-1], "int32"), axis=1)
        else:  # writers of C refuse a graph with an empty array
            last = ops.zeros_like(condition[:, 0], "int32")
        low, high = ops.take(self.conditions, last), ops.take(self.conditions, last + 1)
        across = ops.expand_dims((condition[:, 0] - low) / (high - low), 1)

        first = (last[:, None] * dimensions + ops.arange(dimensions)) * scores + ops.cast(knot, "int32")
        flat = ops.reshape(self.table, (-1,))

        def value(start: Tensor) -> Tensor:
            below = ops.take(flat, start)
            return below + along * (ops.take(flat, start + 1) - below)

        lower = value(first)
        return lower + across * (value(first + dimensions * scores) - lower)

    def get_config(self) -> dict[str, Any]:
        conditions, dimensions, scores = self.sizes
        sizes = {"conditions": conditions, "dimensions": dimensions, "scores": scores}
        return super().get_config() | sizes | {"limit": self.limit}


@keras.saving.register_keras_serializable(package="zoo")
class NormalScores(keras.layers.Layer):
    """The increasing, piecewise linear map that gives numbers with the quantiles of a table a normal distribution.

    ``table[d, i]`` is the quantile of feature d at the i-th score; scores are equidistant from -limit to limit, where
    the output stays for numbers beyond the table.

    Arguments:
        features: number of features d.
        scores: number of scores, at least 2.
        limit: the largest score.

    Inputs and output (batch, features). The weight ``table``, strictly increasing, is not trained.
    """

    def __init__(self, features: int, scores: int = 65, limit: float = 4.0, **kwargs: Any):
        super().__init__(**kwargs)
        self.sizes = features, scores
        self.limit = limit

    def build(self, input_shape: Shape) -> None:
        self.table = self.add_weight(shape=self.sizes, initializer="zeros", trainable=False, name="table")

    def call(self, inputs: Tensor) -> Tensor:
        number, scores = self.sizes
        columns = []
        for d in range(number):
            quantiles, x = self.table[d], inputs[:, d]
            # A sum of comparisons, where searchsorted cannot be exported: the knots between the first and the last.
            knot = ops.sum(ops.cast(x[:, None] >= quantiles[1:-1], "int32"), axis=1)
            low, high = ops.take(quantiles, knot), ops.take(quantiles, knot + 1)
            columns.append(ops.cast(knot, x.dtype) + ops.clip((x - low) / (high - low), 0.0, 1.0))
        return ops.stack(columns, axis=1) * (2 * self.limit / (scores - 1)) - self.limit

    def get_config(self) -> dict[str, Any]:
        features, scores = self.sizes
        return super().get_config() | {"features": features, "scores": scores, "limit": self.limit}
