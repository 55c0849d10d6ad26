r"""The losses of the TPC GAN (arXiv:2012.04595, section 3), by name: three objectives, with a gradient penalty GP.

Wasserstein (--loss wasserstein) and Jensen-Shannon, whose L_G does not saturate, with the cross-entropy H of logits:

.. math:: L_D = -\langle D(x) \rangle + \langle D(G) \rangle + \lambda\, GP, \qquad L_G = -\langle D(G) \rangle; \\
          L_D = \langle H(D(x), 1) \rangle + \langle H(D(G), 0) \rangle + \lambda\, GP, \qquad
          L_G = \langle H(D(G), 1) \rangle

Cramer (Bellemare et al., arXiv:1705.10743, section 4): D has many outputs h, and with a second G' the critic is

.. math:: f(x) = |h(x) - h(G')| - |h(x)|, \qquad L_D = -\langle f(x) \rangle + \langle f(G) \rangle + \lambda\, GP, \\
          L_G = \langle |h(x) - h(G)| \rangle + \langle |h(x) - h(G')| \rangle - \langle |h(G) - h(G')| \rangle

Responses are y (n, 8, 16); ``judge(y)`` is what D says of them and of the segments of the batch.
"""

from keras import ops

from zoo.losses import cramer_critic, cross_entropy, energy_score, gradient_penalty, wasserstein


def discriminator(config, judge, generate, real, seeds):
    """L_D; ``generate()`` draws responses to the same segments as those of `real`."""
    generated = generate()
    if config.loss == "jensen-shannon":
        terms = {"real": cross_entropy(judge(real), True), "generated": cross_entropy(judge(generated), False)}
    else:
        critic = _critic(config, judge, generate)
        terms = {"real": wasserstein(critic(real), True), "generated": wasserstein(critic(generated), False)}
    if config.lambda_gradient:
        penalty = gradient_penalty(_critic(config, judge, generate), real, generated, seeds, one_sided=True)
        terms["gradient"] = config.lambda_gradient * penalty
    return terms


def generator(config, judge, real, first, second):
    """L_G of the responses `first`, with the Cramer loss also of `second`, to the same segments as those of `real`."""
    if config.loss == "cramer":
        return {"trick": ops.mean(energy_score(*(judge(y) for y in (real, first, second))))}
    objective = wasserstein if config.loss == "wasserstein" else cross_entropy
    return {"trick": objective(judge(first), True)}


def _critic(config, judge, generate):
    """The function of y whose gradient is penalised: D, or the Cramer loss's f with a G' of its own."""
    if config.loss != "cramer":
        return judge
    other = generate()
    return lambda y: cramer_critic(judge(y), judge(other))
