"""Adversarial training of CaloGAN (arXiv:1705.02355, sections 4.2 and 4.3)."""

import csv
import dataclasses
import json
import math

import keras
import numpy as np
from keras import ops

from reproductions.calogan import data, evaluate, model
from zoo.data.files import atomic
from zoo.errors import InputError
from zoo.generator import Generator
from zoo.losses import cross_entropy
from zoo.training import backend
from zoo.training.batches import Batches
from zoo.training.callbacks import Checkpoint, EpochMeans, Progress, Score
from zoo.training.gan import GAN, Update


def train(config):
    """Train as `config` says, into the folder ``config.folder``; the best generator by its score as a Generator.

    Writes config.json, checkpoint.weights.h5 (everything that --resume needs), history.csv, tensorboard/ and
    best.keras. Raises InputError for data that cannot be used and for a folder that holds another run.
    """
    folder = config.folder
    parts = load(config)
    first, best = _prepare(folder, config)
    keras.utils.set_random_seed(config.seed)
    keras.config.set_dtype_policy(config.precision)
    gan, trained = build(config)
    if first:
        gan.load_weights(folder / "checkpoint.weights.h5")
    inference = model.folded(config.latent_size, len(config.particle), config.attention)
    generator = Generator(inference, card(config))
    validation = parts["validation"]

    def score():
        model.fold(trained, inference)
        conditions = {name: validation[name] for name in generator.conditions}
        return evaluate.score(
            generator.sample(len(validation["energy"]), seed=config.seed, **conditions), validation
        ).value

    def save_best():
        with atomic(folder / "best.keras") as temporary:
            inference.save(temporary)

    gan.compile(jit=config.jit)
    gan.fit(
        Batches(in_gev(parts["train"]), config.batch_size, config.seed, first, flipped if config.flips else None),
        epochs=config.epochs,
        initial_epoch=first,
        verbose=0,
        callbacks=[
            EpochMeans(),
            Score(score, config.score_every, save_best, best),
            Progress(first),
            keras.callbacks.CSVLogger(folder / "history.csv", append=first > 0),
            *backend.logging_callbacks(folder / "tensorboard"),
            Checkpoint(folder / "checkpoint.weights.h5"),
        ],
    )
    inference.load_weights(folder / "best.keras")
    return generator


def load(config):
    """The showers of all particles as {"train", "validation", "test"}; with several, ``particle`` (n,) is their index."""
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


def build(config):
    """The GAN of `config`, and the network whose showers count: the generator or its average."""
    shape = config.latent_size, len(config.particle), config.attention
    generator, discriminator = model.generator(*shape), model.discriminator(len(config.particle))
    average = model.generator(*shape) if config.average else None
    discriminator_step, generator_step = losses(config, generator, discriminator)
    gan = GAN(
        optimizers=[
            (discriminator, keras.optimizers.Adam(config.discriminator_learning_rate, config.beta_1)),
            (generator, keras.optimizers.Adam(config.generator_learning_rate, config.beta_1)),
        ],
        # A batch is all real or all generated: minibatch discrimination and batch normalisation look at all of it.
        updates=[Update(discriminator, step) for step in discriminator_step]
        + [Update(generator, generator_step)] * config.generator_steps,
        averages={generator: average} if average else None,
        momentum=config.average,
        seed=config.seed,
    )
    return gan, average or generator


