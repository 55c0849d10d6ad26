import math

import keras
import numpy as np
import pytest

from benchmarks import floor
from benchmarks.contenders import Cost
from zoo.layers import BatchLastConv2D, LocallyConnected2D
from zoo.training.trainer import Trainer, Update


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


def test_a_traced_update_counts_what_goes_forward_and_back():
    inputs = keras.Input((8, 8, 2))
    image = keras.layers.Conv2D(3, (3, 3), strides=2, padding="same", use_bias=False)(inputs)
    grown = keras.layers.Conv2DTranspose(1, (2, 2), use_bias=False)(image)
    network = keras.Model(inputs, keras.layers.Dense(5, use_bias=False)(keras.layers.Flatten()(grown)))
    loss = lambda batch, seeds: {"loss": keras.ops.sum(network(batch["x"]) ** 2)}  # noqa: E731
    trainer = Trainer([(network, keras.optimizers.SGD())], [Update(network, loss)] * 2, seed=1)
    first, second, last = 4 * 4 * 3 * 3 * 2 * 3, 4 * 4 * 2 * 2 * 3, 25 * 5
    batch = {"x": np.zeros((7, 8, 8, 2), np.float32)}
    assert floor.traced(trainer, batch) == 2 * 7 * (2 * first + 3 * second + 3 * last)  # the images have no gradient
