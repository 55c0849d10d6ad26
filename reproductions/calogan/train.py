"""Adversarial training of CaloGAN (arXiv:1705.02355, sections 4.2 and 4.3)."""

from functools import partial

import keras
import numpy as np
from keras import ops

from reproductions.calogan import data, model, observables, shapes
from zoo import registry
from zoo.data.files import atomic, sha256
from zoo.errors import InputError
from zoo.generator import Generator, read_model
from zoo.losses import cross_entropy
from zoo.observables import calorimeter
from zoo.training import runs
from zoo.training.batches import Batches
from zoo.training.trainer import Trainer, Update

WEIGHTS = "generator.keras"  # of a released model
ENERGIES = "energies.keras"  # in the folder of a run, with --normalised
ENERGY_BATCH, ENERGY_RATE, ENERGY_UPDATES = 512, 2e-3, 15_000
LEAK = 0.01  # of cells that are empty, while a folded generator trains


def train(config, parts=None):
    """Train as `config` says, into the folder ``config.folder``; the best generator by its score, as a zoo Generator.

    `parts` is what `load` gives. Writes what zoo.training.runs lists. Raises InputError for data that cannot be used
    and for a folder that holds another run.
    """
    parts = parts or load(config)
    if _released(config.start):
        _check_released(config)
    history = runs.begin(config, (runs.CHECKPOINT, WEIGHTS))
    keras.utils.set_random_seed(config.seed)
    form = partial(model.folded, energies="drawn" if config.normalised else None)
    inference = form(config.latent_size, len(config.particle), config.attention)
    augment = flipped if config.flips else None
    batches = Batches(in_gev(parts["train"]), config.batch_size, config.seed, augment)
    trainer, trained = build(config, parts["train"], len(batches))
    energies = trained_energies(config, parts["train"]) if config.normalised else None
    generator = Generator(inference, card(config, parts))
    validation = parts["validation"]
    conditions = {name: validation[name] for name in generator.conditions}

    def score():
        if config.folded:
            for network in (trained, energies) if config.normalised else (trained,):
                model.transfer(network, inference)
        else:
            model.fold(trained, inference)
        showers = generator.sample(len(validation["energy"]), seed=config.seed, **conditions)
        return observables.score(showers, validation).value

    runs.fit(trainer, batches, config, history, score, inference, None if _released(config.start) else config.start)
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


def trained_energies(config, showers):
    """A network that draws the layers' energies, trained by their energy score, or read where a run resumes."""
    path = config.folder / ENERGIES
    if config.resume:
        return read_model(path)
    print(f"trains the network of the layers' energies, {ENERGY_UPDATES:,} updates", flush=True)
    network = model.layer_energies()
    size = min(ENERGY_BATCH, len(showers["energy"]))

    def loss(batch, seeds):
        def draw():
            noise = keras.random.normal((size, model.ENERGY_NOISE), seed=seeds)
            return network({"energy_noise": noise, "energy": batch["energy"]})

        return {"layer_energies": shapes.layer_energy_score(batch["energy"], batch["layers"], draw(), draw())}

    showers = in_gev(showers)
    layers = calorimeter.layer_energies(showers).astype(np.float32)
    rate = keras.optimizers.schedules.CosineDecay(ENERGY_RATE, ENERGY_UPDATES)
    trainer = Trainer(
        optimizers=[(network, keras.optimizers.Adam(rate))],
        updates=[Update(network, loss)],
        average=network,
        momentum=0.999,
        seed=config.seed,
    )
    trainer.compile(config.jit)
    batches = Batches({"energy": showers["energy"], "layers": layers}, size, config.seed, length=ENERGY_UPDATES)
    trainer.fit(batches, shuffle=False, verbose=0)
    with atomic(path) as temporary:
        trainer.averaged.save(temporary)
    return trainer.averaged


def build(config, showers, batches=1):
    """The trainer of `config` and the network whose showers count, the generator or its average.

    `showers` are those to train on, `batches` as many as an epoch has: by them learning rates fall.
    """
    shape = config.latent_size, len(config.particle), config.attention
    form = model.generator
    if config.folded:
        form = partial(model.folded, rows_per_block=3, leak=LEAK, energies="given" if config.normalised else None)
    generator, discriminator = form(*shape), model.discriminator(len(config.particle))
    if _released(config.start):
        released = read_model(config.start / WEIGHTS)
        with runs.same_form(config.start):
            model.transfer(released, generator)
    elif config.normalised:
        model.set_units(generator, showers)
    discriminator_step, generator_step = losses(config, generator, discriminator)

    def adam(rate, updates):
        if config.cosine:
            rate = keras.optimizers.schedules.CosineDecay(rate, config.epochs * batches * updates)
        return keras.optimizers.Adam(rate, config.beta_1)

    trainer = Trainer(
        optimizers=[
            (discriminator, adam(config.discriminator_learning_rate, 2)),
            (generator, adam(config.generator_learning_rate, config.generator_steps)),
        ],
        # A batch is all real or all generated: minibatch discrimination and batch normalisation look at all of it.
        updates=[Update(discriminator, step) for step in discriminator_step if config.adversary]
        + [Update(generator, generator_step)] * config.generator_steps,
        average=generator,
        momentum=config.average,
        seed=config.seed,
    )
    return trainer, trainer.averaged


