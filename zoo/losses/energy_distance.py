"""Energy distance between two samples."""

from keras import ops

from zoo.typing import Tensor


def energy_distance(x: Tensor, y: Tensor) -> Tensor:
    r"""The energy distance of the samples `x` (..., n, d) and `y` (..., m, d), as (...).

    .. math:: 2 \langle |x - y| \rangle - \langle |x - x'| \rangle - \langle |y - y'| \rangle

    (Székely, Rizzo, J. Stat. Plan. Inference 143 (2013) 1249, equation 5): 0 only for equal distributions, and the
    squared maximum mean discrepancy of the kernel -|x - y|. Averages over all pairs, an event's with itself included.
    """
    return 2.0 * _mean_distance(x, y) - _mean_distance(x, x) - _mean_distance(y, y)


def _mean_distance(x: Tensor, y: Tensor) -> Tensor:
    squares = ops.sum(ops.square(ops.expand_dims(x, -2) - ops.expand_dims(y, -3)), axis=-1)
    # The gradient of a root is infinite at 0, where every event meets itself.
    return ops.mean(ops.sqrt(squares + 1e-6), axis=(-2, -1))
