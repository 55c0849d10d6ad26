r"""The losses of the top-pair GAN (arXiv:1907.03764, sections 2.2 and 2.3), with the cross-entropy H of logits:

.. math:: L_D = H(D(x), 1) + H(D(G), 0) + \lambda_D\, \Omega, \qquad
          L_G = H(D(G), 1) + \lambda_G \sum_{t, \bar t, W^+, W^-} \mathrm{MMD}^2(m, m_G)

with the regulariser :math:`\Omega` of Roth et al. and the squared MMD, by the biased estimator, of the masses of each
resonance in a batch, true against generated.
"""

from keras import ops

from reproductions.top_pair_gan import phase_space
from zoo.losses import KERNELS, cross_entropy, roth, squared_mmd


def discriminator(config, judge, real, generated):
    """L_D of events as the discriminator sees them.

    ``judge(x)`` is (logits (n, 1), the gradients of the first of them, or of all, by their events).
    """
    terms, bounds = {}, []
    for name, events in (("real", real), ("generated", generated)):
        logits, gradients = judge(events)
        terms[name] = cross_entropy(logits, name == "real")
        bounds.append(roth(logits[: ops.shape(gradients)[0]], gradients, name == "real"))
    return terms | {"gradient": config.lambda_gradient * sum(bounds)}


def generator(judged):
    """L_G's first term, of the discriminator's logits (n, 1) of generated events."""
    return {"trick": cross_entropy(judged, True)}


def mmd(config, masses, true):
    """The sum of the squared MMD of generated and true masses, (n, 4) each in GeV: of t, tbar, W+, W-."""
    kernel = KERNELS[config.kernel]
    return sum(squared_mmd(true[:, i], masses[:, i], kernel, widths) for i, widths in enumerate(kernel_widths(config)))


def kernel_widths(config):
    """The widths of the kernels for t, tbar, W+ and W-, in GeV."""
    return [[width * one for one in config.kernel_widths] for _, width in phase_space.RESONANCES]
