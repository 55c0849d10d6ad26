import csv
import dataclasses
import json
from pathlib import Path

import h5py
import keras
import pytest

import zoo
from zoo.cli import flag
from zoo.training import runs
from zoo.training.release import release


@dataclasses.dataclass(frozen=True)
class Config:
    epochs: int = flag(2, "epochs")
    seed: int = flag(1, "seed")
    events: int | None = flag(None, "events")
    start: Path | None = flag(None, "folder of another run")
    out: Path | None = flag(None, "folder of the run")

    @property
    def folder(self):
        return self.out or Path("runs/toy")


@pytest.fixture
def released(tmp_path, monkeypatch, toy_model, toy_card):
    """``released(config, **attributes of the data)`` releases a run of the toy; the card of the new weights."""
    monkeypatch.chdir(tmp_path)
    card = {key: value for key, value in toy_card.items() if key not in ("training", "data", "metrics")}

    def judge(generator, folder):
        (folder / "figures").mkdir()
        for name in ("figures/overview.png", "distributions.h5", "metrics.json"):
            (folder / name).write_text(name)
        return {"score": {"value": 0.25, "uncertainty": 0.125}}

    def run(config):
        config.folder.mkdir(parents=True, exist_ok=True)
        (config.folder / runs.CONFIG).write_text(json.dumps(dataclasses.asdict(config), default=str))
        with (config.folder / runs.HISTORY).open("w") as file:
            writer = csv.DictWriter(file, ["score", "batches", "cpu_seconds"])
            writer.writeheader()
            writer.writerow({"score": 0.5, "batches": 10, "cpu_seconds": 36})
        toy_model.save(config.folder / runs.BEST)
        return config.folder

    def make(config=Config(), before=(), **attributes):  # noqa: B008  it is frozen
        for other in before:
            run(other)
        with h5py.File("data.h5", "w") as file:
            file.attrs.update(attributes)
        folder = release(
            run(config),
            Path("weights"),
            config=config,
            command="python -m toys",
            card=card,
            source=Path("data.h5"),
            events={"train": 5},
            judge=judge,
            headline=lambda config, metrics: {"value": metrics["score"]["value"], "epochs": config.epochs},
        )
        assert isinstance(zoo.load(folder).model, keras.Model)
        return json.loads((folder / "card.json").read_text())

    return make


def test_versions_count_what_takes_the_place_of_what(released):
    assert released()["version"] == 1
    assert released()["version"] == 2
    assert [folder.name for folder in Path("weights").iterdir()] == ["toy"]
    Path("weights/toy/card.json").write_text(json.dumps({"name": "toy"}))  # of the time before versions
    assert released()["version"] == 2


def test_the_licence_tells_what_the_data_state(released):
    assert released()["licence"] == "CC BY 4.0"
    phrase = "events that state no licence"
    card = released(licence=phrase)
    assert card["licence"] == f"CC BY 4.0; learnt from {phrase}"
    assert card["data"]["provenance"]["licence"] == phrase


def test_the_headline_is_of_the_metrics_of_the_weights(released):
    assert released()["headline"] == {"value": 0.25, "epochs": 2}


def test_commands_one_after_the_other_find_what_they_start_from(released, tmp_path):
    first = Config(seed=3, out=Path("runs/first"))
    second = Config(epochs=4, start=tmp_path / "runs/first")
    third = Config(start=tmp_path / "runs/toy", out=Path("runs/third"))
    training = released(third, [first, second])["training"]
    assert training["command"] == "python -m toys --start runs/toy"
    assert training["start"]["command"] == "python -m toys --epochs 4 --start runs/first"  # into runs/toy, as toys do
    assert training["start"]["start"]["command"] == "python -m toys --seed 3 --out runs/first"
