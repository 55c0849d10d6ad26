"""Adversarial training of the MFC CGAN."""

import keras
from keras import ops

from reproductions.mfc_cgan import coordinates, data, model, observables
from reproductions.mfc_cgan import losses as paper
from reproductions.mfc_cgan.constants import AT_ONCE, FEATURES
from zoo import backend
from zoo.errors import InputError
from zoo.generator import Generator, read_model
from zoo.losses import zero_centred_penalty
from zoo.training import runs
from zoo.training.batches import Batches
from zoo.training.trainer import Trainer, Update


def train(config, scored=None, parts=None):
    """Train as `config` says, into the folder ``config.folder``; the best generator by its score, as a zoo Generator.

    ``scored(epoch, score)``, if given, is called after each score; what it raises ends the training.
    `parts` is what `load` gives. Writes what zoo.training.runs lists. Raises InputError for data that cannot be used,
    for a folder that holds another run, and for a ``config.start`` that holds none of these networks.
    """
    parts = parts or load(config)
    _check_start(config)
    history = runs.begin(config)
    keras.utils.set_random_seed(config.seed)
    system = choose_coordinates(config, parts["train"])
    arrays = {"coordinates": system.forward(parts["train"]), "beam_energy": parts["train"]["beam_energy"][:, None]}
    batches = Batches(arrays, config.batch_size, config.seed, length=config.iterations_per_epoch)
    trainer, trained = build(config, system.size, len(batches))
    inference = model.events(trained, system)
    validation = parts["validation"]
    generator = Generator(inference, card(config, parts))

    def score():
        beam = validation["beam_energy"]
        generated = generator.sample(len(beam), config.seed, batch_size=AT_ONCE, beam_energy=beam)
        value = observables.score({"beam_energy": beam, **generated}, validation).value
        if scored:
            scored(int(trainer.batches) // len(batches), value)
        return value

    runs.fit(trainer, batches, config, history, score, inference, config.start)
    return Generator(read_model(config.folder / runs.BEST), generator.card)


def load(config):
    """The events, split; those of the energy ``config.without`` are neither in "train" nor in "validation".

    In "test" are then those of that energy alone.
    """
    events = data.load(source(config), config.events)
    found = data.energies(events)
    if config.without is not None and not found[0] < config.without < found[-1]:
        raise InputError(f"--without is {config.without:g}, expected one between {found[0]:g} and {found[-1]:g} GeV")
    if config.without is not None and config.without not in found:
        raise InputError(f"--without is {config.without:g}, expected one of {', '.join(f'{e:g}' for e in found)} GeV")
    parts = data.split(events, config.seed)
    if config.without is not None:
        for name, part in parts.items():
            left_out = part["beam_energy"] == config.without
            parts[name] = data.take(part, left_out if name == "test" else ~left_out)
    if len(data.energies(parts["train"])) < 2:
        raise InputError("events of one beam energy to train on, expected at least two")
    if len(parts["train"]["beam_energy"]) < config.batch_size:
        raise InputError(
            f"{len(parts['train']['beam_energy'])} events to train on, "
            f"expected at least one batch of {config.batch_size}"
        )
    return parts


def source(config):
    """The file of the events of `config`; made if it is not there yet."""
    return config.data or data.default(config.events)


def _check_start(config):
    """Raises InputError if the run that `config` starts from has learnt from the energy that this one leaves out."""
    if config.start and (config.start / runs.CONFIG).exists():
        before = runs.read_config(config.start, type(config)).without
        if before != config.without:
            trained = f"without {before:g} GeV" if before else "on all beam energies"
            raise InputError(f"{config.start}: was trained {trained}, expected the --without of this run")


def choose_coordinates(config, events):
    """The coordinates of `config`, fitted to training events."""
    if config.coordinates == "kinematic":
        return coordinates.Kinematic(events, data.carrier_mass(source(config)))
    return coordinates.Paper(events, config.coordinates)


def build(config, size, length):
    """The trainer of `config` in `size` coordinates, with epochs of `length` batches, and the network that counts.

    That is the generator or its average.
    """
    shape = (
        size,
        config.latent_size,
        config.generator_widths,
        config.activation,
        config.normalisation,
        config.residual,
    )
    generator = model.generator(*shape)
    discriminator = model.discriminator(
        size,
        config.discriminator_widths,
        config.activation,
        config.normalisation,
        config.judge_energy,
        regress=config.lambda_energy > 0,
    )
    discriminator_loss, generator_loss = losses(config, generator, discriminator)
    repeat = config.critic_steps if config.loss == "wasserstein" else 1

    def rmsprop(rate, updates):
        if config.decay < 1:
            rate = keras.optimizers.schedules.ExponentialDecay(rate, updates * length, config.decay, staircase=True)
        return keras.optimizers.RMSprop(rate)

    trainer = Trainer(
        optimizers=[
            (discriminator, rmsprop(config.discriminator_learning_rate, repeat)),
            (generator, rmsprop(config.generator_learning_rate, 1)),
        ],
        updates=[Update(discriminator, discriminator_loss)] * repeat + [Update(generator, generator_loss)],
        average=generator,
        momentum=config.average,
        opponent_first=config.opponent_first,
        seed=config.seed,
    )
    return trainer, trainer.averaged


def losses(config, generator, discriminator):
    """(loss of the discriminator, loss of the generator), as zoo.training.trainer.Update wants them."""

    def generate(batch, seeds):
        z = backend.normal((ops.shape(batch["beam_energy"])[0], config.latent_size), seeds)
        return generator({"z": z, "beam_energy": batch["beam_energy"]}, training=True)

    def judge(coordinates, energy):
        inputs = {"coordinates": coordinates} | ({"beam_energy": energy} if config.judge_energy else {})
        return discriminator(inputs, training=True)

    def discriminator_loss(batch, seeds):
        real, energy = batch["coordinates"], batch["beam_energy"]
        generated = ops.stop_gradient(generate(batch, seeds))

        def judged(x):
            return judge(x, energy)

        terms = paper.discriminator(config, judged, real, generated, energy, seeds)
        if config.loss != "wasserstein" and config.lambda_zero:  # not the paper's
            terms["gradient"] = config.lambda_zero * zero_centred_penalty(lambda x: judged(x)["real"], real)
        return terms

    def generator_loss(batch, seeds):
        energy = batch["beam_energy"]
        return paper.generator(config, judge(generate(batch, seeds), energy), energy)

    return discriminator_loss, generator_loss


def card(config, parts):
    """What zoo.Generator needs to know of a model of `config`; weights/NAME/card.json adds where it comes from."""
    energies = data.energies(parts["train"])
    return {
        "name": config.name,
        "latent": {"z": config.latent_size},
        "conditions": {"beam_energy": {"unit": "GeV", "range": [min(energies), max(energies)], "shape": []}},
        "outputs": {name: {"shape": [], "unit": "" if name.endswith("eta") else "GeV"} for name in FEATURES},
    }
