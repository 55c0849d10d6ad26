"""The networks of LHCb's ECAL GAN (arXiv:1812.01319, section 3), one page.

Images are 30 x 30 cells in MeV outside, and inside on the scale of `BoxCox`, with a margin of zeros to 32 x 32.
"""

import keras
from keras import layers, ops

from reproductions.ecal_gan.data import CELL, DEPTH, ROWS
from zoo.layers import BoxCox, InverseBoxCox
from zoo.observables import projected

SLOPE = 0.2  # of every LeakyReLU
KERNEL = 3  # edge of every convolution's kernel; the papers leave it open
# Of energies, by Box and Cox. Maximum likelihood over the cells asks for powers below 0, whose inverse has a pole.
POWER = 0.1
# Scales of the generator's inputs: among 512 numbers of noise the 5 conditions would hardly be heard at first.
NOISE, CONDITIONS = 0.1, 3.0
MARGIN = 1  # cells on every side
# Means and standard deviations of log(p / GeV), px/pz, py/pz, x/mm, y/mm in the paper's beam.
CENTRES = (2.3, 0.0, 0.0, 0.0, 0.0)
SPREADS = (1.3, 0.38, 0.18, 2.9, 2.9)
KINEMATICS = len(CENTRES)


def generator(latent_size=512, filters=32):
    """z (n, 512), momentum (n, 3) GeV, point (n, 2) mm -> {"energy": (n, 30, 30) MeV}, never negative.

    2,509,313 trainable parameters in the default form.
    """
    sizes = {"z": latent_size, "momentum": 3, "point": 2}
    inputs = {name: keras.Input((size,), name=name) for name, size in sizes.items()}
    x = grown(asked(inputs), filters)
    energy = energies(layers.Cropping2D(MARGIN)(cells(x)))
    return keras.Model(inputs, {"energy": layers.Reshape((ROWS, ROWS), name="energy")(energy)}, name="generator")


def asked(inputs):
    """Noise and conditions beside each other, (n, 517)."""
    conditions = CONDITIONS * kinematics(inputs["momentum"], inputs["point"])
    return layers.Concatenate()([NOISE * inputs["z"], conditions])


def grown(asked, filters):
    """(n, 517) -> (n, 32, 32, filters)."""
    x = layers.Dense(4 * 4 * 8 * filters, activation="relu", name="seed")(asked)
    x = layers.Reshape((4, 4, 8 * filters))(x)
    for i, many in enumerate((4 * filters, 2 * filters, filters)):
        x = layers.Conv2DTranspose(many, KERNEL, 2, padding="same", activation="relu", name=f"grow_{i}")(x)
    return x


def cells(x):
    """One number for each cell, on the scale of `BoxCox`; an image that is 0 everywhere would have no gradient."""
    start = keras.initializers.Constant(0.1)
    return layers.Conv2D(1, KERNEL, padding="same", bias_initializer=start, name="cells")(x)


def energies(cells):
    """MeV."""
    return InverseBoxCox(POWER)(layers.ReLU()(cells))


def critic(extras=0, filters=32):
    """The mirror image: an image (n, 30, 30), the conditions (n, 5) and `extras` numbers -> a score (n, 1).

    The extras are what regressors find in the image. 1,438,209 trainable parameters without them, in the default form.
    """
    image, conditions = keras.Input((ROWS, ROWS), name="image"), keras.Input((KINEMATICS,), name="conditions")
    inputs = {"image": image, "conditions": conditions}
    if extras:
        inputs["extras"] = keras.Input((extras,), name="extras")
    x = layers.Concatenate()([_encoded(image, filters), *(inputs[name] for name in list(inputs)[1:])])
    x = layers.LeakyReLU(SLOPE)(layers.Dense(8 * filters, name="judge")(x))
    return keras.Model(inputs, layers.Dense(1, name="score")(x), name="critic")


def regressor(outputs=KINEMATICS, filters=32):
    """The critic's architecture, from an image (n, 30, 30) to what it tells of the electron or of itself."""
    image = keras.Input((ROWS, ROWS), name="image")
    x = layers.LeakyReLU(SLOPE)(layers.Dense(8 * filters, name="judge")(_encoded(image, filters)))
    return keras.Model(image, layers.Dense(outputs, name="found")(x), name="regressor")


def kinematics(momentum, point):
    """The five conditions (n, 5) on one scale: log p, slopes, point."""
    p = ops.sqrt(ops.sum(ops.square(momentum), axis=1, keepdims=True))
    x = ops.concatenate([ops.log(p), momentum[:, :2] / momentum[:, 2:], point], axis=1)
    return (x - ops.convert_to_tensor([CENTRES])) / ops.convert_to_tensor([SPREADS])


def scaled(energy):
    """Energies in MeV on the scale on which networks see them."""
    return BoxCox(POWER)(energy)


def asymmetries(energy, momentum, point):
    """The longitudinal and transverse asymmetry (n, 2) of showers."""
    return projected.asymmetries(energy, projected.project(momentum, point, ROWS, CELL, DEPTH, ops), ops)


def _encoded(image, filters):
    x = layers.ZeroPadding2D(MARGIN)(layers.Reshape((ROWS, ROWS, 1))(image))
    x = layers.LeakyReLU(SLOPE)(layers.Conv2D(filters, KERNEL, padding="same", name="image_0")(x))
    for i, many in enumerate((2 * filters, 4 * filters, 8 * filters)):
        x = layers.LeakyReLU(SLOPE)(layers.Conv2D(many, KERNEL, 2, padding="same", name=f"shrink_{i}")(x))
    return layers.Flatten()(x)
