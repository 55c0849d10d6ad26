import dataclasses
import functools

import keras
import numpy as np
import pytest
from keras import ops

from reproductions.rich_gan import data, evaluate, model, observables, ours, train
from reproductions.rich_gan.config import Config
from reproductions.rich_gan.coordinates import Paper
from reproductions.rich_gan.ours import Hypotheses
from zoo.errors import InputError
from zoo.training import runs

SMALL = Config(
    depth=1, width=8, critic_size=8, latent_size=6, batch_size=100, critic_steps=2, epochs=2,
    iterations_per_epoch=3, jit=False,
)  # fmt: skip
PLUS = {
    "coordinates": "hypotheses", "residual": True, "optimizer": "adam", "lambda_score": 1.0, "lambda_score_single": 1.0,
    "adversary": False,
    "average": 0.9, "cosine": True,
}  # fmt: skip

OLDER = {"penalty_steps": 1e4, "penalise_conditions": True, "decay_steps": 200.0}
RECIPES = {"paper": {}, "plus": PLUS, "older": OLDER | {"lambda_score": 1.0}}


@pytest.fixture(scope="module")
def small(kaons_file):
    return dataclasses.replace(SMALL, data=kaons_file)


@pytest.fixture(scope="module")
def finished(small, tmp_path_factory):
    """A function: one of RECIPES -> configuration and generator of a finished run of four epochs."""

    @functools.cache
    def trained(recipe):
        config = dataclasses.replace(small, epochs=4, out=tmp_path_factory.mktemp("run") / "rich", **RECIPES[recipe])
        return config, train.train(config)

    return trained


@pytest.fixture(scope="module", params=RECIPES)
def run(request, finished):
    """The paper's, that of the released weights, the older paper's."""
    return finished(request.param)


def test_run_leaves_everything_behind_and_the_best_generator(run):
    config, generator = run
    rows = runs.read_history(config.folder)
    assert runs.read_config(config.folder, Config) == config
    assert len(rows) == 4
    assert all(np.isfinite(float(value)) for row in rows for value in row.values())
    assert ("gradient" in rows[0]) == config.adversary
    validation = train.load(config)["validation"]
    again = observables.score(evaluate.sampled(generator, validation, config.seed), validation)
    assert again == pytest.approx(min(float(row["score"]) for row in rows), abs=1e-6)


def test_a_run_can_start_from_another_ones_networks(small, finished, tmp_path, weights):
    first, _ = finished("paper")
    second = dataclasses.replace(small, out=tmp_path / "second", start=first.folder, learning_rate=1e-30)
    train.train(second)
    # nothing is learned at this rate: the networks are those of the first run
    names = [name for name in weights(first.folder) if "/layers/" in name]
    assert names
    for name in names:
        np.testing.assert_allclose(weights(second.folder)[name], weights(first.folder)[name], atol=1e-6)
    with pytest.raises(InputError, match="nowhere: is no folder, expected that of a run to start from"):
        train.train(dataclasses.replace(small, out=tmp_path / "third", start=tmp_path / "nowhere"))


def test_losses_are_those_of_the_formula(small, kaons):
    """With a critic that is the identity on the first two coordinates, by hand."""
    config = dataclasses.replace(small, critic_steps=1, batch_size=4)
    system = Paper(kaons)
    rows = data.take(kaons, slice(8))
    rng = np.random.default_rng(1)
    batch = {
        "coordinates": ops.convert_to_tensor(system.forward(rows)),
        "told": ops.convert_to_tensor(system.told(rows)),
        "used": ops.ones((8, 5)),
        "weight": ops.convert_to_tensor(rng.uniform(-1, 2, (8, 1)).astype(np.float32)),
    }
    generator = model.generator(5, 3, 6, 1, 8)
    drawn = []

    def recording(inputs, training):
        drawn.append(np.array(generator(inputs)))
        return generator(inputs)

    def critic(judged, training):
        return 0.5 * judged[:, :2]

    critics, for_generator = train.losses(config, recording, critic, lambda: ops.convert_to_tensor(500.0))
    found = critics[0](batch, keras.random.SeedGenerator(2))
    x, w = (np.array(batch[name])[:4] for name in ("coordinates", "weight"))
    g, again = (one[:, :2] / 2 for one in drawn)
    x = x[:, :2] / 2

    def norm(v):
        return np.linalg.norm(v, axis=1)

    expected = np.mean(w[:, 0] * (norm(g - again) - norm(g) - norm(x - again) + norm(x)))
    assert float(found["critic"]) == pytest.approx(expected, rel=1e-3)
    assert float(found["gradient"]) <= 20 * 0.5  # slopes of this critic are at most 2 / 2; lambda is 20 (2/pi) (pi/4)

    drawn.clear()
    found = for_generator(batch, keras.random.SeedGenerator(3))
    x, w = (np.array(batch[name])[4:] for name in ("coordinates", "weight"))
    g, again, x = drawn[0][:, :2] / 2, drawn[1][:, :2] / 2, x[:, :2] / 2
    expected = np.mean(w[:, 0] * (norm(x - g) + norm(x - again) - norm(g - again)))
    assert float(found["cramer"]) == pytest.approx(expected, rel=1e-3)


