import csv
import dataclasses
import json

import numpy as np
import pytest

import zoo
from reproductions.mfc_cgan import coordinates, data, evaluate, model
from reproductions.mfc_cgan.config import Config
from reproductions.mfc_cgan.release import SUMMARIES, release
from reproductions.mfc_cgan.simulate import FEATURES
from zoo.errors import InputError

NUMBER = {"value": 0.1, "uncertainty": 0.01}


@pytest.fixture
def evaluated(monkeypatch):
    """Takes the place of the evaluation; the events that it was given to judge."""
    seen = []

    def evaluation(sample, parts, mass, out, seed):
        seen.append(sample(3, beam_energy=150.0, seed=5))
        assert mass == 0.5
        (out / "figures").mkdir()
        for name in ("figures/overview.png", "figures/hellinger.png", "distributions.h5", "metrics.json"):
            (out / name).write_text(name)
        return dict.fromkeys(SUMMARIES, NUMBER) | {"correlations": {"much": "more"}}

    monkeypatch.setattr(evaluate, "evaluate", evaluation)
    monkeypatch.setattr(evaluate, "format_table", str)
    return seen


def write_run(folder, events_file, **changes):
    """What a training of one epoch leaves."""
    config = dataclasses.replace(Config(data=events_file, epochs=1, batch_size=50), **changes)
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(dataclasses.asdict(config), default=str))
    with (folder / "history.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["epoch", "batches", "cpu_seconds", "score"], [1, 12, 36.0, 0.2]])
    events = data.load(events_file)
    system = coordinates.Kinematic(events, 0.5) if config.coordinates == "kinematic" else coordinates.Paper(events)
    model.events(model.generator(system.size), system).save(folder / "best.keras")
    return folder


@pytest.mark.parametrize(("system", "name"), [("paper", "mfc_cgan"), ("kinematic", "mfc_cgan_plus")])
def test_released_weights_load_and_are_those_that_were_judged(tmp_path, events_file, evaluated, system, name):
    folder = release(write_run(tmp_path / "run", events_file, coordinates=system), tmp_path / "weights")
    assert folder.name == name
    assert {path.name for path in folder.iterdir()} == {
        "card.json",
        "distributions.h5",
        "generator.keras",
        "overview.png",
    }
    generator = zoo.load(folder)
    events = generator.sample(3, beam_energy=150.0, seed=5)
    assert list(events) == list(FEATURES)
    for feature in FEATURES:
        assert events[feature].shape == (3,)
        np.testing.assert_allclose(events[feature], evaluated[0][feature], rtol=1e-5)
    with pytest.warns(UserWarning, match="beam_energy 250 GeV is outside the range of the training, 50.0 to 200.0"):
        generator.sample(3, beam_energy=250.0)
    card = json.loads((folder / "card.json").read_text())
    assert card["metrics"] == dict.fromkeys(SUMMARIES, NUMBER)
    assert card["data"]["events"] == {"train": 600, "validation": 120, "test": 480}
    assert card["outputs"]["mu_eta"] == {"shape": [], "unit": ""}
    assert "0.5 GeV" in card["summary"]


def test_runs_without_an_energy_are_no_releases(tmp_path, events_file):
    run = write_run(tmp_path / "run", events_file, without=100.0)
    with pytest.raises(InputError, match="was trained without 100 GeV, expected a run on all beam energies"):
        release(run, tmp_path / "weights")
    assert not (tmp_path / "weights").exists()
