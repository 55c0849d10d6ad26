"""What the paper does not have: the folded generator, and what teaches and checks it.

The folded form is what is released: half the arithmetic, and it can be trained as it stands (--folded). With
--normalised a network of its own draws the layers' energies, see energies.py, and the images share them out. What
teaches beside the paper's discriminator or in its place is in shapes.py and critic.py.
"""

import itertools
import math

import keras
import numpy as np
from keras import layers, ops

from reproductions.calogan import data, occupancies, shapes
from reproductions.calogan.data import SHAPES
from reproductions.calogan.energies import LOG_SCALE, NOISE, TINY, drawn, told
from reproductions.calogan.model import SLOPE, cells, conditioned_noise, local_layers
from zoo import registry
from zoo.data.files import sha256
from zoo.errors import InputError
from zoo.layers import BatchLastDense, LocallyConnected2D
from zoo.training import runs

LEAK = 0.01  # of cells that are empty, while a folded generator trains
LINEAR = 0.3  # of a cell's unit: above it `squared` cells grow with the square
MIXING, MIXING_UNITS = 2, 256  # layers that are `mixed`
SOFT = 0.1  # of a cell's unit: below it `occupied` cells fade
LEAST_SHARE = 1e-6  # of a layer's energy: the unit of cells that no shower hits
SPECKLES = sum((rows + 2) * (columns + 2) for rows, columns in SHAPES.values())  # numbers of noise of the cells


def folded(
    latent_size=1024,
    particles=1,
    attention=True,
    rows_per_block=13,
    leak=0.0,
    energies=None,
    squared=False,
    tables=None,
    speckled=False,
    occupied=False,
    mixed=False,
    sharpened=False,
):
    """The inference form of `model.generator`: the same showers, in MeV, without redundant arithmetic. See `fold`.

    With `leak` energies may be negative, that much of what goes into the last ReLU: cells that are always empty can
    learn not to be. With `energies` the images only share out the layers' energies, which are "given", an input (n, 3)
    in GeV, or "drawn" by those of energies.py from the input energy_noise, with or without `tables`. Each cell then has
    a unit of its own, see `set_units`, may be `squared`, and hears noise of its own where `speckled`, "speckles". With
    `occupied` the brightest cells alone are filled, as many as "filled" (n, 3) says, or occupancies.py draws from
    "occupancy_noise". Where `mixed`, layers of their own let the noise depend on all that is known of the shower. The
    images are powers of what they were where `sharpened`, one power for each layer and shower.
    """
    inputs, hidden = conditioned_noise(latent_size, particles)
    if energies:
        known = _known(inputs, energies, tables)
        filled = _filled(inputs, energies, known) if occupied else None
        hidden = _informed(hidden, inputs["energy"], known, filled, mixed)
    blocks = {name: (columns + 2, rows + 2, 16) for name, (rows, columns) in SHAPES.items()}
    sizes = [math.prod(block) for block in blocks.values()]
    x = layers.LeakyReLU(SLOPE)(BatchLastDense(sum(sizes), name="dense")(hidden))
    parts = ops.split(x, list(itertools.accumulate(sizes[:-1])), axis=0)
    features = {
        name: ops.reshape(part, (*block, -1)) for (name, block), part in zip(blocks.items(), parts, strict=True)
    }
    if speckled:
        inputs["speckles"] = keras.Input((SPECKLES,), name="speckles")
        features = _with_specks(features, inputs["speckles"])
    images = {
        name: _local_layers(x, name, rows_per_block, bool(energies), squared, occupied) for name, x in features.items()
    }
    showers = cells(images, attention)
    if sharpened:
        showers = _sharpened(showers, hidden)
    if occupied:
        numbers = ops.split(filled, len(SHAPES), axis=1)
        showers = {name: _brightest(*each) for (name, *each) in zip(showers, showers.values(), numbers, strict=True)}
    showers = {name: ops.leaky_relu(image, leak) if leak else ops.relu(image) for name, image in showers.items()}
    if energies:
        showers = {
            name: image * (energy[:, :, None] / ops.maximum(ops.sum(ops.relu(image), axis=(1, 2), keepdims=True), TINY))
            for (name, image), energy in zip(showers.items(), ops.split(known, len(SHAPES), axis=1), strict=True)
        }
    return keras.Model(inputs, {name: 1000.0 * image for name, image in showers.items()}, name="calogan")