def test_the_score_of_single_dlls_is_that_of_the_formula(small, kaons):
    """With a generator that gives other tracks' coordinates, which turn back into their DLLs."""
    plus = {name: value for name, value in PLUS.items() if name not in ("average", "cosine")}
    config = dataclasses.replace(small, batch_size=50, latent_size=5, **plus)
    system = Hypotheses(kaons)
    fast = data.take(kaons, np.flatnonzero(system.used(kaons).all(axis=1)))
    alike = {name: np.repeat(fast[name][:1], 150) for name in ("P", "eta", "nspdhits")}
    tracks = data.take(fast, slice(150)) | alike
    arrays = train.batches(config, system, tracks).arrays
    batch = {name: ops.convert_to_tensor(values[:50]) for name, values in arrays.items()}
    given = [arrays["coordinates"][50:100], arrays["coordinates"][100:]]
    pair = iter(given)
    singles = ours.back(system), system.single
    loss = train.losses(config, lambda inputs, training: next(pair), None, None, singles)[1]
    found = loss(batch, keras.random.SeedGenerator(1))
    scores = np.array(system.single(ops.convert_to_tensor(data.matrix(tracks)), system.told(tracks)))
    x, g, again = np.split(scores, 3)
    each = np.abs(x - g) + np.abs(x - again) - np.abs(g - again)
    assert float(found["single"]) == pytest.approx(each.sum(axis=1).mean(), rel=0.02)


def test_tracks_without_information_are_not_learned(small, kaons):
    config = dataclasses.replace(small, coordinates="hypotheses")
    found = train.batches(config, Hypotheses(kaons), kaons)
    assert found.events == data.informed(kaons).sum() < len(kaons["P"])
    assert len(found[0]["told"]) == 300  # two batches for the critic, one for the generator


def test_weights_are_on_average_one(small, calibration_file):
    tracks = data.load(calibration_file)
    weight = train.batches(small, Paper(tracks), tracks).arrays["weight"]
    assert weight.mean(dtype=float) == pytest.approx(1, abs=1e-5)
    assert weight.min() < 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"batch_size": 0}, "--batch-size is 0, expected at least 1"),
        ({"average": 1.0}, "--average is 1.0, expected at least 0 and below 1"),
        ({"adversary": False}, "--no-adversary leaves nothing to learn from, expected --lambda-score above 0"),
        ({"residual": True}, "--residual needs --coordinates hypotheses"),
        ({"lambda_score_single": 1.0}, "--lambda-score-single needs --coordinates hypotheses"),
        ({"learning_rate": 0.0}, "--learning-rate is 0.0, expected a positive number"),
    ],
)
def test_settings_without_sense_are_refused(changes, message):
    with pytest.raises(InputError, match=message):
        dataclasses.replace(SMALL, **changes)


def test_data_that_cannot_be_trained_on_are_refused(small):
    with pytest.raises(InputError, match="holds kaon tracks, expected those of --particle muon"):
        train.load(dataclasses.replace(small, particle="muon"))
    with pytest.raises(InputError, match="650 tracks to train on, expected at least 1500"):
        train.load(dataclasses.replace(small, events=1000, batch_size=500))
    alone = dataclasses.replace(small, events=1000, batch_size=500, adversary=False, lambda_score=1.0)
    assert len(train.load(alone)["train"]["P"]) == 650  # no critic learns before
