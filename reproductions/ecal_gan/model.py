"""The networks of LHCb's ECAL GAN (arXiv:1812.01319, section 3), one page.

Images are 30 x 30 cells in MeV outside, and inside on the scale of `BoxCox`, with a margin of zeros to 32 x 32.
"""

import math

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
RESPONSE = 0.1425  # of the beam's energy in the scintillator, where `normalised` begins
HIDDEN = 32  # units in the layers of `normalised` and `aligned`
SCORED = ("deposit", "width_along", "width_across", "shift_along", "shift_across", "filled")


def generator(latent_size=512, filters=32, normalised=False, aligned=False, speckled=False):
    """z (n, 512), momentum (n, 3) GeV, point (n, 2) mm -> {"energy": (n, 30, 30) MeV}, never negative.

    2,509,313 trainable parameters in the default form. `normalised`: the image is scaled to a deposit that a network of
    its own draws. `aligned`: the last layers see where each cell lies from the track. `speckled`: they also see
    a number of noise of each cell's own, speckles (n, 900).
    """
    sizes = noise(latent_size, speckled) | {"momentum": 3, "point": 2}
    inputs = {name: keras.Input((size,), name=name) for name, size in sizes.items()}
    conditions = CONDITIONS * kinematics(inputs["momentum"], inputs["point"])
    asked = layers.Concatenate()([NOISE * inputs["z"], conditions])
    x = layers.Dense(4 * 4 * 8 * filters, activation="relu", name="seed")(asked)
    x = layers.Reshape((4, 4, 8 * filters))(x)
    for i, many in enumerate((4 * filters, 2 * filters, filters)):
        x = layers.Conv2DTranspose(many, KERNEL, 2, padding="same", activation="relu", name=f"grow_{i}")(x)
    if aligned:
        x = layers.Cropping2D(MARGIN)(x)
        if speckled:
            x = layers.Concatenate()([x, layers.Reshape((ROWS, ROWS, 1))(inputs["speckles"])])
        x = _aligned(x, asked, inputs["momentum"], inputs["point"])
    # An image that is 0 everywhere would have no gradient: the first ones are not.
    cells = layers.Conv2D(1, KERNEL, padding="same", bias_initializer=keras.initializers.Constant(0.1), name="cells")(x)
    cells = layers.ReLU()(cells if aligned else layers.Cropping2D(MARGIN)(cells))
    energy = InverseBoxCox(POWER)(cells)
    if normalised:
        total = ops.maximum(ops.sum(energy, axis=(1, 2, 3), keepdims=True), projected.TINY)
        energy = energy * (_deposit(asked, inputs["momentum"])[:, :, None, None] / total)
    return keras.Model(inputs, {"energy": layers.Reshape((ROWS, ROWS), name="energy")(energy)}, name="generator")


def noise(latent_size, speckled=False):
    """The generator's inputs of normal noise, by name, and their lengths."""
    return {"z": latent_size} | ({"speckles": ROWS**2} if speckled else {})


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


def shapes(energy, momentum, point):
    """`SCORED`, each (n, 1) and of order 1: log of the deposit in MeV, times 10; widths and shifts in cells; filled.

    The last is about the number of cells above 1 MeV, in units of 50, with a gradient: the sum of E / (E + 1 MeV).
    """
    seen = projected.project(momentum, point, ROWS, CELL, DEPTH, ops)
    found = {"deposit": 10 * ops.log(1 + ops.sum(energy, axis=(1, 2)))}
    found["filled"] = ops.sum(energy / (energy + 1), axis=(1, 2)) / 50
    for name, distance in (("along", seen.along), ("across", seen.across)):
        found[f"width_{name}"] = projected.width(energy, distance, ops) / CELL
        found[f"shift_{name}"] = projected.mean(energy, distance, ops) / CELL
    return {name: values[:, None] for name, values in found.items()}


def _deposit(asked, momentum):
    """The energy in the scintillator (n, 1), MeV: the beam's times a response that is drawn."""
    x = layers.Dense(HIDDEN, activation="relu", name="deposit_0")(asked)
    x = layers.Dense(HIDDEN, activation="relu", name="deposit_1")(x)
    few = keras.initializers.RandomNormal(stddev=0.003)  # of the order of the resolution
    start = keras.initializers.Constant(math.log(RESPONSE))
    logarithm = layers.Dense(1, kernel_initializer=few, bias_initializer=start, name="response")(x)
    return 1000 * ops.exp(logarithm) * ops.sqrt(ops.sum(ops.square(momentum), axis=1, keepdims=True))


def _aligned(x, asked, momentum, point):
    """Each cell's features, where it lies from the track, and a style of the whole shower, mixed by two layers."""
    seen = projected.project(momentum, point, ROWS, CELL, DEPTH, ops)
    along, across = seen.along / (2 * CELL), seen.across / (2 * CELL)
    squares = along**2 + across**2
    places = [along, across, ops.abs(across), ops.sqrt(squares), 1 / (1 + 4 * squares)]
    slopes = momentum[:, :2] / momentum[:, 2:]
    steepness = ops.sqrt(ops.sum(slopes**2, axis=1, keepdims=True))
    style = layers.Dense(HIDDEN, activation="relu", name="style_0")(layers.Concatenate()([asked, steepness]))
    style = layers.Dense(HIDDEN, activation="relu", name="style_1")(style)
    shifts = layers.Reshape((1, 1, HIDDEN))(layers.Dense(HIDDEN, name="style_2")(style))
    x = layers.Concatenate()([x, *(place[:, :, :, None] for place in places)])
    x = layers.ReLU()(layers.Dense(HIDDEN, use_bias=False, name="place_0")(x) + shifts)
    return layers.Dense(HIDDEN, activation="relu", name="place_1")(x)


def _encoded(image, filters):
    x = layers.ZeroPadding2D(MARGIN)(layers.Reshape((ROWS, ROWS, 1))(image))
    x = layers.LeakyReLU(SLOPE)(layers.Conv2D(filters, KERNEL, padding="same", name="image_0")(x))
    for i, many in enumerate((2 * filters, 4 * filters, 8 * filters)):
        x = layers.LeakyReLU(SLOPE)(layers.Conv2D(many, KERNEL, 2, padding="same", name=f"shrink_{i}")(x))
    return layers.Flatten()(x)