def fold(network, inference):
    """Give `inference`, a `folded`, the weights that make it equal to `network`, a `model.generator` of the same form.

    A Dense and the Conv2D right after it are one linear map: a Dense of 12,768 outputs takes the place of 28,728 and a
    convolution. Batch normalisation at inference is an affine map a x + b of each channel, which the locally connected
    layer behind it absorbs: W (a x + b) + c = (W a) x + (W b + c).
    """
    kernels, biases = [], []
    for name, (rows, columns) in SHAPES.items():
        dense, convolution = network.get_layer(f"{name}_dense"), network.get_layer(f"{name}_convolution")
        # ops.conv and not the layer, which would compute in its own precision
        linear = [ops.reshape(weight, (-1, rows + 2, columns + 2, 36)) for weight in (dense.kernel, dense.bias)]
        kernel, bias = (ops.conv(weight, convolution.kernel, padding="same") for weight in linear)
        bias = bias + convolution.bias
        kernels.append(ops.reshape(ops.transpose(kernel, (0, 2, 1, 3)), (len(kernel), -1)))
        biases.append(ops.reshape(ops.transpose(bias, (0, 2, 1, 3)), (-1,)))

        normalization = network.get_layer(f"{name}_normalization")
        scale = normalization.gamma / ops.sqrt(normalization.moving_variance + normalization.epsilon)
        shift = normalization.beta - normalization.moving_mean * scale
        local, target = network.get_layer(f"{name}_local_1"), inference.get_layer(f"{name}_local_1")
        # The inputs of a locally connected kernel are (kernel rows, kernel columns, channels): 2 x 2 x 16.
        target.kernel.assign(local.kernel * ops.reshape(ops.tile(scale, 4), (1, -1, 1)))
        moved = ops.sum(local.kernel * ops.reshape(ops.tile(shift, 4), (1, -1, 1)), axis=1)
        target.bias.assign(local.bias + ops.reshape(moved, local.bias.shape))
    inference.get_layer("dense").kernel.assign(ops.concatenate(kernels, axis=1))
    inference.get_layer("dense").bias.assign(ops.concatenate(biases))
    for layer in inference.layers:
        if layer.name.endswith("_local_2") or layer.name.startswith("attention") or layer.name == "embedding":
            layer.set_weights(network.get_layer(layer.name).get_weights())


def set_units(network, showers):
    """Make its mean share of the layer's energy in `showers` the unit of each cell of `network`, a `folded`.

    Cells differ by a factor of thousands, and Adam moves all weights alike: what is much to one is nothing to another.
    """
    for name in SHAPES:
        mean = np.mean(showers[name], axis=0, dtype=np.float64)
        share = np.maximum(mean / mean.sum(), LEAST_SHARE)
        network.get_layer(f"{name}_unit").set_weights([share.reshape(-1, 1, 1)])


def scores(config, batch, images, energy, generated, again):
    """What joins the generator's loss: distances and scores of shapes.py, by name.

    Of `images` (GeV) that were asked for `energy` (n, 1), and of cells that a leak may have left negative: `generated`
    and those of the function `again`, asked for the energies of the `batch`.
    """
    terms = {}
    if config.lambda_shapes:
        both = shapes.shapes(images, energy), shapes.shapes(batch, batch["energy"])
        terms["shapes"] = config.lambda_shapes * shapes.shape_distance(*both)
    if config.lambda_score:
        terms["cells"] = config.lambda_score * shapes.cell_score(batch, generated, again())
    return terms


def flipped(batch, rng):
    """`batch` with each shower mirrored or not in both transverse axes, at random: the set-up is symmetric in both."""
    batch = dict(batch)
    for axis in (1, 2):
        mirror = rng.random(len(batch["energy"])) < 0.5
        for name in SHAPES:
            batch[name] = np.where(mirror[:, None, None], np.flip(batch[name], axis), batch[name])
    return batch


def check_released(config):
    """Raises InputError if one cannot go on from released weights, or would judge by showers that a start has seen."""
    if runs.is_released(config.start):
        if not config.folded:
            raise InputError(f"{config.start}: holds released weights, expected --folded to go on from them")
        told = registry.read_card(config.start)["training"].get("config", {})
        for name in ("normalised", "tables", *config.cells):  # which weights alone do not tell
            if (form := told.get(name)) != getattr(config, name) and (form or getattr(config, name)):
                expected = f"no --{name}" if not form else f"--{name}" if form is True else f"--{name} {form}"
                raise InputError(f"{config.start}: holds networks of another form, expected {expected}")
    for folder in filter(runs.is_released, (config.start, config.energies)):
        _check_held_out(config, folder)
    if config.energies and not config.resume:
        runs.check_split(config, config.energies)


def _check_held_out(config, folder):
    before = registry.read_card(folder)
    for source in config.data or [data.SAMPLE / f"{particle}.h5" for particle in config.particle]:
        if sha256(source) == before["data"]["sha256"]:
            seed, events = before["training"]["seed"], before["training"].get("events")
            if (config.seed, config.events) != (seed, events):
                raise InputError(
                    f"{folder}: has learnt from showers of {source} that this run would hold out, "
                    f"expected its seed {seed} and {events or 'all'} showers"
                )
        elif not config.data:
            raise InputError(
                f"{folder}: may have learnt from showers of the embedded sample, expected --data with showers "
                f"of your own or with {before['data']['name']}, that it was trained on"
            )


