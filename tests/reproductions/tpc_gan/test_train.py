import dataclasses

import keras
import numpy as np
import pytest

from reproductions.tpc_gan import data, evaluate, model, observables, ours, train
from reproductions.tpc_gan.config import Config
from zoo.errors import InputError
from zoo.training import runs

SMALL = Config(data=data.SAMPLE, events=300, latent_size=4, epochs=2, batch_size=20, critic_steps=2, jit=False)
SCORED = {"adversary": False, "lambda_score": 1.0, "lambda_score_pieces": 1.0, "average": 0.9, "residual": True}
SCORED |= {"optimizer": "adam", "noise_start": 0.1}


@pytest.fixture(scope="module", params=[{}, SCORED])
def run(request, tmp_path_factory):
    """A finished run of two epochs: the paper's, with dropout, and the start by the energy score."""
    config = dataclasses.replace(SMALL, out=tmp_path_factory.mktemp("run") / "tpc", **request.param)
    return config, train.train(config)


def test_run_leaves_everything_behind_and_the_best_generator(run):
    config, generator = run
    rows = runs.read_history(config.folder)
    assert runs.read_config(config.folder, Config) == config
    assert len(rows) == 2
    assert all(np.isfinite(float(value)) for row in rows for value in row.values())
    validation = train.load(config)["validation"]
    amplitude = evaluate.sampled(generator, validation["parameters"], config.seed)
    again = observables.score({**validation, "amplitude": amplitude}, validation)
    assert again == pytest.approx(min(float(row["score"]) for row in rows), rel=1e-3)


def test_fine_tuning_begins_with_the_networks_of_another_run(run, tmp_path, weights):
    config, _ = run
    tuned = dataclasses.replace(config, start=config.folder, epochs=1, learning_rate=1e-30, out=tmp_path / "tuned")
    train.train(tuned)
    before, after = weights(config.folder), weights(tuned.folder)
    networks = "layers/", "source/"  # but not the average, which goes on
    kernels = [name for name in before if name.startswith(networks) and before[name].ndim > 1]
    assert len(kernels) > 7
    for name in kernels:
        np.testing.assert_allclose(after[name], before[name], rtol=1e-5, atol=1e-6, err_msg=name)


@pytest.mark.parametrize("residual", [False, True])
def test_noise_begins_quietly(residual):
    found = []
    for factor in (1.0, 0.1):
        keras.utils.set_random_seed(1)
        trainer, _ = train.build(dataclasses.replace(SMALL, residual=residual, noise_start=factor), 10)
        found.append(trainer.networks[1].get_weights())
    changed = [i for i, (a, b) in enumerate(zip(*found, strict=True)) if not np.array_equal(a, b)]
    assert len(changed) == 1 + residual
    for i in changed:
        np.testing.assert_allclose(found[1][i][5:], 0.1 * found[0][i][5:], rtol=1e-6)
        np.testing.assert_array_equal(found[1][i][:5], found[0][i][:5])


@pytest.mark.parametrize("loss", ["jensen-shannon", "cramer"])
def test_the_variants_train(loss, tmp_path):
    config = dataclasses.replace(SMALL, events=200, epochs=1, critic_steps=1, loss=loss, out=tmp_path / "run")
    train.train(config)
    (row,) = runs.read_history(config.folder)
    assert all(np.isfinite(float(value)) for value in row.values())


def constant(value):
    """A generator that gives `value` for all pixels."""
    return lambda inputs: keras.ops.full((2, *model.SHAPE), value)


def mean(inputs, training):
    """A score that can be followed by hand: 32 times the mean pixel, of slope 32 / sqrt(128)."""
    return 32 * keras.ops.mean(inputs["y"], axis=(1, 2))[:, None]


def batch(parts, value):
    """Rounds of `parts` batches of two events whose pixels are all `value`."""
    n = 2 * parts
    return {"features": np.zeros((n, 5), np.float32), "y": np.full((n, *model.SHAPE), value, np.float32)}


def terms(loss, found):
    return {name: float(value) for name, value in loss(found, keras.random.SeedGenerator(0)).items()}


def test_wasserstein_losses_and_their_one_sided_penalty():
    config = dataclasses.replace(SMALL, batch_size=2, lambda_gradient=3.0)
    discriminator, generator = train.losses(config, constant(0.25), mean)
    slope = 32 / np.sqrt(128)
    found = terms(discriminator, batch(3, 1.0))
    assert found == pytest.approx({"real": -32, "generated": 8, "gradient": 3 * (slope - 1) ** 2}, rel=1e-5)
    assert terms(generator, batch(3, 1.0)) == pytest.approx({"trick": -8})
    flat = train.losses(config, constant(0.25), lambda inputs, training: mean(inputs, training) / 32)[0]
    assert terms(flat, batch(3, 1.0))["gradient"] == 0  # a slope below 1 costs nothing


