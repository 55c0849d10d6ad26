r"""The losses of the MFC CGAN (Ramazyan et al.): two objectives, each with a regression of the beam energy.

.. math:: L_D = -\langle \log D(x) \rangle - \langle \log(1 - D(G)) \rangle + \lambda R(x), \qquad
          L_G = -\langle \log D(G) \rangle + \lambda R(G), \qquad
          R = \langle (e - \hat e)^2 \rangle + (\sigma(e) - \sigma(\hat e))^2

with the beam energy e in units of 100 GeV and its estimate e-hat by the discriminator, sigma their standard deviations
over the batch; or (--loss wasserstein) with -<D(x)> + <D(G)> and -<D(G)> for the first terms and a gradient penalty.

``judge(coordinates)`` is what D says, by name: "real" and, with R, "energy", both (n, 1). Coordinates are
(n, features), beam energies (n, 1) in GeV.
"""

from keras import ops

from reproductions.mfc_cgan import model
from zoo.losses import cross_entropy, gradient_penalty, wasserstein


def discriminator(config, judge, real, generated, energy, seeds):
    """L_D of `real` and `generated` coordinates at the beam energies `energy`."""
    judged = judge(real)
    terms = {
        "real": _objective(config)(judged["real"], True),
        "generated": _objective(config)(judge(generated)["real"], False),
    }
    if config.lambda_energy:
        terms["energy"] = config.lambda_energy * regression(judged["energy"], energy)
    if config.loss == "wasserstein":
        penalty = gradient_penalty(lambda x: judge(x)["real"], real, generated, seeds)
        terms["gradient"] = config.lambda_gradient * penalty
    return terms


def generator(config, judged, energy):
    """L_G of what D says of generated events at the beam energies `energy`."""
    terms = {"trick": _objective(config)(judged["real"], True)}
    if config.lambda_energy:
        terms["trick_energy"] = config.lambda_energy * regression(judged["energy"], energy)
    return terms


def regression(estimate, energy):
    """R of D's estimates, in units of 100 GeV, of the beam energies `energy` in GeV."""
    energy = energy / model.ENERGY_SCALE
    spread = ops.std(energy) - ops.std(estimate)
    return ops.mean((energy - estimate) ** 2) + spread**2


def _objective(config):
    return wasserstein if config.loss == "wasserstein" else cross_entropy
