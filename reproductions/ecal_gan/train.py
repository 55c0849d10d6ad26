"""Training of the ECAL GAN (arXiv:1812.01319, section 3) and its refinement (arXiv:2207.06329)."""

import keras
from keras import ops

from reproductions.ecal_gan import data, model, observables, ours
from reproductions.ecal_gan import losses as paper
from reproductions.ecal_gan.config import Config
from zoo import backend
from zoo.data.files import atomic
from zoo.errors import InputError
from zoo.generator import Generator, read_model
from zoo.losses import wasserstein_critic
from zoo.training import runs
from zoo.training.batches import Batches
from zoo.training.trainer import Trainer, Update

SCORED = 1000  # validation showers in a score
REGRESSOR = "regressor.keras"
REGRESSOR_RATE = 1e-3


def train(config: Config, parts=None) -> Generator:
    """Train as `config` says, into the folder ``config.folder``; the best generator by its score, as a zoo Generator.

    `parts` is what `load` gives. Raises InputError for data that cannot be used and for a folder that holds another
    run.
    """
    parts = parts or load(config)
    history = runs.begin(config, (runs.BEST, runs.WEIGHTS))
    keras.utils.set_random_seed(config.seed)
    found = trained_regressor(config, parts) if config.regressor and config.adversary else None
    trainer, trained = build(config, found)
    inference = ours.generator(**shape(config))
    generator = Generator(inference, card(config, parts))
    validation = data.take(parts["validation"], slice(SCORED))
    asked = data.conditions(validation)

    def score():
        inference.set_weights(trained.get_weights())
        made = generator.sample(len(asked["point"]), config.seed, momentum=asked["momentum"], point=asked["point"])
        return observables.score({**asked, **made}, validation).value

    batches = Batches(
        parts["train"],
        config.batch_size,
        config.seed,
        augment=data.mirrored if config.mirror else None,
        length=config.iterations_per_epoch,
    )
    runs.fit(trainer, batches, config, history, score, inference)
    return Generator(read_model(config.folder / runs.BEST), generator.card)


def load(config):
    """The showers of `config`, split."""
    parts = data.parts_of(config.data, config.events, config.seed)
    if len(parts["train"]["point"]) < config.batch_size:
        raise InputError(
            f"{len(parts['train']['point'])} showers to train on, expected at least one batch of {config.batch_size}"
        )
    return parts


def source(config):
    """The file of the showers of `config`."""
    return config.data or data.SAMPLE


def shape(config):
    """What the constructor of the generator takes."""
    names = ("latent_size", "filters", "normalised", "aligned", "speckled")
    return {name: getattr(config, name) for name in names}


def trained_regressor(config, parts):
    """A regressor of the conditions, trained on simulated showers, or read where a run resumes."""
    path = config.folder / REGRESSOR
    if config.resume:
        return read_model(path)
    print(f"trains the regressor of the conditions, for at most {config.regressor_epochs} epochs", flush=True)
    found = model.regressor(filters=config.filters)
    found.compile(keras.optimizers.Adam(REGRESSOR_RATE), "mse", jit_compile=config.jit)

    def pairs(showers):
        image = model.scaled(showers["energy"])
        return image, model.kinematics(showers["momentum"], showers["point"])

    keep = keras.callbacks.EarlyStopping(patience=config.regressor_epochs, restore_best_weights=True)
    found.fit(
        *pairs(parts["train"]),
        config.batch_size,
        config.regressor_epochs,
        verbose=0,
        callbacks=[keep],
        validation_data=pairs(parts["validation"]),
    )
    with atomic(path) as temporary:
        found.save(temporary)
    return read_model(path)


def build(config, found=None):
    """The trainer of `config`, and the network whose showers count: the generator or its average.

    `found` is the regressor of the conditions, which is not trained here and needed only to play against a critic.
    """
    generator = ours.generator(**shape(config))
    if config.start:
        with runs.same_form(config.start):
            generator.set_weights(runs.best_of(config.start).get_weights())
    surrogate = model.regressor(2, config.filters) if config.metric == "surrogate" else None
    critic = model.critic(model.KINEMATICS * config.regressor + 2 * (config.metric == "surrogate"), config.filters)
    critic_loss, generator_loss, surrogate_loss = losses(config, generator, critic, found, surrogate)

    def adam(updates=1):
        rate = config.learning_rate
        if config.decay < 1:
            rate = keras.optimizers.schedules.ExponentialDecay(
                rate, updates * config.iterations_per_epoch, config.decay
            )
        return keras.optimizers.Adam(rate, config.beta_1, config.beta_2)

    optimizers = [(critic, adam(config.critic_steps)), (generator, adam())]
    updates = [Update(critic, critic_loss)] * (config.critic_steps if config.adversary else 0)
    updates.append(Update(generator, generator_loss))
    if surrogate:
        optimizers.append((surrogate, adam()))
        updates.insert(0, Update(surrogate, surrogate_loss))
    trainer = Trainer(
        optimizers=optimizers,
        updates=updates,
        average=generator,
        momentum=config.average,
        opponent_first=config.opponent_first,
        seed=config.seed,
    )
    return trainer, trainer.averaged


def losses(config, generator, critic, found=None, surrogate=None):
    """(loss of the critic, of the generator, of the surrogate), as zoo.training.trainer.Update wants them.

    Those of losses.py and the scores of ours.py. `found` is the regressor of the conditions.
    """
    sizes = ours.noise(config.latent_size, config.speckled)

    def generate(batch, seeds):
        n = ops.shape(batch["point"])[0]
        noise = {name: backend.normal((n, size), seeds) for name, size in sizes.items()}
        return generator(noise | data.conditions(batch), training=True)["energy"]

    def judge(batch):
        conditions = model.kinematics(batch["momentum"], batch["point"])
        return lambda image: paper.judged(critic, (found, surrogate), image, conditions)

    def critic_loss(batch, seeds):
        images = model.scaled(batch["energy"]), model.scaled(generate(batch, seeds))
        return wasserstein_critic(judge(batch), *images, seeds, config.lambda_gradient)

    def generator_loss(batch, seeds):
        energy = generate(batch, seeds)
        terms = paper.trick(judge(batch), model.scaled(energy)) if config.adversary else {}
        if config.lambda_score or config.metric == "direct":
            sets = [batch["energy"], energy, generate(batch, seeds)]
            terms |= ours.scores(config, batch, sets)
            terms |= paper.metric(config, batch, sets) if config.metric == "direct" else {}
        return terms

    def surrogate_loss(batch, seeds):
        sets = {"surrogate": batch["energy"], "surrogate_generated": generate(batch, seeds)}
        return {name: paper.surrogate(surrogate, batch, energy) for name, energy in sets.items()}

    return critic_loss, generator_loss, surrogate_loss


def card(config, parts):
    """What zoo.Generator needs to know of a model of `config`; weights/NAME/card.json adds where it comes from."""
    return {
        "name": config.name,
        "latent": ours.noise(config.latent_size, config.speckled),
        "conditions": {
            "momentum": {
                "unit": "GeV",
                "range": [[-100, -100, 0.1], [100, 100, 100]],
                "shape": [3],
                "magnitude": [1, 100],
                "angle": [0, 76],  # degrees; one electron in a thousand is more than 64 off
            },
            "point": {"unit": "mm", "range": [[-5, -5], [5, 5]], "shape": [2]},
        },
        "outputs": {
            "energy": {
                "shape": [data.ROWS, data.ROWS],
                "unit": "MeV",
                "axes": ["cells along x", "cells along y"],
            }
        },
    }
