import csv
import dataclasses
import json

import numpy as np
import pytest

import zoo
from reproductions.rich_gan import data, evaluate, model
from reproductions.rich_gan.config import Config
from reproductions.rich_gan.constants import DLLS
from reproductions.rich_gan.coordinates import Hypotheses
from reproductions.rich_gan.release import SUMMARIES, release

NUMBER = {"value": 0.1, "uncertainty": 0.01}
ASKED = {"P": 20e3, "eta": 3.0, "nspdhits": 200.0}


def test_released_weights_load_and_are_those_that_were_judged(tmp_path, kaons_file, monkeypatch):
    seen = []

    def evaluation(sample, parts, particle, out, seed):
        seen.append(sample(3, seed=5, **ASKED))
        assert particle == "kaon"
        (out / "figures").mkdir()
        for name in ("figures/overview.png", "figures/regions.png", "distributions.h5", "metrics.json"):
            (out / name).write_text(name)
        return dict.fromkeys(SUMMARIES, NUMBER) | {"ratios": {"much": "more"}}

    monkeypatch.setattr(evaluate, "evaluate", evaluation)
    monkeypatch.setattr(evaluate, "format_table", str)
    config = Config(data=kaons_file, coordinates="hypotheses", depth=1, batch_size=100, epochs=1)
    run = tmp_path / "run"
    run.mkdir()
    (run / "config.json").write_text(json.dumps(dataclasses.asdict(config), default=str))
    with (run / "history.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["epoch", "batches", "cpu_seconds", "score"], [1, 12, 36.0, 0.2]])
    model.dlls(model.generator(5, 8, depth=1), Hypotheses(data.load(kaons_file))).save(run / "best.keras")

    folder = release(run, tmp_path / "weights")
    assert folder.name == "rich_gan_kaon"
    assert {path.name for path in folder.iterdir()} == {
        "card.json",
        "distributions.h5",
        "generator.keras",
        "overview.png",
    }
    generator = zoo.load(folder)
    tracks = generator.sample(3, seed=5, **ASKED)
    assert list(tracks) == list(DLLS)
    for name in DLLS:
        np.testing.assert_allclose(tracks[name], seen[0][name], rtol=1e-5)
    with pytest.warns(UserWarning, match="P 2e.06 MeV is outside the range of the training"):
        generator.sample(3, **ASKED | {"P": 2e6})
    card = json.loads((folder / "card.json").read_text())
    assert card["metrics"] == dict.fromkeys(SUMMARIES, NUMBER)
    assert card["data"]["events"] == {"train": 5200, "validation": 400, "test": 2400}
    assert card["training"]["deviations"]["coordinates"] == "hypotheses"
    assert card["conditions"]["P"]["unit"] == "MeV"
