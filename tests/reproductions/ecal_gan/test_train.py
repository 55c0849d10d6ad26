import dataclasses

import keras
import numpy as np
import pytest

from reproductions.ecal_gan import data, model, observables, ours, train
from reproductions.ecal_gan.config import Config
from zoo import backend
from zoo.errors import InputError
from zoo.generator import read_model
from zoo.training import runs

SMALL = Config(
    events=150,
    latent_size=4,
    filters=2,
    batch_size=16,
    critic_steps=1,
    epochs=2,
    iterations_per_epoch=2,
    regressor_epochs=1,
    jit=False,
)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A finished run of two epochs of two batches."""
    config = dataclasses.replace(
        SMALL, average=0.9, mirror=True, metric="surrogate", out=tmp_path_factory.mktemp("run") / "ecal"
    )
    return config, train.train(config)


def tensors(showers):
    return {name: keras.ops.convert_to_tensor(values) for name, values in showers.items()}


def test_run_leaves_everything_behind(run):
    config, generator = run
    files = {path.name for path in config.folder.iterdir()}
    assert files >= {"config.json", "checkpoint.weights.h5", "history.csv", "best.keras", "regressor.keras"}
    assert runs.read_config(config.folder, Config) == config
    rows = runs.read_history(config.folder)
    assert [int(row["batches"]) for row in rows] == [2, 4]
    names = ("real", "generated", "gradient", "trick", "surrogate", "surrogate_generated", "score")
    assert all(np.isfinite(float(row[name])) for row in rows for name in names)
    made = generator.sample(3, momentum=[1.0, 0, 20], point=[0.0, 0])
    assert made["energy"].shape == (3, 30, 30)


def test_best_generator_is_the_one_with_the_lowest_score(run):
    config, generator = run
    validation = train.load(config)["validation"]
    asked = data.conditions(validation)
    made = generator.sample(len(asked["point"]), config.seed, **asked)
    again = observables.score({**asked, **made}, validation)
    assert again.value == pytest.approx(min(float(row["score"]) for row in runs.read_history(config.folder)), abs=1e-6)


def test_a_run_without_a_critic_is_where_another_starts(tmp_path):
    first = dataclasses.replace(SMALL, adversary=False, lambda_score=1.0, out=tmp_path / "first")
    train.train(first)
    (row, *_) = runs.read_history(first.folder)
    assert {"score", "energy_score", "batches"} < set(row)
    assert "trick" not in row
    start = dataclasses.replace(SMALL, start=first.folder, metric="surrogate", out=tmp_path / "second")
    _, generator = train.build(start, model.regressor(filters=2))
    best = read_model(first.folder / runs.BEST)
    for one, other in zip(generator.get_weights(), best.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_learning_rates_fall_by_epochs():
    config = dataclasses.replace(SMALL, critic_steps=3, learning_rate=0.1, decay=0.5)
    trainer, _ = train.build(config, model.regressor(filters=2))
    for optimizer, updates in zip(trainer.optimizers, (3, 1), strict=True):
        optimizer.iterations.assign(2 * config.iterations_per_epoch * updates)  # after two epochs
        assert float(optimizer.learning_rate) == pytest.approx(0.025)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"metric": "direct"},
        {"metric": "surrogate"},
        {"normalised": True, "aligned": True},
        {"aligned": True, "speckled": True},
    ],
)
def test_gradients_reach_all_weights(showers, changes):
    config = dataclasses.replace(SMALL, **changes, lambda_score=1.0)
    metric = config.metric
    sizes = {"filters": 2}
    generator = ours.generator(**train.shape(config))
    found = model.regressor(**sizes)
    surrogate = model.regressor(2, **sizes) if metric == "surrogate" else None
    critic = model.critic(7 if surrogate else 5, **sizes)
    losses = train.losses(config, generator, critic, found, surrogate)
    batch = tensors(data.take(showers, slice(16)))
    for network, loss in zip((critic, generator, surrogate), losses, strict=True):
        if network is None:
            continue

        def total(loss=loss):
            return sum(loss(batch, keras.random.SeedGenerator(0)).values()), {}

        value, _, gradients = backend.value_and_gradients(total, network.trainable_variables)
        assert np.isfinite(float(value))
        for variable, gradient in zip(network.trainable_variables, gradients, strict=True):
            if gradient is None:  # the bias of a Wasserstein critic's score cancels
                assert variable.path.endswith("score/bias")
                continue
            assert np.isfinite(gradient).all()
            assert np.any(gradient) or variable.path.endswith("score/bias")


class Fixed:
    """A generator of showers that are known, one set after the other."""

    def __init__(self, *energies):
        self.energies = [keras.ops.convert_to_tensor(energy) for energy in energies]

    def __call__(self, inputs, training):
        assert set(inputs) == {"z", "momentum", "point"}
        return {"energy": self.energies.pop(0)}


def test_losses_are_those_of_the_documentation(showers):
    batch = data.take(showers, slice(10))
    fake, other = showers["energy"][10:20], showers["energy"][20:30]
    slope = np.random.default_rng(0).normal(size=(900, 1)).astype(np.float32)

    def critic(inputs, training):
        assert inputs["conditions"].shape == (10, 5)
        return keras.ops.matmul(keras.ops.reshape(inputs["image"], (-1, 900)), slope)

    config = dataclasses.replace(SMALL, metric="direct", lambda_gradient=7.0, lambda_metric=3.0)
    seeds = keras.random.SeedGenerator(0)
    d = train.losses(config, Fixed(fake), critic)[0](tensors(batch), seeds)
    g = train.losses(config, Fixed(fake, other), critic)[1](tensors(batch), seeds)
    real, generated = (
        ((1 + one.reshape(10, 900).astype(float)) ** 0.1 - 1) / 0.1 @ slope for one in (batch["energy"], fake)
    )
    assert float(d["real"]) == pytest.approx(-real.mean(), rel=1e-3, abs=1e-3)
    assert float(d["generated"]) == pytest.approx(generated.mean(), rel=1e-3, abs=1e-3)
    assert float(d["gradient"]) == pytest.approx(7 * (np.linalg.norm(slope) - 1) ** 2, rel=1e-4)
    assert float(g["trick"]) == pytest.approx(-generated.mean(), rel=1e-3, abs=1e-3)
    a, b, c = (observables.observables(batch | {"energy": one}) for one in (batch["energy"], fake, other))
    names = ("asymmetry_long", "asymmetry_trans")

    def distance(p, q):
        return np.sqrt(sum((p[name] - q[name]) ** 2 for name in names))

    assert float(g["metric"]) == pytest.approx(3 * np.mean(distance(a, b) + distance(a, c) - distance(b, c)), rel=1e-3)
    assert set(g) == {"trick", "metric"}


def test_the_surrogate_learns_the_asymmetries_of_both(showers):
    batch = tensors(data.take(showers, slice(10)))
    fake = showers["energy"][10:20]
    zero = train.losses(SMALL, Fixed(fake), None, None, lambda image, training: keras.ops.zeros((10, 2)))[2]
    found = zero(batch, keras.random.SeedGenerator(0))
    for name, energy in (("surrogate", showers["energy"][:10]), ("surrogate_generated", fake)):
        values = observables.observables(data.take(showers, slice(10)) | {"energy": energy})
        expected = np.mean([values["asymmetry_long"] ** 2, values["asymmetry_trans"] ** 2])
        assert float(found[name]) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"batch_size": 0}, "--batch-size is 0, expected at least 1"),
        ({"lambda_metric": -1.0}, "--lambda-metric is -1.0, expected no negative number"),
        ({"average": 1.0}, "--average is 1.0, expected at least 0 and below 1"),
        ({"decay": 0.0}, "--decay is 0.0, expected above 0 and at most 1"),
        ({"adversary": False}, "--no-adversary needs another loss"),
        ({"speckled": True}, "--speckled needs the layers that --aligned adds"),
        ({"adversary": False, "lambda_score": 1.0, "metric": "surrogate"}, "no --metric surrogate"),
    ],
)
def test_senseless_values_are_refused(values, message):
    with pytest.raises(InputError, match=message):
        Config(**values)


def test_the_defaults_are_the_papers():
    config = Config()
    assert (config.latent_size, config.filters, config.regressor, config.metric) == (512, 32, True, "none")
    assert (config.adversary, config.lambda_score, config.mirror, config.start) == (True, 0.0, False, None)
    assert (config.normalised, config.aligned, config.decay) == (False, False, 1.0)
    names = [dataclasses.replace(config, metric=metric).name for metric in ("none", "direct", "surrogate")]
    assert names == ["ecal_gan", "ecal_gan_direct", "ecal_gan_refined"]
    assert dataclasses.replace(config, lambda_score=1.0).name == "ecal_gan_plus"
