"""Maximum mean discrepancy between two samples, and its kernels."""

from collections.abc import Callable

from keras import ops

from zoo.typing import Tensor

Kernel = Callable[[Tensor, float], Tensor]  # of squared distances and a width


def gaussian(squared_distance: Tensor, width: float) -> Tensor:
    r"""The kernel :math:`k = \exp(-d^2 / 2 \sigma^2)` of squared distances, `width` :math:`\sigma` in the same unit."""
    return ops.exp(squared_distance * (-0.5 / width**2))


def breit_wigner(squared_distance: Tensor, width: float) -> Tensor:
    r"""The kernel :math:`k = \sigma^2 / (d^2 + \sigma^2)`, with a resonance's tails (arXiv:1907.03764, section 2.3)."""
    return width**2 / (squared_distance + width**2)


KERNELS = {"gaussian": gaussian, "breit-wigner": breit_wigner}


def squared_mmd(x: Tensor, y: Tensor, kernel: Kernel, width: float, unbiased: bool = False) -> Tensor:
    r"""The squared maximum mean discrepancy of the samples `x` (n,) or (n, d) and `y` (m,) or (m, d); a scalar.

    .. math:: \mathrm{MMD}^2 = \langle k(x, x') \rangle + \langle k(y, y') \rangle - 2 \langle k(x, y) \rangle

    with ``k = kernel(d^2, width)`` (Gretton et al., JMLR 13 (2012) 723). The biased estimator averages over all pairs
    (equation 5) and is never negative; the unbiased one leaves out each event's pair with itself (equation 3).

    >>> float(squared_mmd([0.0], [1.0], breit_wigner, width=1.0))
    1.0
    """

    def within(sample: Tensor) -> Tensor:
        similarity = kernel(_squared_distances(sample, sample), width)
        if not unbiased:
            return ops.mean(similarity)
        size = ops.cast(ops.shape(sample)[0], similarity.dtype)
        return (ops.sum(similarity) - ops.trace(similarity)) / (size * (size - 1))

    x, y = ops.convert_to_tensor(x), ops.convert_to_tensor(y)
    return within(x) + within(y) - 2.0 * ops.mean(kernel(_squared_distances(x, y), width))


def _squared_distances(x: Tensor, y: Tensor) -> Tensor:
    if len(x.shape) == 1:
        return ops.square(x[:, None] - y[None, :])
    return ops.sum(ops.square(x[:, None, :] - y[None, :, :]), axis=2)
