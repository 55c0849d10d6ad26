import dataclasses

import keras
import numpy as np
import pytest

from reproductions.mfc_cgan import data, evaluate, interpolate, observables, search, train
from reproductions.mfc_cgan.config import Config
from reproductions.mfc_cgan.room import ROOM
from zoo.errors import InputError
from zoo.training import runs, settings

SMALL = Config(
    generator_widths=(8,), discriminator_widths=(8,), latent_size=4, epochs=2, batch_size=50, score_every=1, jit=False
)
PLUS = {
    "coordinates": "kinematic",
    "residual": True,
    "judge_energy": True,
    "lambda_energy": 0.0,
    "lambda_zero": 0.1,
    "activation": "leaky_relu",
    "normalisation": False,
    "average": 0.9,
}


@pytest.fixture(scope="module")
def small(events_file):
    return dataclasses.replace(SMALL, data=events_file)


@pytest.fixture(scope="module", params=[{"decay": 0.5}, PLUS, {"loss": "wasserstein", "critic_steps": 2}])
def run(request, small, tmp_path_factory):
    """A finished run of four epochs of twelve batches: the paper's, mfc_cgan_plus, the Wasserstein variant."""
    config = dataclasses.replace(small, epochs=4, out=tmp_path_factory.mktemp("run") / "mfc", **request.param)
    return config, train.train(config)


def test_run_leaves_everything_behind_and_the_best_generator(run):
    config, generator = run
    rows = runs.read_history(config.folder)
    assert runs.read_config(config.folder, Config) == config
    assert len(rows) == 4
    assert all(np.isfinite(float(value)) for row in rows for value in row.values())
    validation = train.load(config)["validation"]
    beam = validation["beam_energy"]
    events = generator.sample(len(beam), config.seed, beam_energy=beam)
    again = observables.score({"beam_energy": beam, **events}, validation).value
    assert again == pytest.approx(min(float(row["score"]) for row in rows), abs=1e-6)


@pytest.mark.filterwarnings("ignore:Skipping nested container")  # Keras, of networks of another form
def test_a_run_starts_with_the_networks_of_another(small, tmp_path):
    first = dataclasses.replace(small, epochs=1, out=tmp_path / "first")
    still = {"generator_learning_rate": 1e-30, "discriminator_learning_rate": 1e-30}
    second = dataclasses.replace(first, start=first.folder, out=tmp_path / "second", **still)
    found = [train.train(config).sample(100, 3, beam_energy=np.full(100, 70.0)) for config in (first, second)]
    for name, values in found[0].items():
        np.testing.assert_allclose(found[1][name], values, rtol=1e-6, err_msg=name)
    for changes, message in (
        ({"without": 100.0}, "first: was trained on all beam energies, expected the --without of this run"),
        ({"latent_size": 5}, "first: holds networks of another form"),
    ):
        with pytest.raises(InputError, match=message):
            train.train(dataclasses.replace(second, out=tmp_path / "refused", **changes))


def test_an_energy_left_out_is_tested_alone(small):
    parts = train.load(dataclasses.replace(small, without=100.0))
    assert data.energies(parts["train"]) == data.energies(parts["validation"]) == [50, 200]
    assert data.energies(parts["test"]) == [100]
    everything = train.load(small)
    np.testing.assert_array_equal(parts["test"]["mu_E"], data.at(everything["test"], 100)["mu_E"])


