import csv
import dataclasses
import json

import numpy as np
import pytest

import zoo
from reproductions.tpc_gan import data, evaluate, model
from reproductions.tpc_gan.config import Config
from reproductions.tpc_gan.release import SUMMARIES, release
from zoo.errors import InputError

NUMBER = {"value": 0.1, "uncertainty": 0.01}
ASKED = {"crossing_angle": 5.0, "dip_angle": -30.0, "drift_length": 120.5, "pad_coordinate": 31.25}


@pytest.fixture
def evaluated(monkeypatch):
    """Takes the place of the evaluation; the responses that it was given to judge."""
    seen = []

    def evaluation(generator, parts, out, seed):
        seen.append(generator.sample(3, seed=5, **ASKED)["amplitude"])
        (out / "figures").mkdir()
        for name in ("figures/overview.png", "figures/profiles.png", "distributions.h5", "metrics.json"):
            (out / name).write_text(name)
        return dict.fromkeys(SUMMARIES, NUMBER) | {"resolution": {"much": "more"}}

    monkeypatch.setattr(evaluate, "evaluate", evaluation)
    monkeypatch.setattr(evaluate, "format_table", str)
    return seen


def write_run(folder, **changes):
    """What a training of one epoch leaves."""
    config = dataclasses.replace(Config(data=data.SAMPLE, epochs=1), **changes)
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(dataclasses.asdict(config), default=str))
    with (folder / "history.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["epoch", "batches", "cpu_seconds", "score"], [1, 12, 36.0, 1200.0]])
    model.responses(model.generator()).save(folder / "best.keras")
    return folder


def test_released_weights_load_and_are_those_that_were_judged(tmp_path, evaluated):
    folder = release(write_run(tmp_path / "run"), tmp_path / "weights")
    assert folder.name == "tpc_gan_simulated"
    generator = zoo.load(folder)
    amplitude = generator.sample(3, seed=5, **ASKED)["amplitude"]
    assert amplitude.shape == (3, 8, 16)
    np.testing.assert_allclose(amplitude, evaluated[0], rtol=1e-5)
    with pytest.warns(UserWarning, match="dip_angle 70 degrees is outside the range of the training, -60.0 to 60.0"):
        generator.sample(3, **ASKED | {"dip_angle": 70.0})
    card = json.loads((folder / "card.json").read_text())
    assert card["metrics"] == dict.fromkeys(SUMMARIES, NUMBER)
    assert card["data"]["events"] == {"train": 800, "validation": 200, "test": 1000}
    assert card["outputs"]["amplitude"] == {"shape": [8, 16], "unit": "ADC counts"}
    assert card["data"]["provenance"]["generator"] == "reproductions.tpc_gan.simulate"


def test_runs_on_text_are_no_releases(tmp_path):
    run = write_run(tmp_path / "run", data=tmp_path / "digits.dat")
    with pytest.raises(InputError, match=r"digits\.dat: is not HDF5"):
        release(run, tmp_path / "weights")
    assert not (tmp_path / "weights").exists()
