"""Training of the TPC GAN (arXiv:2012.04595, section 3)."""

from functools import partial

import keras
import numpy as np
from keras import ops

from reproductions.tpc_gan import data, model, observables, ours
from reproductions.tpc_gan import losses as paper
from reproductions.tpc_gan.config import Config
from reproductions.tpc_gan.constants import AT_ONCE, MPD, PADS_IN_ROW, PARAMETERS, PT_RANGE, UNITS
from zoo import backend
from zoo.errors import InputError
from zoo.generator import Generator, read_model
from zoo.training import runs
from zoo.training.batches import Batches
from zoo.training.trainer import Trainer, Update

# Rounded outwards: MPD's events reach a little beyond the simulator's.
RANGES = dict(
    zip(
        PARAMETERS,
        ((-21, 21), (-60, 60), (24, 303), (0, PADS_IN_ROW.max()), (0, MPD.rows - 1), PT_RANGE),
        strict=True,
    )
)


def train(config: Config, parts=None) -> Generator:
    """Train as `config` says, into the folder ``config.folder``; the best generator by its score, as a zoo Generator.

    `parts` is what `load` gives. Raises InputError for data that cannot be used and for a folder that holds another
    run.
    """
    parts = parts or load(config)
    history = runs.begin(config)
    keras.utils.set_random_seed(config.seed)
    trainer, trained = build(config, length(config, parts))
    inference = model.responses(trained, config.six)
    generator = Generator(inference, card(config, parts))
    validation = parts["validation"]

    def score():
        parameters = validation["parameters"]
        asked = data.conditions(parameters, config.six)
        generated = generator.sample(len(parameters), config.seed, batch_size=AT_ONCE, **asked)["amplitude"]
        return observables.score({"parameters": parameters, "amplitude": generated}, validation)

    batches = Batches(seen(parts["train"], config), round_size(config), config.seed)
    runs.fit(trainer, batches, config, history, score, inference, config.start)
    return Generator(read_model(config.folder / runs.BEST), generator.card)


def load(config):
    """The events of `config`, split."""
    parts = data.split(data.load(config.data, config.events, config.six), config.seed)
    if length(config, parts) < 1:
        raise InputError(
            f"{len(parts['train']['amplitude'])} events to train on, expected at least {round_size(config)}: "
            f"{config.critic_updates} + 1 batches of {config.batch_size}"
        )
    return parts


def source(config):
    """The file of the events of `config`; the simulator's sample is made if it is not there yet."""
    return data.source(config.data, config.six)


def round_size(config):
    """Events of a round: of `critic_steps` updates of the discriminator and one of the generator."""
    return (config.critic_updates + 1) * config.batch_size


def length(config, parts):
    """Rounds of an epoch."""
    return len(parts["train"]["amplitude"]) // round_size(config)


def seen(events, config):
    """What a round holds of real events, as the networks see them."""
    parameters = np.stack(list(data.conditions(events["parameters"], config.six).values()), axis=1)
    return {
        "features": ops.convert_to_numpy(model.features(parameters)),
        "y": np.log10(1 + events["amplitude"]),
    }


def build(config, rounds):
    """The trainer of `config` with so many rounds an epoch, and the network that counts: generator or average."""
    number = 7 if config.six else 5
    shape = number, config.latent_size, config.output, config.residual
    generator = model.generator(*shape)
    ours.quieten(generator, config.noise_start)
    outputs = model.CRAMER_OUTPUTS if config.loss == "cramer" else 1
    discriminator = model.discriminator(number, config.dropout, outputs)
    discriminator_loss, generator_loss = losses(config, generator, discriminator)

    def optimizer(updates, share=1.0):
        schedule = keras.optimizers.schedules.ExponentialDecay(
            config.learning_rate * share, max(1, updates * rounds), config.decay, staircase=True
        )
        if config.optimizer == "adam":
            return keras.optimizers.Adam(schedule, beta_2=0.99)
        return keras.optimizers.RMSprop(schedule)

    critic = Update(discriminator, discriminator_loss)
    trainer = Trainer(
        optimizers=[
            (discriminator, optimizer(config.critic_updates, config.discriminator_rate)),
            (generator, optimizer(1)),
        ],
        updates=[critic] * config.critic_updates + [Update(generator, generator_loss)],
        average=generator,
        momentum=config.average,
        opponent_first=config.opponent_first,
        seed=config.seed,
    )
    return trainer, trainer.averaged


def losses(config, generator, discriminator):
    """(loss of the discriminator, loss of the generator), as zoo.training.trainer.Update wants them.

    Those of losses.py, and the scores of ours.py.
    """

    def generate(features, seeds):
        z = backend.normal((config.batch_size, config.latent_size), seeds)
        return generator({"features": features, "z": z})

    def judge(features, y):
        return discriminator({"features": features, "y": y}, training=True)

    def discriminator_loss(batch, seeds):
        features, real = _part(batch, config, seeds)

        def again():
            return ops.stop_gradient(generate(features, seeds))

        return paper.discriminator(config, partial(judge, features), again, real, seeds)

    def generator_loss(batch, seeds):
        features, real = _part(batch, config, seeds)
        first = generate(features, seeds)
        scored = config.lambda_score or config.lambda_score_pieces or config.lambda_score_hits
        twice = config.loss == "cramer" or scored
        second = generate(features, seeds) if twice else None
        terms = paper.generator(config, partial(judge, features), real, first, second) if config.adversary else {}
        return terms | ours.scores(config, real, first, second)

    return discriminator_loss, generator_loss


def _part(batch, config, seeds):
    """Features and pixels of one of the batches of a round, drawn at random."""
    index = keras.random.randint((), 0, config.critic_updates + 1, seed=seeds)
    shape = config.critic_updates + 1, config.batch_size
    return tuple(
        ops.take(ops.reshape(batch[name], (*shape, *batch[name].shape[1:])), index, axis=0)
        for name in ("features", "y")
    )


def card(config, parts):
    """What zoo.Generator needs to know of a model of `config`; weights/NAME/card.json adds where it comes from."""
    names = PARAMETERS if config.six else PARAMETERS[:4]
    units = dict(zip(PARAMETERS, UNITS, strict=True))
    return {
        "name": config.name,
        "latent": {"z": config.latent_size},
        "conditions": {
            name: {"unit": units[name], "range": list(map(float, RANGES[name])), "shape": []} for name in names
        },
        "outputs": {
            "amplitude": {
                "shape": list(model.SHAPE),
                "unit": "ADC counts",
                "axes": ["pads -3 to 4 about the track's", "time buckets -7 to 8 about the track's"],
            }
        },
    }
