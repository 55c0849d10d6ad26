"""The floor of an update: the time that a plain matrix product takes for as many multiplications, in the same run."""

import math

SIZES = (256, 1024, 12_768)  # of the product: rows, inputs, outputs


def multiplications(layers):
    """Of one event's way through the `layers`: as many as their kernels have weights, of convolutions at each place."""
    total = 0
    for layer in layers:
        weights = sum(math.prod(weight.shape) for weight in layer.trainable_weights if weight.name == "kernel")
        shared = "Conv" in type(layer).__name__  # Keras has no common class, and ours is none of its
        total += weights * (math.prod(n for n in layer.output.shape if n) // layer.filters if shared else 1)
    return total


def multiply():
    """A contender's setup: the product of `SIZES`, whatever the batch."""
    import tensorflow as tf

    rows, inputs, outputs = SIZES
    left, right = tf.random.normal((rows, inputs)), tf.random.normal((inputs, outputs))
    product = tf.function(lambda: left @ right, autograph=False)
    return lambda _: product().numpy()


def seconds(multiplied, cost):
    """The CPU seconds of so many multiplications at the rate of the contender `multiply` that had this `cost`."""
    return multiplied * cost.cpu / math.prod(SIZES)
