"""Training of CaloGAN (arXiv:1705.02355, section 4.3)."""

from functools import partial

import keras
import numpy as np
from keras import ops

from reproductions.calogan import critic, data, energies, model, observables, occupancies, ours, shapes
from reproductions.calogan import losses as paper
from zoo import backend
from zoo.errors import InputError
from zoo.generator import Generator, read_model
from zoo.losses import wasserstein, wasserstein_critic
from zoo.training import runs
from zoo.training.batches import Batches
from zoo.training.trainer import Trainer, Update


def train(config, parts=None):
    """Train as `config` says, into the folder ``config.folder``; the best generator by its score, as a zoo Generator.

    `parts` is what `load` gives. Writes what zoo.training.runs lists. Raises InputError for data that cannot be used
    and for a folder that holds another run.
    """
    parts = parts or load(config)
    ours.check_released(config)
    history = runs.begin(config)
    keras.utils.set_random_seed(config.seed)
    shape = config.latent_size, len(config.particle), config.attention
    drawn = "drawn" if config.normalised else None
    inference = ours.folded(*shape, energies=drawn, tables=config.tables, **config.cells)
    augment = ours.flipped if config.flips else None
    length = config.iterations_per_epoch
    real = data.in_gev(parts["train"]) | ({"filled": occupancies.filled(parts["train"])} if config.occupied else {})
    batches = Batches(real, config.batch_size, config.seed, augment, length)
    trainer, trained = build(config, parts["train"], len(batches))
    drawing = [energies.trained(config, parts["train"])] if config.normalised else []
    drawing += [occupancies.trained(config, parts["train"])] if config.occupied else []
    generator = Generator(inference, card(config, parts))
    validation = parts["validation"]
    conditions = {name: validation[name] for name in generator.conditions}

    def score():
        if config.folded:
            for network in (trained, *drawing):
                runs.transfer(network, inference)
        else:
            ours.fold(trained, inference)
        showers = generator.sample(len(validation["energy"]), seed=config.seed, **conditions)
        return observables.score(showers, validation).value

    start = None if runs.is_released(config.start) else config.start
    runs.fit(trainer, batches, config, history, score, inference, start, whole=True)
    return Generator(read_model(config.folder / runs.BEST), card(config, parts))


def load(config):
    """The showers of all particles, split; with several particles, ``particle`` (n,) is the index of each shower's."""
    files = config.data or [None] * len(config.particle)
    if len(files) != len(config.particle):
        raise InputError(f"--data names {len(files)} files for {len(config.particle)} particles, expected one for each")
    parts = []
    for index, (particle, file) in enumerate(zip(config.particle, files, strict=True)):
        showers = data.load(file, particle, config.events)
        if len(config.particle) > 1:
            showers["particle"] = np.full(len(showers["energy"]), index, np.int32)
        parts.append(data.split(showers, config.seed))
    parts = {name: {key: np.concatenate([p[name][key] for p in parts]) for key in parts[0][name]} for name in parts[0]}
    if len(parts["train"]["energy"]) < config.batch_size:
        raise InputError(
            f"{len(parts['train']['energy'])} showers to train on, expected at least one batch of {config.batch_size}"
        )
    return parts


def source(config):
    """The file of the showers of `config`, of the first particle of several."""
    return config.data[0] if config.data else data.SAMPLE / f"{config.particle[0]}.h5"


def build(config, showers, batches=1):
    """The trainer of `config` and the network whose showers count, the generator or its average.

    `showers` are those to train on, `batches` as many as an epoch has: by them learning rates fall.
    """
    shape = config.latent_size, len(config.particle), config.attention
    form = model.generator
    if config.folded:
        given = "given" if config.normalised else None
        form = partial(ours.folded, rows_per_block=3, leak=ours.LEAK, energies=given, **config.cells)
    generator = form(*shape)
    opponent = critic.network() if config.critic else model.discriminator(len(config.particle))
    if runs.is_released(config.start):
        released = read_model(config.start / runs.WEIGHTS)
        with runs.same_form(config.start):
            runs.transfer(released, generator)
    elif config.normalised:
        ours.set_units(generator, showers)

    def adam(rate, updates):
        if config.cosine:
            rate = keras.optimizers.schedules.CosineDecay(rate, config.epochs * batches * updates)
        return keras.optimizers.Adam(rate, config.beta_1, config.beta_2)

    trainer = Trainer(
        optimizers=[
            (opponent, adam(config.discriminator_learning_rate, config.critic_steps if config.critic else 2)),
            (generator, adam(config.generator_learning_rate, config.generator_steps)),
        ],
        updates=updates(config, generator, opponent, critic.sight(showers) if config.critic else None),
        average=generator,
        momentum=config.average,
        opponent_first=config.opponent_first,
        seed=config.seed,
    )
    return trainer, trainer.averaged


