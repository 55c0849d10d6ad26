import csv
import json
from dataclasses import dataclass
from pathlib import Path

import h5py
import keras
import pytest

import zoo
from zoo.cli import flag
from zoo.training import runs
from zoo.training.release import release


@dataclass(frozen=True)
class Config:
    epochs: int = flag(2, "epochs")
    seed: int = flag(1, "seed")
    events: int | None = flag(None, "events")
    out: Path | None = flag(None, "folder")


@pytest.fixture
def released(tmp_path, toy_model, toy_card):
    """``released(**attributes of the data)`` releases a run of the toy; the card of the new weights."""
    run = tmp_path / "run"
    run.mkdir()
    toy_model.save(run / runs.BEST)
    with (run / runs.HISTORY).open("w") as file:
        writer = csv.DictWriter(file, ["score", "batches", "cpu_seconds"])
        writer.writeheader()
        writer.writerow({"score": 0.5, "batches": 10, "cpu_seconds": 36})
    card = {key: value for key, value in toy_card.items() if key not in ("training", "data", "metrics")}

    def judge(generator, folder):
        (folder / "figures").mkdir()
        for name in ("figures/overview.png", "distributions.h5", "metrics.json"):
            (folder / name).write_text(name)
        return {"score": {"value": 0.25, "uncertainty": 0.125}}

    def make(**attributes):
        with h5py.File(tmp_path / "data.h5", "w") as file:
            file.attrs.update(attributes)
        folder = release(
            run,
            tmp_path / "weights",
            config=Config(),
            command="python -m toys",
            card=card,
            source=tmp_path / "data.h5",
            events={"train": 5},
            judge=judge,
            headline=lambda config, metrics: {"value": metrics["score"]["value"], "epochs": config.epochs},
        )
        assert isinstance(zoo.load(folder).model, keras.Model)
        return json.loads((folder / "card.json").read_text())

    return make


def test_versions_count_what_takes_the_place_of_what(released, tmp_path):
    assert released()["version"] == 1
    assert released()["version"] == 2
    assert [folder.name for folder in (tmp_path / "weights").iterdir()] == ["toy"]
    path = tmp_path / "weights/toy/card.json"
    path.write_text(json.dumps({"name": "toy"}))  # of the time before versions
    assert released()["version"] == 2


def test_the_licence_tells_what_the_data_state(released):
    assert released()["licence"] == "CC BY 4.0"
    phrase = "events that state no licence"
    card = released(licence=phrase)
    assert card["licence"] == f"CC BY 4.0; learnt from {phrase}"
    assert card["data"]["provenance"]["licence"] == phrase


def test_the_headline_is_of_the_metrics_of_the_weights(released):
    assert released()["headline"] == {"value": 0.25, "epochs": 2}