def losses(config, generator, discriminator):
    """((loss on real showers, loss on generated ones), loss of the generator), for zoo.training.trainer.Update.

    Cross-entropy, plus lambda_E <|E - E_tot|> for the generator; the paper adds it for the discriminator too, where it
    is constant. With ``lambda_shapes`` also the distance of the shower shapes to those of the batch, and with
    ``lambda_score`` the energy score of its cells, for which the energies of the batch are asked for. See shapes.py.
    """
    particles = len(config.particle)
    gev = 1e-3 if config.folded else 1.0  # of the generator's unit

    def generate(batch, seeds, energy=None):
        size = ops.shape(batch["energy"])[0]
        if config.normalised:
            energy = batch["energy"]  # to which its layers' energies belong
        if energy is None:
            energy = keras.random.uniform((size, 1), 1.0, 100.0, seed=seeds)
        inputs = {"z": keras.random.normal((size, config.latent_size), seed=seeds), "energy": energy}
        if config.normalised:
            inputs["energies"] = shapes.layer_energies(batch)
        if particles > 1:
            inputs["particle"] = keras.random.randint((size, 1), 0, particles, seed=seeds)
        return inputs, {name: gev * image for name, image in generator(inputs, training=True).items()}

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
        images = {name: ops.stop_gradient(ops.relu(image)) for name, image in images.items()}
        particle = inputs.get("particle")
        if particles > 1:
            wrong = keras.random.uniform(ops.shape(particle), seed=seeds) < config.flip_particle
            other = (particle + keras.random.randint(ops.shape(particle), 1, particles, seed=seeds)) % particles
            particle = ops.where(wrong, other, particle)
        return judge("generated", images, inputs["energy"], False, particle)

    def trick(batch, seeds):
        inputs, cells = generate(batch, seeds, batch["energy"] if config.lambda_score else None)
        images = {name: ops.relu(image) for name, image in cells.items()}
        total = sum(ops.sum(image, axis=(1, 2)) for image in images.values())
        error = ops.mean(ops.abs(inputs["energy"][:, 0] - total))
        terms: dict = {}
        if config.adversary:
            terms |= judge("trick", images, inputs["energy"], True, inputs.get("particle"))
        terms["energy"] = config.lambda_energy * error
        if config.lambda_shapes:
            both = shapes.shapes(images, inputs["energy"]), shapes.shapes(batch, batch["energy"])
            terms["shapes"] = config.lambda_shapes * shapes.shape_distance(*both)
        if config.lambda_score:
            _, again = generate(batch, seeds, batch["energy"])
            terms["cells"] = config.lambda_score * shapes.cell_score(batch, cells, again)
        return terms

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


def _released(start):
    """Whether `start` is a folder of weights/ and not that of a run."""
    return bool(start) and (start / WEIGHTS).exists()


def _check_released(config):
    """Raises InputError if one cannot go on from released weights, or would judge by showers that they have seen."""
    before = registry.read_card(config.start)
    if not config.folded:
        raise InputError(f"{config.start}: holds released weights, expected --folded to go on from them")
    for source in config.data or [data.SAMPLE / f"{particle}.h5" for particle in config.particle]:
        if sha256(source) == before["data"]["sha256"]:
            seed, events = before["training"]["seed"], before["training"].get("events")
            if (config.seed, config.events) != (seed, events):
                raise InputError(
                    f"{config.start}: has learnt from showers of {source} that this run would hold out, "
                    f"expected its seed {seed} and {events or 'all'} showers"
                )
        elif not config.data:
            raise InputError(
                f"{config.start}: may have learnt from showers of the embedded sample, expected --data with showers "
                f"of your own or with {before['data']['name']}, that it was trained on"
            )


def card(config, parts):
    """What zoo.Generator needs to know of a model of `config`; weights/NAME/card.json adds where it comes from."""
    conditions = {"energy": {"unit": "GeV", "range": [1, 100], "shape": []}}
    if len(config.particle) > 1:
        kinds = ", ".join(f"{index} {name}" for index, name in enumerate(config.particle))
        conditions["particle"] = {"unit": f"({kinds})", "range": [0, len(config.particle) - 1], "shape": []}
    return {
        "name": config.name,
        "latent": {"z": config.latent_size} | ({"energy_noise": model.ENERGY_NOISE} if config.normalised else {}),
        "conditions": conditions,
        "outputs": {name: {"shape": list(shape), "unit": "MeV"} for name, shape in data.SHAPES.items()},
    }