def test_interpolation_trains_without_each_inner_energy(small, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(evaluate, "JUDGED", 50)
    config = dataclasses.replace(small, epochs=1, out=tmp_path)
    metrics = interpolate.interpolate(config)
    assert list(metrics) == [100.0]
    assert list(metrics[100.0]["hellinger"]) == ["100"]
    assert metrics[100.0]["real"]["value"] is None
    assert (tmp_path / "mfc_cgan_without_100" / "figures" / "overview.png").exists()
    assert "trained without 100 GeV" in capsys.readouterr().out
    again = interpolate.interpolate(dataclasses.replace(config, resume=True))
    assert again == metrics
    interpolate.interpolate(dataclasses.replace(config, start=tmp_path, out=tmp_path / "second"))
    second = runs.read_config(tmp_path / "second" / "mfc_cgan_without_100", Config)
    assert second.start == tmp_path / "mfc_cgan_without_100"


def test_search_is_resumed_and_finds_its_best_trial(small, tmp_path):
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    config = dataclasses.replace(small, epochs=1, out=tmp_path / "search")
    study = search.search(config, 1)
    assert len(study.trials) == 1
    study = search.search(config, 2)
    assert len(study.trials) == 2
    assert study.trials[0].params != study.trials[1].params
    best = runs.read_history(config.out / f"trial_{study.best_trial.number}")
    assert study.best_value == pytest.approx(min(float(row["score"]) for row in best))
    first, second = (runs.read_config(config.out / f"trial_{number}", Config) for number in (0, 1))
    assert first.generator_learning_rate == config.generator_learning_rate != second.generator_learning_rate
    assert len(set(second.generator_widths)) == 1
    assert second.batch_size == config.batch_size
    assert second.lambda_zero == 0  # it is searched only where it is used
    with pytest.raises(InputError, match="the search needs --out"):
        search.search(dataclasses.replace(config, out=None), 1)


def test_search_of_the_rest_keeps_networks_and_stops_bad_trials(small, tmp_path, monkeypatch):
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    made = []

    def fake(config, scored):
        """The first epoch of each trial is worse than those of all before."""
        made.append(config)
        scored(1, 0.1 * len(made))
        scored(2, 0.05)

    monkeypatch.setattr(train, "train", fake)
    config = dataclasses.replace(small, lambda_zero=0.1, out=tmp_path / "search")
    study = search.search(config, 8, keep_networks=True)
    states = [trial.state.name for trial in study.trials]
    assert states == ["COMPLETE"] * 5 + ["PRUNED"] * 3
    assert study.best_value == 0.05
    assert {(one.generator_widths, one.discriminator_widths) for one in made} == {((8,), (8,))}
    assert len({one.lambda_zero for one in made}) == 8
    study = search.search(config, 9, keep_networks=True, prune=False)
    assert study.trials[-1].state.name == "COMPLETE"
    assert len(study.trials) == 9


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"without": 110.0}, "--without is 110, expected one of 50, 100, 200 GeV"),
        ({"without": 50.0}, "--without is 50, expected one between 50 and 200 GeV"),
        ({"batch_size": 601}, "600 events to train on, expected at least one batch of 601"),
    ],
)
def test_data_that_cannot_be_used_leave_nothing_behind(small, tmp_path, changes, message):
    config = dataclasses.replace(small, out=tmp_path / "run", **changes)
    with pytest.raises(InputError, match=message):
        train.train(config)
    assert not config.out.exists()


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("batch_size", 0, "--batch-size is 0, expected at least 1"),
        ("generator_learning_rate", float("nan"), "--generator-learning-rate is nan, expected a positive number"),
        ("lambda_energy", -1.0, "--lambda-energy is -1.0, expected no negative number"),
        ("average", 1.0, "--average is 1.0, expected at least 0 and below 1"),
        ("generator_widths", (16, 0), r"--generator-widths is \(16, 0\), expected at least 1 each"),
        ("without", 0.0, "--without is 0.0, expected a positive number"),
        ("latent_size", 2, "--latent-size is 2, expected at least 3 with --residual"),
    ],
)
def test_senseless_values_are_refused(name, value, message):
    with pytest.raises(InputError, match=message):
        Config(**{"coordinates": "kinematic", "residual": True, name: value})


def test_runs_without_an_energy_are_no_releases():
    with pytest.raises(InputError, match="was trained without 100 GeV, expected a run on all beam energies"):
        ROOM.check_release(Config(without=100.0))


def test_names_tell_the_variants():
    assert Config().name == "mfc_cgan"
    assert Config(coordinates="kinematic").name == "mfc_cgan_plus"
    assert Config(loss="wasserstein").name == "mfc_cgan_wasserstein"
    assert Config(without=100.0).name == "mfc_cgan_without_100"


def constant(value):
    """A generator that gives `value` for all coordinates."""
    return lambda inputs, training: keras.ops.full((keras.ops.shape(inputs["z"])[0], 2), value)


def judge(inputs, training):
    """Scores and energies that can be followed by hand: the mean coordinate, and a quarter of it."""
    mean = keras.ops.mean(inputs["coordinates"], axis=1, keepdims=True)
    return {"real": mean, "energy": mean / 4}


BATCH = {"coordinates": np.array([[1, 3], [3, 5]], np.float32), "beam_energy": np.array([[100], [200]], np.float32)}


def test_losses_are_the_papers():
    """Estimates 0.5, 1 of the energies 1, 2; their standard deviations 0.25 and 0.5."""
    config = dataclasses.replace(SMALL, lambda_energy=3.0)
    discriminator, generator = train.losses(config, constant(-1.0), judge)
    terms = {name: float(value) for name, value in discriminator(BATCH, keras.random.SeedGenerator(0)).items()}
    assert terms["real"] == pytest.approx(np.mean(np.log1p(np.exp([-2, -4]))))
    assert terms["generated"] == pytest.approx(np.log1p(np.exp(-1)))
    assert terms["energy"] == pytest.approx(3 * ((0.5**2 + 1**2) / 2 + 0.25**2))
    terms = {name: float(value) for name, value in generator(BATCH, keras.random.SeedGenerator(0)).items()}
    assert terms["trick"] == pytest.approx(np.log1p(np.exp(1)))
    assert terms["trick_energy"] == pytest.approx(3 * ((1.25**2 + 2.25**2) / 2 + 0.5**2))


def test_wasserstein_losses_and_their_penalty():
    """The score is the mean of two coordinates: its slope is 1/sqrt(2) everywhere."""
    config = dataclasses.replace(SMALL, loss="wasserstein", lambda_gradient=2.0, lambda_energy=0.0)
    discriminator, generator = train.losses(config, constant(-1.0), judge)
    terms = {name: float(value) for name, value in discriminator(BATCH, keras.random.SeedGenerator(0)).items()}
    assert terms == pytest.approx({"real": -3, "generated": -1, "gradient": 2 * (1 - 2**-0.5) ** 2}, rel=1e-5)
    assert generator(BATCH, keras.random.SeedGenerator(0))["trick"] == 1


def test_flags_make_mfc_cgan_plus():
    config = Config(**PLUS)
    assert "--coordinates kinematic" in " ".join(runs.flags(config))
    assert set(settings.deviations(config)) == set(PLUS)
