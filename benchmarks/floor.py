"""The floor of an update: the time that a plain matrix product takes for as many multiplications, in the same run."""

import functools
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


def traced(trainer, batch):
    """Multiplications of all products in an update of each of a trainer's networks, as TensorFlow traces them.

    Forward and back, and of gradients of gradients, as far as the new weights need them.
    """
    import tensorflow as tf

    batch = {name: tf.constant(values) for name, values in batch.items()}
    counts = {}
    for update in trainer.updates:
        if id(update) not in counts:
            apply = tf.function(functools.partial(trainer.apply, update), autograph=False)
            counts[id(update)] = sum(map(_multiplied, _needed(apply.get_concrete_function(batch).graph)))
    return sum(counts[id(update)] for update in trainer.updates)


def _needed(graph):
    """The operations of a traced function that its results and assignments need."""
    found, asked = set(), [*(output.op for output in graph.outputs), *graph.control_outputs]
    while asked:
        operation = asked.pop()
        if operation not in found:
            found.add(operation)
            asked += [*(tensor.op for tensor in operation.inputs), *operation.control_inputs]
    return found


def _multiplied(operation):
    """Of one operation; 0 of what is no product."""
    name, shapes = operation.type, [tuple(tensor.shape) for tensor in operation.inputs]
    if name == "MatMul":
        inner = shapes[0][0 if operation.get_attr("transpose_a") else 1]
        return math.prod(operation.outputs[0].shape) * inner
    if name.startswith("Conv2D"):  # each with the images and the kernel (h, w, from, to), or their gradients
        kernel, places = {
            "Conv2D": (shapes[1], operation.outputs[0].shape),
            "Conv2DBackpropInput": (shapes[1], shapes[-1]),
            "Conv2DBackpropFilter": (operation.outputs[0].shape, shapes[-1]),
        }[name]
        return math.prod(places) * math.prod(kernel[:-1])
    return 0
