"""Adversarial training of top pairs with the MMD of resonance masses (arXiv:1907.03764, section 2)."""

import keras
import numpy as np
from keras import ops

from reproductions.top_pair_gan import data, imitation, model, observables, phase_space
from reproductions.top_pair_gan import losses as paper
from reproductions.top_pair_gan.config import Config
from reproductions.top_pair_gan.constants import MASSES, SLOTS
from zoo import backend
from zoo.errors import InputError
from zoo.generator import Generator, read_model
from zoo.losses import KERNELS, MeanEmbedding
from zoo.observables import four_vectors
from zoo.training import runs
from zoo.training.batches import Batches
from zoo.training.trainer import Trainer, Update

SCORED = 60_000  # events compared with as many of the validation for a score


def train(config: Config, parts=None) -> Generator:
    """Train as `config` says, into the folder ``config.folder``; the best generator by its score, as a zoo Generator.

    `parts` is what `load` gives. Raises InputError for data that cannot be used and for a folder that holds another
    run.
    """
    parts = parts or load(config)
    history = runs.begin(config)
    batch = seen(parts["train"], config)
    quantiles = phase_space.quantiles(batch["features"][:, : phase_space.COORDINATES]) if config.mapping else None
    keras.utils.set_random_seed(config.seed)
    trainer, trained = build(config, quantiles, embeddings(config, batch["masses"]))
    inference = model.generator(config.units, config.depth, config.mapping, pseudorapidities=config.pseudorapidities)
    generator = Generator(inference, card(config, parts))
    validation = parts["validation"][:SCORED]

    def score():
        inference.set_weights(trained.get_weights())
        return observables.score(generator.sample(len(validation), seed=config.seed)["p4"], partons(validation)).value

    batches = Batches(batch, config.batch_size, config.seed, length=config.iterations_per_epoch)
    runs.fit(trainer, batches, config, history, score, inference, config.start)
    return Generator(read_model(config.folder / runs.BEST), generator.card)


def load(config):
    """The momenta of the events of `config`, split, (n, 6, 3) each."""
    parts = data.split(data.load(config.data, config.events), config.seed)
    if len(parts["train"]) < config.batch_size:
        raise InputError(
            f"{len(parts['train'])} events to train on, expected at least one batch of {config.batch_size}"
        )
    return parts


def source(config):
    """The file of the events of `config`; Pythia's sample is made if it is not there yet."""
    return data.source(config.data, config.events)


def partons(p3):
    """Momenta (n, 6, 3) as four-vectors (n, 6, 4), float32."""
    return four_vectors.on_shell(p3, MASSES).astype(np.float32)


def seen(p3, config, chunk=50_000):
    """What a batch holds of real events: what the discriminator sees of them, and the masses of the resonances."""
    found: dict[str, list] = {"features": [], "masses": []}
    for start in range(0, len(p3), chunk):
        p4 = ops.convert_to_tensor(partons(p3[start : start + chunk]))
        found["features"].append(ops.convert_to_numpy(features(p4, config)))
        found["masses"].append(ops.convert_to_numpy(phase_space.masses(p4)))
    return {name: np.concatenate(values) for name, values in found.items()}


def features(p4, config):
    """Events (n, 6, 4) as the discriminator of `config` sees them."""
    return model.features(p4, config.mapping, config.correlations, config.discriminator_scale, config.pseudorapidities)


def embeddings(config, masses):
    """Of each resonance the mean embedding of the training events' `masses` (n, 4), or None where the batch serves."""
    if not (config.lambda_mmd and config.whole_truth):
        return None
    kernel = KERNELS[config.kernel]
    return [
        MeanEmbedding(column, kernel, widths)
        for column, widths in zip(masses.T, paper.kernel_widths(config), strict=True)
    ]


def build(config, quantiles=None, embeddings=None):
    """The trainer of `config`, and the network whose events count: the generator or its average.

    `quantiles` are those of the training events, for the mapping; without them they are flat. `embeddings`: see there.
    """
    shape = config.units, config.depth, config.mapping
    generator = model.generator(*shape, quantiles, config.pseudorapidities, config.generator_weights)
    discriminator = model.discriminator(*shape, config.correlations, config.discriminator_weights)
    if config.teacher:
        updates = [Update(generator, imitated(config, generator, embeddings))]
    else:
        discriminator_loss, generator_loss = losses(config, generator, discriminator, embeddings)
        updates = [Update(discriminator, discriminator_loss), Update(generator, generator_loss)]

    def adam(share=1.0):
        schedule = keras.optimizers.schedules.InverseTimeDecay(
            config.learning_rate * share, config.iterations_per_epoch, config.inverse_time_decay
        )
        return keras.optimizers.Adam(schedule, config.beta_1, config.beta_2)

    trainer = Trainer(
        optimizers=[(discriminator, adam(config.discriminator_rate)), (generator, adam())],
        updates=updates,
        average=generator,
        momentum=config.average,
        opponent_first=config.opponent_first,
        seed=config.seed,
    )
    return trainer, trainer.averaged


def imitated(config, generator, embeddings=None):
    """The loss of a generator that learns from the teacher of `config`, as zoo.training.trainer.Update wants it."""
    teacher = imitation.teacher(config.teacher)

    def loss(batch, seeds):
        z = backend.normal((ops.shape(batch["features"])[0], imitation.NOISE), seeds)
        taught = ops.stop_gradient(teacher({"z": imitation.noise(z)})["p4"])
        made = generator({"z": z})["p4"]
        return imitation.losses(made, taught) | mmd(config, made, batch, embeddings)

    return loss


def losses(config, generator, discriminator, embeddings=None):
    """(loss of the discriminator, loss of the generator), as zoo.training.trainer.Update wants them.

    With `embeddings` the MMD is the unbiased one to them, not the biased one to the masses of the batch.
    """
    regularised = max(1, round(config.regularised * config.batch_size))

    def generate(batch, seeds):
        size = ops.shape(batch["features"])[0]
        return generator({"z": backend.normal((size, generator.input["z"].shape[1]), seeds)})["p4"]

    def judge(x):
        logits, gradients = backend.input_gradients(discriminator, x[:regularised])
        if regularised < config.batch_size:
            logits = ops.concatenate([logits, discriminator(x[regularised:])])
        return logits, gradients

    def discriminator_loss(batch, seeds):
        generated = ops.stop_gradient(features(generate(batch, seeds), config))
        return paper.discriminator(config, judge, batch["features"], generated)

    def generator_loss(batch, seeds):
        p4 = generate(batch, seeds)
        return paper.generator(discriminator(features(p4, config))) | mmd(config, p4, batch, embeddings)

    return discriminator_loss, generator_loss


def mmd(config, p4, batch, embeddings=None):
    """The MMD of the resonances' masses in generated events `p4`, with its weight; nothing if it has none."""
    if not config.lambda_mmd:
        return {}
    masses = phase_space.masses(p4)
    if embeddings:
        distance = sum(one.squared_mmd(masses[:, i], config.mmd_events) for i, one in enumerate(embeddings))
    else:
        distance = paper.mmd(config, masses[: config.mmd_events], batch["masses"][: config.mmd_events])
    return {"mmd": config.lambda_mmd * distance}


def card(config, parts):
    """What zoo.Generator needs to know of a model of `config`; weights/NAME/card.json adds where it comes from."""
    return {
        "name": config.name,
        "latent": {"z": phase_space.COORDINATES if config.mapping else 18},
        "conditions": {},
        "outputs": {"p4": {"shape": [6, 4], "unit": "GeV", "axes": [", ".join(SLOTS), "E, px, py, pz"]}},
    }
