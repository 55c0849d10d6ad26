"""Regularisers that bound how fast a discriminator changes with its input."""

from keras import ops


def roth(logits, gradients, real):
    r"""One side, events all real or all generated, of the Jensen-Shannon regulariser of Roth et al. (arXiv:1705.09367).

    .. math:: \langle (1 - D)^2 |\nabla \phi|^2 \rangle \text{ if real, else } \langle D^2 |\nabla \phi|^2 \rangle

    with the logits :math:`\phi = \log(D / (1 - D))`, (n, 1), and their `gradients` by the inputs, (n, ...), as
    `zoo.training.backend.input_gradients` gives both. A scalar.
    """
    weight = ops.square(ops.sigmoid(-logits if real else logits))
    axes = tuple(range(1, len(gradients.shape)))
    return ops.mean(weight[:, 0] * ops.sum(ops.square(gradients), axis=axes))
