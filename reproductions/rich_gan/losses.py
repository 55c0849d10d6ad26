r"""The losses of the RICH GANs (arXiv:1905.11825, arXiv:2204.09947), by name.

.. math:: L_C = \langle w (f(G) - f(x)) \rangle + \lambda \langle \max(0, \|\nabla f\| - 1)^2 \rangle, \qquad
          L_G = \langle w\, (|h(x) - h(G)| + |h(x) - h(G')| - |h(G) - h(G')|) \rangle

with the critic h, f(x) = |h(x) - h(G')| - |h(x)|, generated tracks G and G' of the same conditions as the real one x,
weights w, and lambda = 20 (2 / pi) atan(step / steps) after so many updates of the generator. L_G is, but for a factor,
the full Cramer distance (arXiv:1705.10743, algorithm 1).

Tracks are coordinates (n, size); a `batch` holds the real ones, what the generator was told, and weights.
"""

import math

from keras import ops

from zoo.losses import cramer_critic, energy_score, gradient_penalty

PENALTY = 20.0  # the gradient penalty's weight in the end


def critic(config, network, batch, generated, again, step, seeds):
    """L_C after `step` updates of the generator; with `penalise_conditions` the gradient is also that by conditions."""

    def beside(found):
        return ops.concatenate([found, batch["told"]], axis=1)

    real, other = batch["coordinates"], network(beside(again), training=True)

    def f(both):
        return cramer_critic(network(both, training=True), other)

    if config.penalise_conditions:
        slopes = gradient_penalty(f, beside(real), beside(generated), seeds, one_sided=True)
    else:
        slopes = gradient_penalty(lambda found: f(beside(found)), real, generated, seeds, one_sided=True)
    weight = PENALTY * (2 / math.pi) * ops.arctan(step / config.penalty_steps)
    return {
        "critic": ops.mean(batch["weight"] * (f(beside(generated)) - f(beside(real)))),
        "gradient": weight * slopes,
    }


def generator(network, batch, sets):
    """L_G of three `sets` of coordinates, real, generated, and generated again, as the critic `network` sees them."""
    features = [network(ops.concatenate([one, batch["told"]], axis=1), training=True) for one in sets]
    return {"cramer": ops.mean(batch["weight"][:, 0] * energy_score(*features))}
