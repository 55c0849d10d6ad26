"""The Cramer distance of a conditional distribution, from one real and two generated events at each condition."""

from keras import ops

from zoo.typing import Tensor


def energy_score(real: Tensor, generated: Tensor, again: Tensor) -> Tensor:
    r"""The energy score of each event: :math:`|x - g| + |x - g'| - |g - g'|`, (n,).

    Its mean over real events x (n, d), each with two independent generated events g and g' of the same condition, is
    least if and only if they have the same conditional distribution (Gneiting, Raftery, JASA 102 (2007) 359, equation
    21, twice). Of the features of a critic it is the generator's loss of the Cramer GAN (Bellemare et al.,
    arXiv:1705.10743, algorithm 1).
    """
    return _distance(real, generated) + _distance(real, again) - _distance(generated, again)


def cramer_critic(features: Tensor, again: Tensor) -> Tensor:
    r"""The Cramer GAN's critic :math:`f(x) = |h(x) - h(g')| - |h(x)|` of each event, (n, 1).

    `features` h(x) and those `again` of an independent generated event of the same condition are (n, d)
    (arXiv:1705.10743, algorithm 1). The critic's loss is the mean of f(generated) - f(real).
    """
    return ops.expand_dims(_distance(features, again) - _norm(features), 1)


def _distance(x: Tensor, y: Tensor) -> Tensor:
    return _norm(x - y)


def _norm(x: Tensor) -> Tensor:
    # The gradient of a root is infinite at 0.
    return ops.sqrt(ops.sum(ops.square(x), axis=-1) + 1e-6)