def updates(config, generator, discriminator, sight=None):
    """The updates on a batch, in order: by the losses of losses.py, and the scores of ours.py.

    The discriminator sees all real or all generated showers: minibatch discrimination and batch normalisation look at
    all of them. With ``reuse`` it learns from those of the generator's first update; with ``lambda_score`` and against
    the critic, which judges by what `sight` gives, the generator is asked for the energies of the batch.
    """
    generate = making(config, generator)

    def asked(batch, seeds):
        return generate(batch, seeds, batch["energy"] if config.lambda_score or sight else None)

    def real(batch, seeds):
        return paper.real(config, discriminator, batch)

    def generated(batch, seeds, made):
        inputs, _, images = made
        return paper.generated(config, discriminator, images, inputs, seeds)

    def criticised(batch, seeds, made):
        inputs, _, images = made
        sets = sight(batch, batch["energy"]), sight(images, inputs["energy"])
        return wasserstein_critic(discriminator, *sets, seeds, config.lambda_gradient)

    def trick(batch, seeds, made):
        inputs, cells, images = made
        if sight:
            terms = {"trick": wasserstein(discriminator(sight(images, inputs["energy"])), True)}
        else:
            terms = paper.trick(config, discriminator, images, inputs) if config.adversary else {}
        terms |= paper.energy_error(config, images, inputs)

        def again():
            return generate(batch, seeds, batch["energy"])[1]

        return terms | ours.scores(config, batch, images, inputs["energy"], cells, again)

    taught = [Update(generator, trick, asked)] * config.generator_steps
    if sight:
        return [Update(discriminator, criticised, asked)] * config.critic_steps + taught
    if not config.adversary:
        return taught
    if config.reuse:
        taught[0] = Update(generator, trick, asked, opponent=Update(discriminator, generated))
        return [Update(discriminator, real), *taught]
    return [Update(discriminator, real), Update(discriminator, generated, generate), *taught]


def making(config, generator):
    """What makes showers for a batch: a function of it, of seeds and, where they are not drawn, of energies in GeV.

    It gives the inputs of `generator`, the cells in GeV, and these without what a leak lets be negative.
    """
    gev = 1e-3 if config.folded else 1.0  # of the generator's unit

    def make(batch, seeds, energy=None):
        size = ops.shape(batch["energy"])[0]
        if config.normalised:
            energy = batch["energy"]  # to which its layers' energies belong
        inputs = paper.drawn(config, size, seeds, energy)
        if config.normalised:
            inputs["energies"] = shapes.layer_energies(batch)
        if config.occupied:
            inputs["filled"] = batch["filled"]
        if config.speckled:
            inputs["speckles"] = backend.normal((size, ours.SPECKLES), seeds)
        cells = {name: gev * image for name, image in generator(inputs, training=True).items()}
        return inputs, cells, {name: ops.relu(image) for name, image in cells.items()}

    return make


def card(config, parts):
    """What zoo.Generator needs to know of a model of `config`; weights/NAME/card.json adds where it comes from."""
    conditions = {"energy": {"unit": "GeV", "range": [1, 100], "shape": []}}
    if len(config.particle) > 1:
        kinds = ", ".join(f"{index} {name}" for index, name in enumerate(config.particle))
        conditions["particle"] = {"unit": f"({kinds})", "range": [0, len(config.particle) - 1], "shape": []}
    latent = {"z": config.latent_size}
    latent |= {"energy_noise": energies.NOISE} if config.normalised else {}
    latent |= {"occupancy_noise": occupancies.NOISE} if config.occupied else {}
    latent |= {"speckles": ours.SPECKLES} if config.speckled else {}
    return {
        "name": config.name,
        "latent": latent,
        "conditions": conditions,
        "outputs": {
            name: {"shape": list(shape), "unit": "MeV", "axes": ["cells along x", "cells along y"]}
            for name, shape in data.SHAPES.items()
        },
    }
