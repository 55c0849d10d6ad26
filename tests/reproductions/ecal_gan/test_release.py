import csv
import dataclasses
import json

import numpy as np
import pytest

import zoo
from reproductions.ecal_gan import data, evaluate, figures, model, train
from reproductions.ecal_gan.config import Config
from reproductions.ecal_gan.release import SUMMARIES, release
from zoo.errors import InputError

NUMBER = {"value": 0.1, "uncertainty": 0.01}


def write_run(folder, **changes):
    """What a training of two epochs leaves."""
    config = dataclasses.replace(Config(events=150, latent_size=4, filters=2, batch_size=8, epochs=2), **changes)
    (folder / "figures").mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(dataclasses.asdict(config), default=str))
    with (folder / "history.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([["epoch", "batches", "cpu_seconds", "score"], [1, 100, 180, "nan"], [2, 200, 180, 0.2]])
    model.generator(**train.shape(config)).save(folder / "best.keras")
    return folder


@pytest.fixture
def evaluated(monkeypatch):
    """Takes the place of the evaluation; the showers that it was given to judge."""
    seen = []

    def evaluation(sample, parts, out, seed):
        asked = data.conditions(data.take(parts["test"], slice(3)))
        seen.append((asked, sample(3, seed=5, **asked)["energy"]))
        assert {name: len(part["point"]) for name, part in parts.items()} == {"train": 75, "validation": 15, "test": 60}
        (out / "figures").mkdir()
        for name in ("figures/overview.png", "figures/shapes.png", "distributions.h5", "metrics.json"):
            (out / name).write_text(name)
        return dict.fromkeys((*SUMMARIES, "response"), NUMBER)

    monkeypatch.setattr(evaluate, "evaluate", evaluation)
    monkeypatch.setattr(evaluate, "format_table", str)
    return seen


@pytest.mark.parametrize(("metric", "name"), [("none", "ecal_gan"), ("surrogate", "ecal_gan_refined")])
def test_released_weights_load_and_are_those_that_were_judged(tmp_path, evaluated, metric, name):
    folder = release(write_run(tmp_path / "run", metric=metric), tmp_path / "weights")
    assert folder.name == name
    asked, energy = evaluated[0]
    found = zoo.load(folder).sample(3, seed=5, momentum=asked["momentum"], point=asked["point"])["energy"]
    np.testing.assert_allclose(found, energy, rtol=1e-4, atol=1e-5)
    card = json.loads((folder / "card.json").read_text())
    assert card["training"]["deviations"]["filters"] == 2
    assert card["training"]["command"].startswith("python -m reproductions.ecal_gan --events 150 --latent-size 4")
    assert card["paper"]["arxiv"] == ("1812.01319" if metric == "none" else "2207.06329")
    assert card["data"]["provenance"]["physics_list"] == "FTFP_BERT"
    assert card["metrics"] == dict.fromkeys(SUMMARIES, NUMBER)


def test_what_is_no_run_or_says_nothing_of_its_data_is_refused(tmp_path, showers):
    with pytest.raises(InputError, match=r"has no config.json, expected the folder of a run"):
        release(tmp_path, tmp_path / "weights")
    run = write_run(tmp_path / "run", data=tmp_path / "showers.npz")
    with pytest.raises(InputError, match="showers.npz: is not HDF5"):
        release(run, tmp_path / "weights")
    assert not (tmp_path / "weights").exists()


def test_asymmetries_of_several_models_are_drawn_side_by_side(tmp_path, evaluated, monkeypatch):
    folders = [
        release(write_run(tmp_path / metric, metric=metric), tmp_path / "weights") for metric in ("none", "surrogate")
    ]
    drawn = {}
    monkeypatch.setattr(
        figures, "asymmetries", lambda path, counts, reference, distances: drawn.update(counts=counts, far=distances)
    )
    out = str(tmp_path / "a.png")
    monkeypatch.setattr("sys.argv", ["figures", *map(str, folders), "--data", str(data.SAMPLE), "--out", out])
    figures.main()
    assert list(drawn["counts"]) == list(drawn["far"]) == ["ecal_gan", "ecal_gan_refined"]
    assert 0 <= drawn["far"]["ecal_gan"]["asymmetry_long"].value <= 1
    other = tmp_path / "other.h5"
    other.write_text("other")
    monkeypatch.setattr("sys.argv", ["figures", *map(str, folders), "--data", str(other), "--out", out])
    with pytest.raises(InputError, match=r"other.h5: is not the file, or not the split"):
        figures.main()