def test_jensen_shannon_losses():
    config = dataclasses.replace(SMALL, batch_size=2, loss="jensen-shannon", lambda_gradient=0.0)
    discriminator, generator = train.losses(config, constant(0.125), mean)
    found = terms(discriminator, batch(3, 0.0625))
    assert found == pytest.approx({"real": np.log1p(np.exp(-2)), "generated": np.log1p(np.exp(4))})
    assert terms(generator, batch(3, 1.0)) == pytest.approx({"trick": np.log1p(np.exp(-4))})


def test_cramer_losses():
    """h = 2 and 8, of an x and of both G: f(x) = 6 - 2, f(G) = 0 - 8."""
    config = dataclasses.replace(SMALL, batch_size=2, loss="cramer", lambda_gradient=0.0)
    discriminator, generator = train.losses(config, constant(0.25), mean)
    assert terms(discriminator, batch(3, 0.0625)) == pytest.approx({"real": -4, "generated": -8}, rel=3e-4)
    assert terms(generator, batch(3, 0.0625)) == pytest.approx({"trick": 12}, rel=3e-4)


def test_the_energy_score_stands_in_the_generators_loss():
    config = dataclasses.replace(SMALL, batch_size=2, adversary=False, lambda_score=2.0)
    real = batch(1, 0.0)
    real["y"][:, 2, 5] = 2.0  # one digit of 99 counts
    _, generator = train.losses(config, lambda inputs: keras.ops.convert_to_tensor(real["y"]), None)
    assert terms(generator, real)["energy_score"] == pytest.approx(2 * (2 * 1e-3) / 2, abs=1e-3)  # exactly right
    moved = np.roll(real["y"], 1, axis=2)
    _, generator = train.losses(config, lambda inputs: keras.ops.convert_to_tensor(moved), None)
    expected = 1 / ours.SPREADS[1] + np.sqrt(2) * 2  # one bucket in the barycentre, two pixels of y = 2
    assert terms(generator, real)["energy_score"] == pytest.approx(2 * expected, rel=2e-3)
    hits = dataclasses.replace(config, lambda_score=0.0, lambda_score_hits=3.0)
    _, generator = train.losses(hits, lambda inputs: keras.ops.convert_to_tensor(moved), None)
    found = terms(generator, real)
    assert found == {"hits": pytest.approx(3 * 2 / ours.SPREADS[1], rel=2e-3)}  # |x - y| + |x - y'| - |y - y'|


def test_the_discriminator_learns_at_its_own_rate():
    trainer, _ = train.build(dataclasses.replace(SMALL, learning_rate=0.5, discriminator_rate=0.2), rounds=1)
    assert [float(optimizer.learning_rate) for optimizer in trainer.optimizers] == pytest.approx([0.1, 0.5])


def test_epochs_have_as_many_rounds_as_events_allow():
    config = Config()
    events = {"amplitude": np.zeros(20_000)}
    assert train.round_size(config) == 288
    assert train.length(config, {"train": events}) == 69  # 621 updates of 32, the paper's 625 but for the remainder


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("batch_size", 0, "--batch-size is 0, expected at least 1"),
        ("learning_rate", float("nan"), "--learning-rate is nan, expected a positive number"),
        ("dropout", 1.0, "--dropout is 1.0, expected at least 0 and below 1"),
        ("decay", 1.1, "--decay is 1.1, expected above 0 and at most 1"),
        ("critic_steps", 0, "--critic-steps is 0, expected at least 1"),
        ("adversary", False, "--no-adversary leaves nothing to learn from, expected --lambda-score above 0"),
    ],
)
def test_senseless_values_are_refused(name, value, message):
    with pytest.raises(InputError, match=message):
        Config(**{name: value})


def test_names_tell_the_variants():
    assert Config().name == "tpc_gan"
    assert Config(six=True, output="elu").name == "tpc_gan_six_elu"
    assert Config(loss="jensen-shannon", residual=True).name == "tpc_gan_residual_jensen_shannon"
    assert Config(data=data.SAMPLE.with_name("mpd.h5")).name == "tpc_gan_mpd"


def test_six_parameters_are_seven_features():
    config = dataclasses.replace(SMALL, six=True)
    found = train.seen(data.load(data.SAMPLE, 10), config)
    assert found["features"].shape == (10, 7)
    assert found["y"].max() > 1
    assert set(train.card(config, {})["conditions"]) == set(train.RANGES)
