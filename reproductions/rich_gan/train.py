"""Training of the RICH GANs (arXiv:1905.11825, arXiv:2204.09947)."""

import keras
import numpy as np
from keras import ops

from reproductions.rich_gan import coordinates, data, model, observables, ours
from reproductions.rich_gan import losses as paper
from reproductions.rich_gan.constants import AT_ONCE, CONDITIONS, DLLS
from zoo import backend
from zoo.errors import InputError
from zoo.generator import Generator, read_model
from zoo.training import runs
from zoo.training.batches import Batches
from zoo.training.trainer import Trainer, Update

COORDINATES = {"paper": coordinates.Paper, "hypotheses": ours.Hypotheses}
UNITS = {"P": "MeV", "eta": "", "nspdhits": ""}


def train(config, parts=None):
    """Train as `config` says, into the folder ``config.folder``; the best generator by its score, as a zoo Generator.

    `parts` is what `load` gives. Writes what zoo.training.runs lists. Raises InputError for data that cannot be used
    and for a folder that holds another run.
    """
    parts = parts or load(config)
    history = runs.begin(config)
    keras.utils.set_random_seed(config.seed)
    tracks = parts["train"]
    system = COORDINATES[config.coordinates](tracks)
    trainer, trained = build(config, system, len(tracks["P"]))
    inference = model.dlls(trained, system)
    generator = Generator(inference, card(config, parts))
    validation = parts["validation"]

    def score():
        asked = data.conditions(validation)
        generated = generator.sample(len(asked["P"]), config.seed, batch_size=AT_ONCE, **asked)
        return observables.score({**validation, **generated}, validation)

    runs.fit(trainer, batches(config, system, tracks), config, history, score, inference, config.start)
    return Generator(read_model(config.folder / runs.BEST), generator.card)


def load(config):
    """The tracks, split. Raises InputError for another particle and for fewer tracks than a batch takes."""
    file = source(config)
    if (found := data.particle(file)) != config.particle:
        raise InputError(f"{file}: holds {found} tracks, expected those of --particle {config.particle}")
    parts = data.split(data.load(file, config.events), config.seed)
    number, least = len(parts["train"]["P"]), _at_once(config)
    if number < least:
        raise InputError(f"{number} tracks to train on, expected at least {least}, for one update of the generator")
    return parts


def source(config):
    """The file of the tracks of `config`; simulated if it is not there yet."""
    return config.data or data.default(config.particle, config.sample, config.events)


def batches(config, system, tracks):
    """What the networks see of training tracks; coordinates of tracks without RICH information are nothing to learn."""
    told, used = system.told(tracks), system.used(tracks)
    weight = (tracks["weight"] / tracks["weight"].mean(dtype=np.float64)).astype(np.float32)[:, None]
    arrays = {"coordinates": system.forward(tracks), "told": told, "used": used, "weight": weight}
    if config.lambda_score_single:
        arrays["dlls"] = data.matrix(tracks)
    rows = used.any(axis=1)
    arrays = {name: values[rows] for name, values in arrays.items()}
    return Batches(arrays, _at_once(config), config.seed, length=config.iterations_per_epoch)


def build(config, system, events):
    """The trainer of `config`, for `events` training tracks, and the network that counts: generator or average."""
    told = len(CONDITIONS) + system.labels
    form = ours.generator if config.residual else model.generator
    generator = form(system.size, told, config.latent_size, config.depth, config.width)
    critic = model.critic(system.size + told, config.depth, config.width, config.critic_size)
    step: list = []  # the trainer's count of batches, once there is one
    singles = (ours.back(system), system.single) if config.lambda_score_single else None
    critic_losses, generator_loss = losses(config, generator, critic, lambda: step[0], singles)
    trained = [(generator, 1)]
    updates = [Update(generator, generator_loss)]
    if config.adversary:
        trained.insert(0, (critic, config.critic_steps))
        updates = [Update(critic, loss) for loss in critic_losses] + updates
    trainer = Trainer(
        optimizers=[(network, _optimizer(config, events, repeats)) for network, repeats in trained],
        updates=updates,
        average=generator,
        momentum=config.average,
        opponent_first=config.opponent_first,
        seed=config.seed,
    )
    step.append(trainer.batches)
    return trainer, trainer.averaged


def losses(config, generator, critic, step, singles=None):
    """(losses of the critic, one for each update; loss of the generator), as zoo.training.trainer.Update wants them.

    Those of losses.py, after `step()` updates of the generator, and the scores of ours.py, which explains `singles`. A
    batch holds new tracks for every update.
    """

    def rows(batch, i):
        return {name: values[i * config.batch_size : (i + 1) * config.batch_size] for name, values in batch.items()}

    def generate(batch, seeds):
        z = backend.normal((config.batch_size, config.latent_size), seeds)
        return generator({"z": z, "told": batch["told"]}, training=True) * batch["used"]

    def critic_loss(i):
        def loss(batch, seeds):
            batch = rows(batch, i)
            generated, again = (ops.stop_gradient(generate(batch, seeds)) for _ in range(2))
            return paper.critic(config, critic, batch, generated, again, step(), seeds)

        return loss

    def generator_loss(batch, seeds):
        batch = rows(batch, config.critic_steps if config.adversary else 0)
        sets = [batch["coordinates"], generate(batch, seeds), generate(batch, seeds)]
        terms = paper.generator(critic, batch, sets) if config.adversary else {}
        return terms | ours.scores(config, batch, sets, singles)

    return [critic_loss(i) for i in range(config.critic_steps)], generator_loss


def _at_once(config):
    """The tracks that an update of the generator takes, with those of the critic, if there is one, before it."""
    return config.batch_size * (1 + (config.critic_steps if config.adversary else 0))


def _optimizer(config, events, repeats):
    """The optimiser of a network that is updated `repeats` times for each update of the generator."""
    if config.cosine:
        rate = keras.optimizers.schedules.CosineDecay(
            config.learning_rate, repeats * config.epochs * config.iterations_per_epoch
        )
    else:
        # A pass over the training tracks takes so many updates of the generator.
        each_pass = events / (config.batch_size * (1 + config.critic_steps))
        steps = config.decay_steps or config.decay_passes * each_pass
        rate = keras.optimizers.schedules.ExponentialDecay(config.learning_rate, repeats * steps, 0.98)
    return {"rmsprop": keras.optimizers.RMSprop, "adam": keras.optimizers.Adam}[config.optimizer](rate)


def card(config, parts):
    """What zoo.Generator needs to know of a model of `config`; weights/NAME/card.json adds where it comes from."""
    ranges = {}
    for name in CONDITIONS:
        values = parts["train"][name]
        ranges[name] = [float(values.min()), float(values.max())]
    return {
        "name": config.name,
        "latent": {"z": config.latent_size, **COORDINATES[config.coordinates].noise},
        "conditions": {name: {"unit": UNITS[name], "range": ranges[name], "shape": []} for name in CONDITIONS},
        "outputs": {name: {"shape": [], "unit": ""} for name in DLLS},
    }
