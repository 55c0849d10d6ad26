import csv
import dataclasses
import json

import numpy as np
import pytest

import zoo
from reproductions.calogan import data, evaluate, model
from reproductions.calogan.config import Config
from reproductions.calogan.release import release
from zoo.errors import InputError

NUMBER = {"value": 0.1, "uncertainty": 0.01}


def write_run(folder, **changes):
    """What a training of two epochs leaves."""
    config = dataclasses.replace(Config(latent_size=4, events=100, batch_size=8, epochs=2, flips=True), **changes)
    (folder / "figures").mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(dataclasses.asdict(config), default=str))
    with (folder / "history.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([["epoch", "batches", "cpu_seconds", "score"], [1, 10, 1800, "nan"], [2, 20, 1800, 0.2]])
    model.folded(4, len(config.particle)).save(folder / "best.keras")
    return folder


@pytest.fixture
def evaluated(monkeypatch):
    """Takes the place of the evaluation; the showers that it was given to judge."""
    seen = []

    def evaluation(sample, parts, particle, out, seed):
        seen.append(sample(3, energy=50.0, seed=5))
        assert {name: len(part["energy"]) for name, part in parts.items()} == {
            "train": 80,
            "validation": 10,
            "test": 10,
        }
        (out / "figures").mkdir()
        for name in ("figures/overview.png", "figures/response.png", "distributions.h5", "metrics.json"):
            (out / name).write_text(name)
        return {"mean": NUMBER, "classifier_auc": NUMBER, "nearest_neighbours": NUMBER, "histograms": {"much": "more"}}

    monkeypatch.setattr(evaluate, "evaluate", evaluation)
    monkeypatch.setattr(evaluate, "format_table", str)
    return seen


def test_released_weights_load_and_are_those_that_were_judged(tmp_path, evaluated):
    folder = release(write_run(tmp_path / "run"), tmp_path / "weights")
    assert {path.name for path in folder.iterdir()} == {
        "card.json",
        "distributions.h5",
        "generator.keras",
        "overview.png",
    }
    assert (tmp_path / "run/figures/response.png").exists()
    assert (tmp_path / "run/metrics.json").exists()
    showers = zoo.load(folder).sample(3, energy=50.0, seed=5)
    for name in data.SHAPES:
        np.testing.assert_allclose(showers[name], evaluated[0][name], rtol=1e-5, atol=1e-5)


def test_card_tells_the_recipe_the_data_and_the_cost(tmp_path, evaluated):
    folder = release(write_run(tmp_path / "run"), tmp_path / "weights")
    card = json.loads((folder / "card.json").read_text())
    assert card["training"] | {"version": None} == {
        "command": "python -m reproductions.calogan --events 100 --epochs 2 --batch-size 8 --latent-size 4 --flips",
        "seed": 1,
        "events": 100,
        "version": None,
        "epochs": 2,
        "best_epoch": 2,
        "batches": 20,
        "cpu_hours": 1.0,
        "deviations": {"batch_size": 8, "latent_size": 4, "flips": True},
    }
    assert card["data"]["name"] == "piplus.h5"
    assert card["data"]["events"] == {"train": 80, "validation": 10, "test": 10}
    assert card["metrics"] == {"mean": NUMBER, "classifier_auc": NUMBER, "nearest_neighbours": NUMBER}


def test_card_tells_what_a_run_started_from(tmp_path, evaluated):
    first = write_run(tmp_path / "first", flips=False)
    folder = release(write_run(tmp_path / "run", start=first), tmp_path / "weights")
    training = json.loads((folder / "card.json").read_text())["training"]
    assert training["command"].endswith("--start first --flips")
    assert training["start"]["deviations"] == {"batch_size": 8, "latent_size": 4}
    assert training["start"]["batches"] == 20
    sha256 = json.loads((folder / "card.json").read_text())["sha256"]["generator.keras"]
    again = release(write_run(tmp_path / "again", start=folder), tmp_path / "later")
    before = json.loads((again / "card.json").read_text())["training"]["start"]
    assert before == {"sha256": sha256, **training}


def test_what_is_no_run_is_refused_and_leaves_nothing(tmp_path):
    with pytest.raises(InputError, match="has no config.json, expected the folder of a run"):
        release(tmp_path, tmp_path / "weights")
    run = write_run(tmp_path / "run", particle=("eplus", "gamma"))
    with pytest.raises(InputError, match="trained eplus gamma, expected a run of one particle"):
        release(run, tmp_path / "weights")
    assert not (tmp_path / "weights").exists()


def test_a_run_without_the_one_that_it_started_from_is_refused_before_it_is_judged(tmp_path, evaluated):
    run = write_run(tmp_path / "run", start=tmp_path / "gone")
    with pytest.raises(InputError, match="gone: holds no config.json, expected the run that .*run started from"):
        release(run, tmp_path / "weights")
    assert not evaluated
    assert not (tmp_path / "weights").exists()