def _known(inputs, energies, tables):
    """The layers' energies (n, 3), and among the `inputs` what gives them."""
    if energies == "given":
        inputs["energies"] = keras.Input((len(SHAPES),), name="energies")
        return inputs["energies"]
    inputs["energy_noise"] = keras.Input((NOISE,), name="energy_noise")
    return drawn(inputs["energy_noise"], inputs["energy"], tables)


def _filled(inputs, energies, known):
    """The layers' numbers of filled cells (n, 3), and among the `inputs` what gives them."""
    if energies == "given":
        inputs["filled"] = keras.Input((len(SHAPES),), name="filled")
        return inputs["filled"]
    inputs["occupancy_noise"] = keras.Input((occupancies.NOISE,), name="occupancy_noise")
    return occupancies.drawn(inputs["occupancy_noise"], inputs["energy"], known)


def _informed(hidden, energy, known, filled, mixed):
    """`hidden` (n, latent), louder or softer as energies and filled cells ask for, and these beside it; all `mixed`."""
    features = told(energy, known)
    if filled is not None:
        features = layers.Concatenate()([features, ops.log(filled + 1) / LOG_SCALE, filled / occupancies.CELLS])
    gain = layers.Dense(1, kernel_initializer="zeros", name="gain")(features)
    informed = layers.Concatenate()([hidden * ops.exp(gain), features])
    for i in range(MIXING if mixed else 0):
        more = layers.Dense(MIXING_UNITS, name=f"mixing_{i}")(informed)
        informed += layers.Dense(informed.shape[1], kernel_initializer="zeros", name=f"mixed_{i}")(ops.leaky_relu(more))
    return informed


def _with_specks(features, speckles):
    """The features (columns + 2, rows + 2, 16, n) of each layer, and one of `speckles` (n, 798) beside each of them."""
    sizes = [x.shape[0] * x.shape[1] for x in features.values()]
    parts = ops.split(ops.transpose(speckles), list(itertools.accumulate(sizes[:-1])), axis=0)
    return {
        name: ops.concatenate([x, ops.reshape(part, (*x.shape[:2], 1, -1))], axis=2)
        for (name, x), part in zip(features.items(), parts, strict=True)
    }


def _local_layers(x, name, rows_per_block, units, squared, positive):
    """`model.local_layers`, with `units` as multiples of each cell's own, `positive` ones, squares if `squared`."""
    if not units:
        return local_layers(x, name, rows_per_block)
    # Numbers of order 1 are wanted, and images that begin near the mean one: a kernel around 0 makes half the cells of
    # the core negative.
    first = keras.initializers.RandomNormal(stddev=math.sqrt(2 / (2 * 2 * 16)))
    second = keras.initializers.RandomNormal(mean=0.2, stddev=0.1)
    x = local_layers(x, name, rows_per_block, (first, second))
    if positive:
        x = (x + ops.sqrt(ops.square(x) + SOFT**2)) / 2
    if squared:
        x = ops.where(x > 0, x * (x + LINEAR) / (1 + LINEAR), x)
    unit: dict = {"kernel_initializer": "ones", "trainable": False, "use_bias": False, "name": f"{name}_unit"}
    return LocallyConnected2D(1, (1, 1), batch_last=True, rows_per_block=rows_per_block, **unit)(x)


def _sharpened(showers, hidden):
    """Images (n, rows, columns) in units of their brightest cell, to the power that a layer draws from `hidden`."""
    powers = ops.split(ops.exp(layers.Dense(len(SHAPES), kernel_initializer="zeros", name="powers")(hidden)), 3, axis=1)
    return {
        name: ops.exp(
            power[:, :, None] * ops.log(ops.maximum(image / ops.max(image, axis=(1, 2), keepdims=True), TINY))
        )
        for (name, image), power in zip(showers.items(), powers, strict=True)
    }


def _brightest(images, filled):
    """Positive images (n, rows, columns), and below 0 all but the `filled` (n, 1) brightest cells."""
    ordered = -ops.sort(-ops.reshape(images, (-1, images.shape[1] * images.shape[2])), axis=1)
    ordered = ops.concatenate([ordered, ops.zeros_like(ordered[:, :1])], axis=1)
    empty = ops.take_along_axis(ordered, ops.cast(filled, "int32"), axis=1)[:, :, None]  # the brightest that stays so
    return ops.where(images > empty, images, images - ops.stop_gradient(empty))