def losses(config, generator, discriminator):
    """((loss on real showers, loss on generated ones), loss of the generator), as zoo.training.gan.Update wants them.

    Cross-entropy, plus lambda_E <|E - E_tot|>: the paper counts that term for the discriminator too, where it is constant.
    """
    particles = len(config.particle)

    def generate(batch, seeds):
        size = ops.shape(batch["energy"])[0]
        inputs = {
            "z": keras.random.normal((size, config.latent_size), seed=seeds),
            "energy": keras.random.uniform((size, 1), 1.0, 100.0, seed=seeds),
        }
        if particles > 1:
            inputs["particle"] = keras.random.randint((size, 1), 0, particles, seed=seeds)
        return inputs, generator(inputs, training=True)

    def judge(name, images, energy, real, particle=None):
        outputs = discriminator({**images, "energy": energy}, training=True)
        terms = {name: cross_entropy(outputs["real"], real)}
        if particles > 1:
            errors = keras.losses.sparse_categorical_crossentropy(particle, outputs["particle"], from_logits=True)
            terms[f"{name}_particle"] = config.lambda_particle * ops.mean(errors)
        return terms

    def real(batch, seeds):
        images = {name: batch[name] for name in data.SHAPES}
        return judge("real", images, batch["energy"], True, batch.get("particle"))

    def generated(batch, seeds):
        inputs, images = generate(batch, seeds)
        images = {name: ops.stop_gradient(image) for name, image in images.items()}
        particle = inputs.get("particle")
        if particles > 1:
            wrong = keras.random.uniform(ops.shape(particle), seed=seeds) < config.flip_particle
            other = (particle + keras.random.randint(ops.shape(particle), 1, particles, seed=seeds)) % particles
            particle = ops.where(wrong, other, particle)
        return judge("generated", images, inputs["energy"], False, particle)

    def trick(batch, seeds):
        inputs, images = generate(batch, seeds)
        total = sum(ops.sum(image, axis=(1, 2)) for image in images.values())
        error = ops.mean(ops.abs(inputs["energy"][:, 0] - total))
        terms = judge("trick", images, inputs["energy"], True, inputs.get("particle"))
        return {**terms, "energy": config.lambda_energy * error}

    return (real, generated), trick


def in_gev(showers):
    """Showers as the networks see them: images in GeV, one column of energies and of particles."""
    return {name: values / 1000.0 if name in data.SHAPES else values[:, None] for name, values in showers.items()}


def flipped(batch, rng):
    """`batch` with each shower mirrored or not in both transverse axes, at random: the set-up is symmetric in both."""
    batch = dict(batch)
    for axis in (1, 2):
        mirror = rng.random(len(batch["energy"])) < 0.5
        for name in data.SHAPES:
            batch[name] = np.where(mirror[:, None, None], np.flip(batch[name], axis), batch[name])
    return batch


def card(config):
    """What zoo.Generator needs to know of a model of `config`; weights/NAME/card.json adds where it comes from."""
    conditions = {"energy": {"unit": "GeV", "range": [1, 100], "shape": []}}
    if len(config.particle) > 1:
        kinds = ", ".join(f"{index} {name}" for index, name in enumerate(config.particle))
        conditions["particle"] = {"unit": f"({kinds})", "range": [0, len(config.particle) - 1], "shape": []}
    return {
        "name": config.name,
        "latent": {"z": config.latent_size},
        "conditions": conditions,
        "outputs": {name: {"shape": list(shape), "unit": "MeV"} for name, shape in data.SHAPES.items()},
    }


def _prepare(folder, config):
    """Make `folder` for a new run, or check that `config` continues the run in it: (first epoch, best score so far)."""
    settings = json.dumps(dataclasses.asdict(config), indent=1, default=str)
    free = {"resume", "epochs", "out", "jit", "score_every"}
    history = folder / "history.csv"
    if config.resume:
        if not (folder / "checkpoint.weights.h5").exists():
            raise InputError(f"{folder}: holds no checkpoint, expected a run to resume")
        before = json.loads((folder / "config.json").read_text())
        changed = [name for name, value in json.loads(settings).items() if name not in free and before[name] != value]
        if changed:
            raise InputError(f"{folder}: was trained with another {', '.join(changed)}; see its config.json")
        with history.open() as file:
            rows = list(csv.DictReader(file))
        return len(rows), min((float(row["score"]) for row in rows if row["score"] != "nan"), default=math.inf)
    if history.exists():
        raise InputError(f"{folder}: holds a run already; continue it with --resume or name another folder with --out")
    folder.mkdir(parents=True, exist_ok=True)
    with atomic(folder / "config.json") as temporary:
        temporary.write_text(settings + "\n")
    return 0, math.inf
