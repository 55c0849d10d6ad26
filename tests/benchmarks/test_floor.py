import math

import keras
import pytest

from benchmarks import floor
from benchmarks.contenders import Cost
from zoo.layers import BatchLastConv2D, LocallyConnected2D


def test_multiplications_are_those_of_the_products():
    inputs = keras.Input((5, 6, 2))
    x = keras.layers.Conv2D(3, (2, 2), padding="same")(inputs)
    x = LocallyConnected2D(4, (2, 3))(keras.layers.BatchNormalization()(x))
    network = keras.Model(inputs, keras.layers.Dense(7)(keras.layers.Flatten()(x)))
    assert floor.multiplications(network.layers) == 5 * 6 * 2 * 2 * 2 * 3 + 4 * 4 * 2 * 3 * 3 * 4 + 4 * 4 * 4 * 7
    inputs = keras.Input(batch_shape=(6, 5, 2, None))
    assert floor.multiplications([BatchLastConv2D(3, (2, 2))(inputs)._keras_history.operation]) == 5 * 6 * 2 * 2 * 2 * 3


def test_the_floor_scales_with_the_multiplications():
    assert floor.seconds(2 * math.prod(floor.SIZES), Cost(cpu=0.5, wall=9.0)) == pytest.approx(1.0)
    assert floor.multiply()(1).shape == (floor.SIZES[0], floor.SIZES[2])
