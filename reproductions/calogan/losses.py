r"""CaloGAN's losses (arXiv:1705.02355, sections 4.2 and 4.3), by name.

.. math:: L_D = \langle H(D(x, E), 1) \rangle + \langle H(D(G(z, E), E), 0) \rangle, \qquad
          L_G = \langle H(D(G(z, E), E), 1) \rangle + \lambda_E \langle |E - \sum_i G_i(z, E)| \rangle

with the cross-entropy H of logits, showers x of energy E, and noise z. The paper adds the last term for the
discriminator too, where it is constant. Of several particle types D also names one, as in the authors' code: an ACGAN
(arXiv:1610.09585), with `lambda_particle` times the cross-entropy of the name for both, and for the discriminator a
wrong label for `flip_particle` of the generated showers.
"""

import keras
from keras import ops

from reproductions.calogan.data import SHAPES
from zoo import backend
from zoo.losses import cross_entropy


def drawn(config, size, seeds, energy=None):
    """What a generator is asked for: z (size, latent), energy (size, 1) unless given, 1 to 100 GeV [, particle]."""
    if energy is None:
        energy = keras.random.uniform((size, 1), 1.0, 100.0, seed=seeds)
    inputs = {"z": backend.normal((size, config.latent_size), seeds), "energy": energy}
    if len(config.particle) > 1:
        inputs["particle"] = keras.random.randint((size, 1), 0, len(config.particle), seed=seeds)
    return inputs


def real(config, discriminator, batch):
    """The discriminator's loss on the real showers of a batch, in GeV."""
    images = {name: batch[name] for name in SHAPES}
    return _judged(config, discriminator, "real", images, batch["energy"], True, batch.get("particle"))


def generated(config, discriminator, images, inputs, seeds):
    """The discriminator's loss on `images` generated of `inputs`."""
    images = {name: ops.stop_gradient(image) for name, image in images.items()}
    particle = inputs.get("particle")
    if particle is not None:
        wrong = keras.random.uniform(ops.shape(particle), seed=seeds) < config.flip_particle
        number = len(config.particle)
        other = (particle + keras.random.randint(ops.shape(particle), 1, number, seed=seeds)) % number
        particle = ops.where(wrong, other, particle)
    return _judged(config, discriminator, "generated", images, inputs["energy"], False, particle)


def trick(config, discriminator, images, inputs):
    """The generator's loss by what the discriminator says of `images` generated of `inputs`."""
    return _judged(config, discriminator, "trick", images, inputs["energy"], True, inputs.get("particle"))


def energy_error(config, images, inputs):
    """The generator's loss by the energy that `images` have in all."""
    total = sum(ops.sum(image, axis=(1, 2)) for image in images.values())
    return {"energy": config.lambda_energy * ops.mean(ops.abs(inputs["energy"][:, 0] - total))}


def _judged(config, discriminator, name, images, energy, truth, particle):
    outputs = discriminator({**images, "energy": energy}, training=True)
    terms = {name: cross_entropy(outputs["real"], truth)}
    if particle is not None:
        errors = keras.losses.sparse_categorical_crossentropy(particle, outputs["particle"], from_logits=True)
        terms[f"{name}_particle"] = config.lambda_particle * ops.mean(errors)
    return terms
