"""Energy distance between two samples, and the score that makes of a forecast."""

from keras import ops


def energy_distance(x, y):
    r"""The energy distance of the samples `x` (..., n, d) and `y` (..., m, d), as (...).

    .. math:: 2 \langle |x - y| \rangle - \langle |x - x'| \rangle - \langle |y - y'| \rangle

    (Székely, Rizzo, J. Stat. Plan. Inference 143 (2013) 1249, equation 5): 0 only for equal distributions, and the
    squared maximum mean discrepancy of the kernel -|x - y|. Averages over all pairs, an event's with itself included.
    """
    return 2.0 * _mean_distance(x, y) - _mean_distance(x, x) - _mean_distance(y, y)


def _mean_distance(x, y):
    squares = ops.sum(ops.square(ops.expand_dims(x, -2) - ops.expand_dims(y, -3)), axis=-1)
    # The gradient of a root is infinite at 0, where every event meets itself.
    return ops.mean(ops.sqrt(squares + 1e-6), axis=(-2, -1))


def energy_score(first, second, observed):
    r"""The energy score of two events drawn under the condition of each `observed` one, (n, d) each; a scalar.

    .. math:: \langle |x - y| \rangle / 2 + \langle |x' - y| \rangle / 2 - \langle |x - x'| \rangle / 2

    (Gneiting, Raftery, J. Am. Stat. Assoc. 102 (2007) 359, equation 22): smallest on average where the distribution
    of the generated x, x' under every condition is that of the observed y.
    """

    def distance(x, y):
        return ops.mean(ops.sqrt(ops.sum(ops.square(x - y), axis=-1) + 1e-6))

    return (distance(first, observed) + distance(second, observed) - distance(first, second)) / 2
