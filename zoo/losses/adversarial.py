"""The two-player objectives."""

from keras import ops, random

from zoo.losses.gradient_penalty import Judge, gradient_penalty
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


def wasserstein_critic(
    judge: Judge, real: Tensor, generated: Tensor, seeds: random.SeedGenerator, weight: float
) -> dict[str, Tensor]:
    r"""The loss of a Wasserstein critic by its terms "real", "generated" and "gradient", whose sum it is:

    .. math:: -\langle D(x) \rangle + \langle D(G) \rangle + \lambda \langle (|\nabla D| - 1)^2 \rangle

    (Gulrajani et al., arXiv:1704.00028, equation 3.) `weight` is lambda, the rest as in `gradient_penalty`; no gradient
    goes through `generated`.
    """
    generated = ops.stop_gradient(generated)
    return {
        "real": wasserstein(judge(real), True),
        "generated": wasserstein(judge(generated), False),
        "gradient": weight * gradient_penalty(judge, real, generated, seeds),
    }
