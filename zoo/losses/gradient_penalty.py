"""Regularisers that bound how fast a discriminator changes with its input."""

from collections.abc import Callable

import keras
from keras import ops

from zoo import backend
from zoo.typing import Tensor

Judge = Callable[[Tensor], Tensor]


def roth(logits: Tensor, gradients: Tensor, real: bool) -> Tensor:
    r"""One side, events all real or all generated, of the Jensen-Shannon regulariser of Roth et al. (arXiv:1705.09367).

    .. math:: \langle (1 - D)^2 |\nabla \phi|^2 \rangle \text{ if real, else } \langle D^2 |\nabla \phi|^2 \rangle

    with the logits :math:`\phi = \log(D / (1 - D))`, (n, 1), and their `gradients` by the inputs, (n, ...), as
    `zoo.backend.input_gradients` gives both. A scalar.
    """
    weight = ops.square(ops.sigmoid(-logits if real else logits))
    return ops.mean(weight[:, 0] * _squares(gradients))


def gradient_penalty(
    judge: Judge, real: Tensor, generated: Tensor, seeds: keras.random.SeedGenerator, one_sided: bool = False
) -> Tensor:
    r"""(\|grad D\| - 1)^2, averaged over random points on the lines between real and generated events: a scalar.

    It keeps the critic of `wasserstein` near to Lipschitz (Gulrajani et al., arXiv:1704.00028, equation 3).

    Arguments:
        judge: ``judge(events) -> scores`` (n, 1), each event for itself: no normalisation over the batch.
        real, generated: (n, ...).
        seeds: a keras.random.SeedGenerator.
        one_sided: slopes below 1 cost nothing (the same paper, section 4).
    """
    share = keras.random.uniform((ops.shape(real)[0], *[1] * (len(real.shape) - 1)), seed=seeds)
    _, gradients = backend.input_gradients(judge, real + share * (generated - real))
    # The root's own gradient stays finite at 0.
    excess = ops.sqrt(_squares(gradients) + 1e-12) - 1
    return ops.mean((ops.relu(excess) if one_sided else excess) ** 2)


def zero_centred_penalty(judge: Judge, real: Tensor) -> Tensor:
    r"""\|grad D\|^2 averaged over real events (Mescheder, Geiger, Nowozin, arXiv:1801.04406, equation 9): a scalar.

    With it the cross-entropy game converges where it would circle. Arguments as in `gradient_penalty`.
    """
    _, gradients = backend.input_gradients(judge, real)
    return ops.mean(_squares(gradients))


def _squares(gradients: Tensor) -> Tensor:
    """The squared length of each event's gradient."""
    return ops.sum(gradients**2, axis=tuple(range(1, len(gradients.shape))))
