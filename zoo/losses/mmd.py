"""Maximum mean discrepancy between two samples, and its kernels."""

from collections.abc import Callable, Sequence

import numpy as np
from keras import ops

from zoo.typing import Tensor

Kernel = Callable[[Tensor, float], Tensor]  # of squared distances and a width
Width = float | Sequence[float]  # one, or several whose kernels are added up


def gaussian(squared_distance: Tensor, width: float) -> Tensor:
    r"""The kernel :math:`k = \exp(-d^2 / 2 \sigma^2)` of squared distances, `width` :math:`\sigma` in the same unit."""
    return ops.exp(squared_distance * (-0.5 / width**2))


def breit_wigner(squared_distance: Tensor, width: float) -> Tensor:
    r"""The kernel :math:`k = \sigma^2 / (d^2 + \sigma^2)`, with a resonance's tails (arXiv:1907.03764, section 2.3)."""
    return width**2 / (squared_distance + width**2)


KERNELS = {"gaussian": gaussian, "breit-wigner": breit_wigner}


def squared_mmd(x: Tensor, y: Tensor, kernel: Kernel, width: Width, unbiased: bool = False) -> Tensor:
    r"""The squared maximum mean discrepancy of the samples `x` (n,) or (n, d) and `y` (m,) or (m, d); a scalar.

    .. math:: \mathrm{MMD}^2 = \langle k(x, x') \rangle + \langle k(y, y') \rangle - 2 \langle k(x, y) \rangle

    with ``k = kernel(d^2, width)`` (Gretton et al., JMLR 13 (2012) 723), or the sum of the kernels of several widths if
    `width` is a sequence. The biased estimator averages over all pairs (equation 5) and is never negative; the unbiased
    one leaves out each event's pair with itself (equation 3).

    >>> float(squared_mmd([0.0], [1.0], breit_wigner, width=1.0))
    1.0
    """
    x, y = ops.convert_to_tensor(x), ops.convert_to_tensor(y)
    across = ops.mean(_summed(kernel, _squared_distances(x, y), width))
    return _within(x, kernel, width, unbiased) + _within(y, kernel, width, unbiased) - 2.0 * across


class MeanEmbedding:
    r"""The squared MMD to a sample that stays the same and is too large to be compared event by event.

    Its mean embedding :math:`\mu(x) = \langle k(x, y) \rangle_y`, the half of the witness function that is the sample's
    (Gretton et al., JMLR 13 (2012) 723, section 2.3), is a function of one number. It is tabulated once, at POINTS
    numbers equidistant in log x from LOW to HIGH, and read by linear interpolation; beyond them it is constant.

    Arguments:
        sample: positive numbers (m,). More than GROUPS are taken as that many means of neighbours: the error is half
            the second derivative of the kernel times their variance, a few 1e-6 for a resonance and its own width.
        kernel, width: as in `squared_mmd`.
    """

    LOW, HIGH, POINTS, GROUPS = 0.05, 2e4, 24_000, 4_000

    def __init__(self, sample: Tensor, kernel: Kernel, width: Width):
        self.kernel, self.width = kernel, width
        groups = np.array_split(np.sort(np.asarray(sample, np.float64)), min(self.GROUPS, len(sample)))
        events, share = np.array([group.mean() for group in groups]), np.array([len(group) for group in groups])
        share = share / share.sum()
        grid = np.geomspace(self.LOW, self.HIGH, self.POINTS)
        self.table = ops.convert_to_tensor(self._average(grid, events, share).astype(np.float32))
        self.within = float(share @ self._average(events, events, share))

    def __call__(self, x: Tensor) -> Tensor:
        """The mean embedding at `x` (n,)."""
        step = np.log(self.HIGH / self.LOW) / (self.POINTS - 1)
        position = ops.log(ops.clip(x, self.LOW, self.HIGH) / self.LOW) / step
        point = ops.clip(ops.floor(position), 0, self.POINTS - 2)
        below, above = (ops.take(self.table, ops.cast(point, "int32") + i) for i in (0, 1))
        return below + (position - point) * (above - below)

    def squared_mmd(self, x: Tensor, pairs: int | None = None) -> Tensor:
        """The squared MMD between `x` (n,) and the sample; of x with itself the first `pairs` events (all).

        Unbiased but for what linear interpolation in the table and the sample's pairs of one event with itself add;
        of the latter comes no gradient.
        """
        within = _within(x[:pairs], self.kernel, self.width, unbiased=True)
        return within + self.within - 2.0 * ops.mean(self(x))

    def _average(self, x: np.ndarray, events: np.ndarray, share: np.ndarray, chunk: int = 500) -> np.ndarray:
        parts = (x[start : start + chunk, None] - events for start in range(0, len(x), chunk))
        return np.concatenate([np.asarray(_summed(self.kernel, part**2, self.width)) @ share for part in parts])


def _within(sample: Tensor, kernel: Kernel, width: Width, unbiased: bool) -> Tensor:
    similarity = _summed(kernel, _squared_distances(sample, sample), width)
    if not unbiased:
        return ops.mean(similarity)
    size = ops.cast(ops.shape(sample)[0], similarity.dtype)
    return (ops.sum(similarity) - ops.trace(similarity)) / (size * (size - 1))


def _summed(kernel: Kernel, squared_distances: Tensor, width: Width) -> Tensor:
    return sum(kernel(squared_distances, one) for one in np.atleast_1d(width).tolist())


def _squared_distances(x: Tensor, y: Tensor) -> Tensor:
    if len(x.shape) == 1:
        return ops.square(x[:, None] - y[None, :])
    return ops.sum(ops.square(x[:, None, :] - y[None, :, :]), axis=2)
