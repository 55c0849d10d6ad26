"""Adversarial training of CaloGAN (arXiv:1705.02355, sections 4.2 and 4.3)."""

import csv
import dataclasses
import json
import math
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import keras
import numpy as np
from keras import ops

from reproductions.calogan import data, evaluate, model
from reproductions.calogan.config import Config
from zoo.data.files import atomic
from zoo.errors import InputError
from zoo.generator import Generator, read_model
from zoo.losses import cross_entropy
from zoo.training import backend
from zoo.training.batches import Batches
from zoo.training.callbacks import Checkpoint, EpochLogs, History, Progress, Score
from zoo.training.gan import GAN, Update

# Fields that say how much and where, and change nothing in the recipe.
NOT_PHYSICS = ("particle", "data", "events", "epochs", "seed", "score_every", "jit")


def train(config):
    """Train as `config` says, into the folder ``config.folder``; the best generator by its score, as a zoo Generator.

    Writes config.json, checkpoint.weights.h5 (all that --resume needs), history.csv, tensorboard/ and best.keras.
    Raises InputError for data that cannot be used and for a folder that holds another run.
    """
    folder = config.folder
    parts = load(config)
    history = _prepare(folder, config)
    keras.utils.set_random_seed(config.seed)
    inference = model.folded(config.latent_size, len(config.particle), config.attention)
    with precision(config.precision):
        gan, trained = build(config)
    if config.resume:
        gan.load_weights(folder / "checkpoint.weights.h5")
    first = int(gan.batches) // (len(parts["train"]["energy"]) // config.batch_size)
    # A run killed between the two files has logged one epoch more than it has saved.
    history = history[:first]
    best = min((float(row["score"]) for row in history if row["score"] != "nan"), default=math.inf)
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
        shuffle=False,  # Batches shuffles; Keras would draw the order of the batches from a state that nobody saves
        verbose=0,
        callbacks=[
            EpochLogs(),
            Score(score, config.score_every, save_best, best),
            Progress(first),
            History(folder / "history.csv", history),
            *backend.callbacks(folder / "tensorboard"),
            Checkpoint(folder / "checkpoint.weights.h5"),
        ],
    )
    return Generator(read_model(folder / "best.keras"), card(config))


@contextmanager
def precision(policy):
    """Networks built in this block compute in `policy`, "float32" or "mixed_bfloat16"; their weights are float32."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


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

    Cross-entropy, plus lambda_E <|E - E_tot|> for the generator; the paper adds it for the discriminator too, where it
    is constant.
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
        # In mixed precision the images come in bfloat16, too coarse to add energies up.
        images = generator(inputs, training=True)
        return inputs, {name: ops.cast(image, "float32") for name, image in images.items()}

    def judge(name, images, energy, real, particle=None):
        outputs = discriminator({**images, "energy": energy}, training=True)
        outputs = {key: ops.cast(logits, "float32") for key, logits in outputs.items()}
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


def compare(generator, config):
    """Evaluate `generator` on the held-out showers of each particle; writes to config.folder and prints the tables."""
    parts = load(config)
    for index, particle in enumerate(config.particle):
        sample, own, out = generator.sample, parts, config.folder
        if len(config.particle) > 1:
            sample, out = partial(sample, particle=index), out / particle
            own = {name: data.take(part, part["particle"] == index) for name, part in parts.items()}
        print(evaluate.format_table(evaluate.evaluate(sample, own, particle, out, config.seed)))
        print(f"\nFigures, metrics.json and distributions.h5 are in {out}")


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


def read_config(folder):
    """The Config of the run in `folder`."""
    values = json.loads((folder / "config.json").read_text())
    values["particle"] = tuple(values["particle"])
    values["data"] = tuple(map(Path, values["data"])) if values["data"] else None
    return Config(**{**values, "out": folder})


def read_history(folder):
    """The losses, scores and costs of the run in `folder`, one dict of strings an epoch."""
    with (folder / "history.csv").open() as file:
        return list(csv.DictReader(file))


def deviations(config):
    """What `config` does differently from the paper, {name: value}."""
    return {name: value for name, value in _changed(config).items() if name not in NOT_PHYSICS}


def flags(config):
    """The command-line flags that make `config`, file names without their folders."""
    words = []
    for name, value in _changed(config).items():
        flag = name.replace("_", "-")
        if isinstance(value, bool):
            words.append(f"--{flag}" if value else f"--no-{flag}")
        else:
            words.append(f"--{flag}")
            words += [
                Path(v).name if name == "data" else str(v) for v in (value if isinstance(value, tuple) else [value])
            ]
    return words


def _changed(config):
    values = {field.name: (getattr(config, field.name), field.default) for field in dataclasses.fields(config)}
    return {
        name: value for name, (value, default) in values.items() if value != default and name not in ("out", "resume")
    }


def _prepare(folder, config):
    """Make `folder` for a new run, or check that `config` continues the run in it; the history of that."""
    settings = json.dumps(dataclasses.asdict(config), indent=1, default=str)
    free = {"resume", "epochs", "out", "jit", "score_every"}
    if config.resume:
        if not (folder / "checkpoint.weights.h5").exists():
            raise InputError(f"{folder}: holds no checkpoint, expected a run to resume")
        before = json.loads((folder / "config.json").read_text())
        changed = [name for name, value in json.loads(settings).items() if name not in free and before[name] != value]
        if changed:
            raise InputError(f"{folder}: was trained with another {', '.join(changed)}; see its config.json")
        return read_history(folder)
    if (folder / "history.csv").exists():
        raise InputError(f"{folder}: holds a run already; continue it with --resume or name another folder with --out")
    folder.mkdir(parents=True, exist_ok=True)
    with atomic(folder / "config.json") as temporary:
        temporary.write_text(settings + "\n")
    return []
