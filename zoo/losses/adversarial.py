"""The two-player objectives."""

from keras import ops

from zoo.typing import Tensor


def cross_entropy(logits: Tensor, real: bool) -> Tensor:
    r"""Mean binary cross-entropy of a discriminator's `logits` against one answer for the whole batch.

    .. math:: -\langle \log \sigma(l) \rangle \text{ if real, else } -\langle \log(1 - \sigma(l)) \rangle

    (Goodfellow et al., arXiv:1406.2661, equation 1; the generator uses ``real=True`` on its own events, the
    non-saturating form.) `logits` of any shape; a scalar.
    """
    return ops.mean(ops.softplus(-logits if real else logits))


def wasserstein(scores: Tensor, real: bool) -> Tensor:
    r"""The critic's Wasserstein objective, :math:`-\langle s \rangle` if real, else :math:`\langle s \rangle`.

    (Arjovsky, Chintala, Bottou, arXiv:1701.07875, equation 3; the generator uses ``real=True`` on its own events. The
    critic must be kept Lipschitz, see `gradient_penalty`.) `scores` of any shape; a scalar.
    """
    return ops.mean(-scores if real else scores)
