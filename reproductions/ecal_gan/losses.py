r"""The losses of the ECAL GAN (arXiv:1812.01319, section 3) and of its refinement (arXiv:2207.06329), by name.

.. math:: L_D = -\langle D(x) \rangle + \langle D(G) \rangle + \lambda (|\nabla D| - 1)^2, \qquad
          L_G = -\langle D(G) \rangle + \lambda_m d(x, G), \qquad
          L_A = \langle (A(x) - a(x))^2 \rangle + \langle (A(G) - a(G))^2 \rangle

with images x and G on the scale of Box-Cox. The critic sees the conditions and what regressors find in the image: the
conditions, by one that was trained before, and with the refinement (--metric surrogate) the asymmetries a, by the
surrogate A. The refinement's other form (--metric direct) adds d, the proper score of the asymmetries of generated
showers against that of the simulated one of the same conditions.
"""

from keras import ops

from reproductions.ecal_gan import model
from zoo.losses import energy_score, wasserstein


def judged(critic, regressors, image, conditions):
    """The critic's score of images (n, 30, 30) with their conditions (n, 5) and what the regressors find in them."""
    extras = [regressor(image) for regressor in regressors if regressor]
    inputs = {"image": image, "conditions": conditions}
    return critic(inputs | ({"extras": ops.concatenate(extras, axis=1)} if extras else {}), training=True)


def trick(judge, generated):
    """L_G by what the critic says of generated images."""
    return {"trick": wasserstein(judge(generated), True)}


def metric(config, batch, sets):
    """L_G by the asymmetries, of energies (n, 30, 30) in MeV: simulated and twice generated."""
    asymmetries = (model.asymmetries(one, batch["momentum"], batch["point"]) for one in sets)
    return {"metric": config.lambda_metric * ops.mean(energy_score(*asymmetries))}


def surrogate(network, batch, energy):
    """L_A of one set of energies (n, 30, 30) in MeV at the conditions of the batch."""
    energy = ops.stop_gradient(energy)
    asked = model.asymmetries(energy, batch["momentum"], batch["point"])
    return ops.mean((network(model.scaled(energy), training=True) - asked) ** 2)
