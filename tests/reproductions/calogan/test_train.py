import dataclasses
import json
import shutil
from pathlib import Path

import keras
import numpy as np
import pytest

from reproductions.calogan import data, energies, evaluate, model, observables, ours, shapes, train
from reproductions.calogan.config import Config
from reproductions.calogan.room import ROOM
from tests.fakes.discriminator import small_discriminator
from zoo.data.files import sha256
from zoo.errors import InputError
from zoo.training import runs

SMALL = Config(events=40, epochs=2, batch_size=8, latent_size=4, average=0.9, score_every=1, jit=False)


@pytest.fixture(scope="module", autouse=True)
def small_networks():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(model, "discriminator", small_discriminator)
        yield


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A finished run of four epochs of four batches."""
    config = dataclasses.replace(SMALL, epochs=4, flips=True, out=tmp_path_factory.mktemp("run") / "calogan")
    return config, train.train(config)


def test_best_generator_is_the_one_with_the_lowest_score(run):
    config, generator = run
    validation = train.load(config)["validation"]
    again = observables.score(
        generator.sample(len(validation["energy"]), config.seed, energy=validation["energy"]), validation
    )
    assert again.value == pytest.approx(min(float(row["score"]) for row in runs.read_history(config.folder)), abs=1e-6)


def test_resume_after_a_kill_between_the_history_and_the_checkpoint(run, tmp_path):
    config, _ = run
    part = dataclasses.replace(config, epochs=1, out=tmp_path / "part")
    train.train(part)
    with (part.folder / "history.csv").open("a") as file:
        file.write("2" + ",0.0" * (len(runs.read_history(part.folder)[0]) - 1) + "\n")
    train.train(dataclasses.replace(part, epochs=2, resume=True))
    ours, theirs = runs.read_history(part.folder), runs.read_history(config.folder)[:2]
    assert [row["trick"] for row in ours] == [row["trick"] for row in theirs]


def test_one_file_for_each_particle():
    config = dataclasses.replace(SMALL, particle=("eplus", "gamma"), data=(data.SAMPLE / "eplus.h5",))
    with pytest.raises(InputError, match="--data names 1 files for 2 particles"):
        train.load(config)


def test_flips_are_mirror_images_of_all_layers_alike():
    showers = data.in_gev(data.load(None, "eplus", 200))
    flipped = ours.flipped(showers, np.random.default_rng(0))
    kinds = set()
    for i in range(200):
        same = []
        for axes in ((), (0,), (1,), (0, 1)):
            same.append(all(np.array_equal(flipped[name][i], np.flip(showers[name][i], axes)) for name in data.SHAPES))
        assert sum(same) == 1
        kinds.add(same.index(True))
    assert kinds == {0, 1, 2, 3}
    np.testing.assert_array_equal(flipped["energy"], showers["energy"])


def test_several_particles_train_a_conditional_generator(tmp_path, monkeypatch):
    config = dataclasses.replace(SMALL, particle=("eplus", "gamma", "piplus"), epochs=1, out=tmp_path / "run")
    generator = train.train(config)
    assert {"real_particle", "generated_particle", "trick_particle"} <= runs.read_history(config.folder)[0].keys()
    positron, pion = (generator.sample(2, seed=1, energy=50.0, particle=index) for index in (0, 2))
    assert not np.array_equal(positron["layer_0"], pion["layer_0"])

    calls = []
    monkeypatch.setattr(evaluate, "judge", lambda sample, parts, *rest: calls.append((sample, parts, *rest)))
    evaluate.evaluate(generator, train.load(config), config, config.folder, config.seed)
    assert [call[2:] for call in calls] == [(p, config.folder / p, config.seed) for p in config.particle]
    for index, (sample, parts, *_) in enumerate(calls):
        assert len(parts["test"]["energy"]) == 4
        assert set(parts["test"]["particle"]) == {index}
        np.testing.assert_array_equal(
            sample(2, seed=1, energy=50.0)["layer_1"],
            generator.sample(2, seed=1, energy=50.0, particle=index)["layer_1"],
        )


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("batch_size", 0, "--batch-size is 0, expected at least 1"),
        ("events", -5, "--events is -5, expected at least 1"),
        ("iterations_per_epoch", 0, "--iterations-per-epoch is 0, expected at least 1"),
        ("generator_learning_rate", float("nan"), "--generator-learning-rate is nan, expected a positive number"),
        ("lambda_energy", -1.0, "--lambda-energy is -1.0, expected no negative number"),
        ("average", 1.0, "--average is 1.0, expected at least 0 and below 1"),
        ("particle", ("gamma", "gamma"), "--particle is gamma gamma, expected each particle once"),
    ],
)
def test_senseless_values_are_refused(name, value, message):
    with pytest.raises(InputError, match=message):
        Config(**{name: value})


def test_the_discriminator_learns_from_what_the_generator_is_taught_by(tmp_path):
    config = dataclasses.replace(SMALL, reuse=True, epochs=1, iterations_per_epoch=3, out=tmp_path / "run")
    train.train(config)
    (row,) = runs.read_history(config.folder)
    assert {"real", "generated", "trick", "energy"} <= row.keys()
    assert row["batches"] == "3"


def test_without_discriminator_only_energies_and_shapes_teach(tmp_path):
    config = dataclasses.replace(SMALL, adversary=False, lambda_shapes=1.0, epochs=1, out=tmp_path / "run")
    train.train(config)
    row = runs.read_history(config.folder)[0]
    assert row.keys() == {"epoch", "energy", "shapes", "batches", "cpu_seconds", "score"}
    after = dataclasses.replace(config, adversary=True, start=config.folder, out=tmp_path / "next")
    train.train(after)
    assert {"real", "generated", "trick"} <= runs.read_history(after.folder)[0].keys()


def test_no_discriminator_wants_another_teacher():
    with pytest.raises(InputError, match="leaves nothing to learn from, expected --lambda-shapes or --lambda-score"):
        Config(adversary=False)


def test_cells_are_those_of_one_particle():
    with pytest.raises(InputError, match="--lambda-score compares showers of one particle, expected one --particle"):
        Config(particle=("eplus", "gamma"), lambda_score=1.0)


def test_folded_training_goes_on_from_released_weights(run, tmp_path, toy_card):
    """The generator that is trained is the one that is released: without a step it is the same."""
    config, generator = run
    weights = tmp_path / "weights"
    weights.mkdir()
    shutil.copy(config.folder / "best.keras", weights / "generator.keras")
    hashes = {"generator.keras": sha256(weights / "generator.keras")}
    sample = {"name": "piplus.h5", "sha256": sha256(data.SAMPLE / "piplus.h5")}
    card = {**toy_card, "sha256": hashes, "training": {"seed": SMALL.seed, "events": SMALL.events}, "data": sample}
    (weights / "card.json").write_text(json.dumps(card))
    after = dataclasses.replace(
        SMALL, folded=True, lambda_score=1.0, adversary=False, cosine=True, average=0.0, epochs=1, start=weights
    )
    after = dataclasses.replace(after, generator_learning_rate=1e-30, out=tmp_path / "next")
    asked = {"seed": 1, "energy": 50.0}
    same = train.train(after).sample(3, **asked)
    for name, image in generator.sample(3, **asked).items():
        np.testing.assert_allclose(same[name], image, rtol=1e-5, atol=1e-4)
    assert {"energy", "cells", "score"} <= runs.read_history(after.folder)[0].keys()

    with pytest.raises(InputError, match="holds released weights, expected --folded to go on from them"):
        train.train(dataclasses.replace(after, folded=False, out=tmp_path / "unfolded"))
    with pytest.raises(InputError, match="holds no checkpoint.weights.h5 or generator.keras"):
        train.train(dataclasses.replace(after, start=tmp_path, out=tmp_path / "nothing"))
    assert not (tmp_path / "unfolded").exists()
    with pytest.raises(InputError, match="holds networks of another form"):
        train.train(dataclasses.replace(after, latent_size=3, out=tmp_path / "smaller"))

    for own, expected in (({"sharpened": True}, "--sharpened"), ({"tables": "response"}, "--tables response")):
        told = card["training"] | {"config": {"normalised": True, "squared": False, **own}}
        (weights / "card.json").write_text(json.dumps(card | {"training": told}))
        with pytest.raises(InputError, match=f"holds networks of another form, expected {expected}"):
            train.train(dataclasses.replace(after, normalised=True, out=tmp_path / "other_form"))
    (weights / "card.json").write_text(json.dumps(card))

    with pytest.raises(
        InputError, match="showers of .*piplus.h5 that this run would hold out, expected its seed 1 and"
    ):
        train.train(dataclasses.replace(after, seed=2, out=tmp_path / "split"))
    (weights / "card.json").write_text(json.dumps(card | {"data": {"name": "full.h5", "sha256": "0" * 64}}))
    with pytest.raises(InputError, match="may have learnt from showers of the embedded sample, expected --data"):
        train.train(dataclasses.replace(after, out=tmp_path / "seen"))
    assert not (tmp_path / "split").exists()
    assert not (tmp_path / "seen").exists()


def test_normalised_training_draws_the_energies_of_layers(tmp_path, monkeypatch, assert_same_weights):
    monkeypatch.setattr(energies, "UPDATES", 20)
    changes = {"folded": True, "normalised": True, "lambda_score": 1.0, "adversary": False, "average": 0.0}
    config = dataclasses.replace(SMALL, **changes, epochs=1, out=tmp_path / "run")
    train.train(config)
    generator = train.train(dataclasses.replace(config, epochs=2, resume=True))
    showers = generator.sample(5, energy=50.0)
    total = sum(showers[name].sum(axis=(1, 2)) for name in data.SHAPES)
    assert np.all((total > 0) & (total < 50_000))
    network = energies.network()
    runs.transfer(generator.model, network)
    kept = train.read_model(config.folder / energies.FILE).get_weights()
    assert all(np.array_equal(*pair) for pair in zip(network.get_weights(), kept, strict=True))
    straight = dataclasses.replace(config, epochs=2, out=tmp_path / "straight")
    train.train(straight)
    assert_same_weights(config.folder, straight.folder)


@pytest.mark.parametrize("tables", ["layers", "response"])
def test_tables_of_energies_begin_with_their_quantiles_and_are_released_with_the_images(tables, tmp_path, monkeypatch):
    monkeypatch.setattr(energies, "UPDATES", 3)
    changes = {"folded": True, "normalised": True, "tables": tables, "squared": True, "opponent": "critic"}
    config = dataclasses.replace(SMALL, **changes, generator_steps=1, epochs=1, out=tmp_path / "run")
    generator = train.train(config)
    network = energies.network(tables)
    runs.transfer(generator.model, network)
    noise = np.random.default_rng(1).normal(size=(50, energies.NOISE)).astype(np.float32)
    drawn = network({"energy_noise": noise, "energy": np.full((50, 1), 50.0, np.float32)})
    inputs = {"z": np.zeros((50, 4), np.float32), "energy_noise": noise, "energy": np.full((50, 1), 50.0, np.float32)}
    showers = generator.model(inputs)
    total = np.stack([np.sum(showers[name], axis=(1, 2)) for name in data.SHAPES], axis=1) / 1000
    np.testing.assert_allclose(total, drawn, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("tables", ["layers", "response"])
def test_scores_are_those_of_which_the_tables_make_the_energies(tables):
    rng = np.random.default_rng(1)
    asked = rng.uniform(1, 100, (3000, 1)).astype(np.float32)
    layers = asked * rng.uniform(0.01, 0.3, (3000, 3)).astype(np.float32)
    network = energies.network(tables)
    quantiles = network.get_layer("quantiles")
    scores = energies.set_tables(quantiles, asked[:, 0], energies.coordinates(asked, layers, tables))
    assert np.abs(scores.mean(axis=0)).max() < 0.05
    assert np.abs(scores.std(axis=0) - 1).max() < 0.05
    behind = keras.Model([network.get_layer("scores").output, *network.inputs], network.outputs)
    unused = np.zeros((3000, energies.NOISE), np.float32)
    given = {"energy": asked, "energy_noise": unused}
    again = behind([scores.astype(np.float32), *(given[one.name] for one in network.inputs)])
    inside = (np.abs(scores) < 3.5).all(axis=1)  # beyond the last knots of the table scores stay
    assert inside.mean() > 0.99
    np.testing.assert_allclose(np.asarray(again)[inside], layers[inside], rtol=3e-3)


def test_response_is_not_told_from_that_of_showers_which_rarely_lose_much():
    """One in fifty loses ten times as much as the others, which what draws the response keeps from its first step."""
    rng = np.random.default_rng(1)
    asked = rng.uniform(1, 100, (5000, 1))
    lost = 0.005 * np.exp(0.1 * rng.normal(size=(5000, 1))) * np.where(rng.random((5000, 1)) < 0.02, 10, 1)
    layers = asked * (1 - lost) * np.float32([0.2, 0.7, 0.1])
    network = energies.network("response")
    values = energies.coordinates(asked, layers, "response")
    energies.set_tables(network.get_layer("quantiles"), asked[:, 0], values)
    noise = rng.normal(size=(5000, energies.NOISE))
    drawn = np.asarray(network({"energy_noise": noise.astype(np.float32), "energy": asked.astype(np.float32)}))
    response = drawn.sum(axis=1) / asked[:, 0]
    assert np.mean(response < 0.98) == pytest.approx(0.02, abs=0.006)  # three standard deviations of 5,000
    assert np.median(response) == pytest.approx(0.995, abs=5e-5)


def test_speckled_cells_differ_where_all_else_is_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr(energies, "UPDATES", 3)
    changes = {"folded": True, "normalised": True, "speckled": True, "lambda_score": 1.0, "adversary": False}
    config = dataclasses.replace(SMALL, **changes, epochs=1, out=tmp_path / "run")
    generator = train.train(config)
    rng = np.random.default_rng(1)
    speckles = rng.normal(size=(2, ours.SPECKLES)).astype(np.float32)
    same = {"z": np.ones((2, 4), np.float32), "energy_noise": np.zeros((2, energies.NOISE), np.float32)}
    one, other = (
        {
            name: images[row]
            for name, images in generator.model(
                {**same, "speckles": speckles, "energy": np.full((2, 1), 50.0, np.float32)}
            ).items()
        }
        for row in (0, 1)
    )
    for name in data.SHAPES:
        assert np.abs(one[name] - other[name]).max() > 0.01 * np.max(one[name])
        np.testing.assert_allclose(np.sum(one[name]), np.sum(other[name]), rtol=1e-4)


def test_mixing_begins_with_the_images_that_are_there_without_it():
    plain, mixed = (ours.folded(4, energies="given", mixed=mixing) for mixing in (False, True))
    runs.transfer(mixed, plain)
    rng = np.random.default_rng(1)
    inputs = {"z": rng.normal(size=(3, 4)), "energy": [[10.0], [50.0], [90.0]], "energies": rng.uniform(1, 5, (3, 3))}
    inputs = {name: np.asarray(values, np.float32) for name, values in inputs.items()}
    without, begun = plain(inputs), mixed(inputs)
    mixed.get_layer("mixed_0").kernel.assign(rng.normal(size=mixed.get_layer("mixed_0").kernel.shape))
    other = mixed(inputs)
    for name in data.SHAPES:
        np.testing.assert_array_equal(begun[name], without[name])
        assert np.abs(np.subtract(other[name], without[name])).max() > 1


@pytest.mark.parametrize(
    "changes",
    [
        {"mixed": True},
        {"squared": True},
        {"tables": "layers"},
        {"speckled": True},
        {"occupied": True},
        {"energies": Path("runs/other")},
    ],
)
def test_parts_of_normalised_want_it(changes):
    with pytest.raises(InputError, match="are parts of --normalised, expected it too"):
        Config(folded=True, **changes)


def test_powers_are_of_images_above_nothing():
    with pytest.raises(InputError, match="expected --occupied too"):
        Config(folded=True, normalised=True, sharpened=True)


def test_named_energies_must_be_there(tmp_path):
    config = dataclasses.replace(SMALL, folded=True, normalised=True, energies=tmp_path, out=tmp_path / "run")
    with pytest.raises(InputError, match="holds no network of the layers' energies, expected one without --tables"):
        train.train(config)
    energies.network("layers").save(tmp_path / energies.FILE)
    assert energies.known(config, energies.FILE, energies.network("layers"))
    with pytest.raises(InputError, match="holds no network of the layers' energies, expected one without --tables"):
        train.train(dataclasses.replace(config, out=tmp_path / "other"))


def test_named_energies_have_not_seen_what_is_held_out(tmp_path):
    """Those of a run on the same showers with another seed have."""
    config = dataclasses.replace(SMALL, folded=True, normalised=True, out=tmp_path / "run")
    energies.network().save(tmp_path / energies.FILE)
    (tmp_path / runs.CONFIG).write_text(json.dumps(dataclasses.asdict(config), default=str))
    with pytest.raises(InputError, match="has learnt from events that this run would hold out, expected its seed 1"):
        train.train(dataclasses.replace(config, energies=tmp_path, seed=config.seed + 1))
    assert not config.folder.exists()


def test_normalised_wants_the_folded_form():
    for changes in ({}, {"folded": True, "particle": ("eplus", "gamma")}):
        with pytest.raises(InputError, match="--normalised needs --folded and one --particle"):
            Config(normalised=True, **changes)


def test_losses_weigh_energy_and_shapes():
    """The energy term is lambda_E <|E - E_tot|>; the shapes are compared with those of the batch."""
    config = dataclasses.replace(SMALL, lambda_energy=0.5, lambda_shapes=2.0)
    images = {name: np.full((2, *shape), 0.1, np.float32) for name, shape in data.SHAPES.items()}
    asked = []

    def generator(inputs, training):
        asked.append(np.array(inputs["energy"]))
        return {name: keras.ops.convert_to_tensor(image) for name, image in images.items()}

    def discriminator(inputs, training):
        return {"real": keras.ops.zeros((2, 1))}

    update = train.updates(config, generator, discriminator)[-1]
    batch = {**{name: 2 * image for name, image in images.items()}, "energy": np.array([[1.0], [9.0]], np.float32)}
    seeds = keras.random.SeedGenerator(0)
    terms = update.loss(batch, seeds, update.makes(batch, seeds))
    assert float(terms["trick"]) == pytest.approx(np.log(2))
    assert float(terms["energy"]) == pytest.approx(0.5 * np.abs(asked[0] - 50.4).mean(), rel=1e-5)
    assert 1 <= asked[0].min() <= asked[0].max() <= 100
    values = shapes.shapes(images, asked[0]), shapes.shapes(batch, batch["energy"])
    assert float(terms["shapes"]) == pytest.approx(2 * float(shapes.shape_distance(*values)), rel=1e-5)


def test_a_run_of_several_particles_is_not_released():
    with pytest.raises(InputError, match="trained eplus gamma, expected a run of one particle"):
        ROOM.check_release(Config(particle=("eplus", "gamma")))


@pytest.mark.parametrize("released", [False, True])
def test_a_run_takes_the_energies_of_the_model_that_it_starts_from(tmp_path, monkeypatch, released):
    monkeypatch.setattr(energies, "_train", lambda *_: pytest.fail("trained anew"))
    start = tmp_path / "start"
    start.mkdir()
    model = ours.folded(4, energies="drawn") if released else energies.network()
    model.save(start / (runs.WEIGHTS if released else energies.FILE))
    config = dataclasses.replace(SMALL, start=start, out=tmp_path / "run")
    found = energies.trained(config, None)
    assert (tmp_path / "run" / energies.FILE).exists()
    for layer in (layer for layer in found.layers if layer.weights):
        for expected, value in zip(model.get_layer(layer.name).get_weights(), layer.get_weights(), strict=True):
            np.testing.assert_array_equal(value, expected)


def test_a_model_without_a_network_of_energies_has_none_to_give(tmp_path):
    ours.folded(4).save(tmp_path / runs.WEIGHTS)
    for start in (tmp_path, tmp_path / "nothing", None):
        config = dataclasses.replace(SMALL, start=start)
        assert energies.known(config, energies.FILE, energies.network()) is None
