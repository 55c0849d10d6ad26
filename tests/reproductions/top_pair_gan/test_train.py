import dataclasses

import keras
import numpy as np
import pytest

from reproductions.top_pair_gan import data, model, observables, phase_space, train
from reproductions.top_pair_gan.config import Config
from zoo import backend
from zoo.errors import InputError
from zoo.losses import breit_wigner, gaussian, squared_mmd
from zoo.training import runs, settings

SMALL = Config(
    data=data.SAMPLE, events=2000, units=8, depth=2, batch_size=64, epochs=2, iterations_per_epoch=3, jit=False
)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A finished run of four epochs of three batches."""
    config = dataclasses.replace(SMALL, epochs=4, average=0.9, out=tmp_path_factory.mktemp("run") / "top")
    return config, train.train(config)


def test_best_generator_is_the_one_with_the_lowest_score(run):
    config, generator = run
    validation = train.partons(train.load(config)["validation"])
    again = observables.score(generator.sample(len(validation), config.seed)["p4"], validation)
    assert again.value == pytest.approx(min(float(row["score"]) for row in runs.read_history(config.folder)), abs=1e-6)


def test_a_run_starts_from_the_networks_of_another(run, tmp_path):
    config, _ = run
    after = dataclasses.replace(
        config, lambda_mmd=0.0, learning_rate=1e-9, epochs=1, start=config.folder, out=tmp_path / "a"
    )
    train.train(after)
    networks = []
    for one in (config, after):
        trainer, _ = train.build(one)
        trainer.load_weights(one.folder / runs.CHECKPOINT)
        networks.append(trainer.networks)
    for before, now in zip(*networks, strict=True):
        for a, b in zip(before.get_weights(), now.get_weights(), strict=True):
            np.testing.assert_allclose(a, b, atol=1e-6)
    with pytest.raises(
        InputError,
        match="holds no checkpoint.weights.h5 or generator.keras, expected the",
    ):
        train.train(dataclasses.replace(after, start=tmp_path, out=tmp_path / "b"))
    assert not (tmp_path / "b").exists()


def test_the_mapping_takes_its_quantiles_from_the_training_events(tmp_path):
    config = dataclasses.replace(SMALL, mapping=True, lambda_mmd=0.0, epochs=1, out=tmp_path / "run")
    generator = train.train(config)
    features = train.seen(train.load(config)["train"], config)["features"]
    pair, shapes = phase_space.quantiles(features)
    np.testing.assert_allclose(generator.model.get_layer("pair").table, [[pair], [pair]], rtol=1e-6)
    np.testing.assert_allclose(generator.model.get_layer("shapes").table, shapes, rtol=1e-6, atol=1e-6)


def test_without_mmd_there_is_no_such_loss(tmp_path):
    config = dataclasses.replace(SMALL, lambda_mmd=0.0, whole_truth=True, epochs=1, out=tmp_path / "run")
    train.train(config)
    (row,) = runs.read_history(config.folder)
    assert "mmd" not in row
    assert np.isfinite(float(row["score"]))


def test_with_the_mapping_gradients_reach_all_weights():
    config = dataclasses.replace(SMALL, mapping=True)
    assert (config.name, SMALL.name) == ("top_pair_gan_plus", "top_pair_gan")
    shape = config.units, config.depth, config.mapping
    networks = model.discriminator(*shape), model.generator(*shape)
    seen = train.seen(data.load(data.SAMPLE, 50), config)
    batch = {name: keras.ops.convert_to_tensor(values) for name, values in seen.items()}
    assert batch["features"].shape == (50, 21)
    for network, loss in zip(networks, train.losses(config, *networks[::-1]), strict=True):

        def total(loss=loss):
            return sum(loss(batch, keras.random.SeedGenerator(0)).values()), {}

        value, _, gradients = backend.value_and_gradients(total, network.trainable_variables)
        assert np.isfinite(float(value))
        for gradient in gradients:
            assert np.isfinite(gradient).all()
            assert np.any(gradient)


def test_the_learning_rate_decays_by_epochs():
    trainer, _ = train.build(
        dataclasses.replace(SMALL, learning_rate=1.0, inverse_time_decay=0.5, iterations_per_epoch=10)
    )
    for optimizer in trainer.optimizers:
        assert float(optimizer.learning_rate) == 1
        optimizer.iterations.assign(20)
        assert float(optimizer.learning_rate) == pytest.approx(1 / (1 + 0.5 * 2))


class Fixed:
    """A generator of events that are known."""

    input = {"z": keras.KerasTensor((None, 18))}

    def __init__(self, p4):
        self.p4 = p4

    def __call__(self, inputs):
        assert inputs["z"].shape == (len(self.p4), 18)
        return {"p4": keras.ops.convert_to_tensor(self.p4)}


W = np.random.default_rng(0).normal(size=(24, 1)).astype(np.float32)  # of the discriminator x -> W x


def losses(config, fake, true):
    """The features of the true events, and both losses."""
    batch = {name: keras.ops.convert_to_tensor(values) for name, values in train.seen(true, config).items()}
    embeddings = train.embeddings(config, np.array(batch["masses"]))
    both = train.losses(config, Fixed(fake), lambda x: keras.ops.matmul(x, W), embeddings)
    found = (loss(batch, keras.random.SeedGenerator(0)) for loss in both)
    return np.array(batch["features"]), *({name: float(value) for name, value in terms.items()} for terms in found)


def test_losses_are_those_of_the_paper():
    p3 = data.load(data.SAMPLE, 20)
    fake = train.partons(p3[10:])
    config = dataclasses.replace(SMALL, lambda_gradient=0.5, lambda_mmd=3.0, kernel_widths=(2.0,))
    features, d, g = losses(config, fake, p3[:10])
    real, generated = (x @ W for x in (features, np.array(model.features(fake))))
    probability = [1 / (1 + np.exp(-logits)) for logits in (real, generated)]
    assert d["real"] == pytest.approx(-np.log(probability[0]).mean(), rel=1e-4)
    assert d["generated"] == pytest.approx(-np.log(1 - probability[1]).mean(), rel=1e-4)
    slope = np.sum(W**2)
    expected = 0.5 * slope * (np.mean((1 - probability[0]) ** 2) + np.mean(probability[1] ** 2))
    assert d["gradient"] == pytest.approx(expected, rel=1e-4)
    assert g["trick"] == pytest.approx(-np.log(probability[1]).mean(), rel=1e-4)

    masses = [np.array(phase_space.masses(p4)) for p4 in (train.partons(p3[:10]), fake)]
    widths = (1.4915, 1.4915, 2.0476, 2.0476)
    expected = sum(
        float(squared_mmd(*(m[:, i] for m in masses), breit_wigner, 2 * width)) for i, width in enumerate(widths)
    )
    assert g["mmd"] == pytest.approx(3 * expected, rel=1e-4)
    config = dataclasses.replace(config, kernel="gaussian")
    expected = sum(
        float(squared_mmd(*(m[:, i] for m in masses), gaussian, 2 * width)) for i, width in enumerate(widths)
    )
    assert losses(config, fake, p3[:10])[2]["mmd"] == pytest.approx(3 * expected, rel=1e-4)


def test_the_mmd_to_all_training_events_is_that_of_their_masses():
    """With all events in the batch it differs from the biased estimate by what generated events add to themselves."""
    p3 = data.load(data.SAMPLE, 600)
    fake, widths = train.partons(p3[300:]), (1.0, 10.0)
    config = dataclasses.replace(SMALL, batch_size=300, kernel_widths=widths)
    biased = losses(config, fake, p3[:300])[2]["mmd"]
    masses = np.array(phase_space.masses(fake))
    within = [[w * one for one in widths] for w in (1.4915, 1.4915, 2.0476, 2.0476)]
    similar = sum(
        np.mean(w**2 / ((m[:, None] - m) ** 2 + w**2)) for m, ws in zip(masses.T, within, strict=True) for w in ws
    )
    found = losses(dataclasses.replace(config, whole_truth=True), fake, p3[:300])[2]["mmd"]
    assert found == pytest.approx(biased - (8 - similar) / 299, abs=2e-3)
    assert abs(found - biased) > 0.005


def test_the_regulariser_may_look_at_a_share_of_the_batch():
    p3 = data.load(data.SAMPLE, 20)
    fake = train.partons(p3[10:])
    config = dataclasses.replace(SMALL, batch_size=10, lambda_gradient=0.5)
    _, all_of_it, _ = losses(config, fake, p3[:10])
    _, first, _ = losses(dataclasses.replace(config, regularised=0.3), fake, p3[:10])
    _, expected, _ = losses(dataclasses.replace(config, batch_size=3), fake[:3], p3[:3])
    assert first["gradient"] == pytest.approx(expected["gradient"], rel=1e-5)
    for name in ("real", "generated"):
        assert first[name] == pytest.approx(all_of_it[name], rel=1e-5)


def test_the_discriminator_may_see_momenta_in_another_unit_and_start_from_larger_weights():
    config = dataclasses.replace(SMALL, units=64, depth=6, discriminator_weights="he_normal", discriminator_scale=100.0)
    p4 = train.partons(data.load(data.SAMPLE, 200))
    features = train.features(p4, config)
    np.testing.assert_allclose(features[:, :4], p4[:, 0] / 100, rtol=1e-6)
    spread = []
    for one in (config, dataclasses.replace(config, discriminator_weights="glorot_uniform")):
        keras.utils.set_random_seed(1)
        gan, _ = train.build(one)
        spread.append(np.std(np.array(gan.networks[0](features))))
    assert spread[0] > 3 * spread[1]


def test_the_discriminator_may_learn_at_another_rate():
    trainer, _ = train.build(dataclasses.replace(SMALL, learning_rate=0.5, discriminator_rate=0.2))
    assert [float(optimizer.learning_rate) for optimizer in trainer.optimizers] == pytest.approx([0.1, 0.5])


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("batch_size", 0, "--batch-size is 0, expected at least 1"),
        ("events", -5, "--events is -5, expected at least 1"),
        ("learning_rate", float("nan"), "--learning-rate is nan, expected a positive number"),
        ("kernel_widths", (1.0, 0.0), r"--kernel-widths is \(1.0, 0.0\), expected positive numbers"),
        ("kernel_widths", (), r"--kernel-widths is \(\), expected positive numbers"),
        ("mmd_events", 1, "--mmd-events is 1, expected at least 2"),
        ("discriminator_rate", 0.0, "--discriminator-rate is 0.0, expected a positive number"),
        ("discriminator_scale", 0.0, "--discriminator-scale is 0.0, expected a positive number"),
        ("regularised", 1.5, "--regularised is 1.5, expected above 0 and at most 1"),
        ("lambda_mmd", -1.0, "--lambda-mmd is -1.0, expected no negative number"),
        ("beta_2", 1.0, "--beta-2 is 1.0, expected at least 0 and below 1"),
    ],
)
def test_senseless_values_are_refused(name, value, message):
    with pytest.raises(InputError, match=message):
        Config(**{name: value})


def test_the_mapping_has_no_pseudorapidities():
    with pytest.raises(InputError, match="--mapping has coordinates of its own, expected no --pseudorapidities"):
        Config(mapping=True, pseudorapidities=True)


def test_the_defaults_are_the_papers():
    config = Config()
    assert (config.batch_size, config.epochs, config.iterations_per_epoch) == (1024, 1000, 1000)
    assert (config.learning_rate, config.beta_1, config.beta_2, config.inverse_time_decay) == (1e-3, 0.5, 0.9, 0.1)
    assert (config.lambda_gradient, config.lambda_mmd, config.kernel) == (1e-3, 1.0, "breit-wigner")
    assert settings.deviations(dataclasses.replace(config, data=data.SAMPLE, epochs=5)) == {}
