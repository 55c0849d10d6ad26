import csv
import dataclasses
import json

import numpy as np
import pytest

import zoo
from reproductions.top_pair_gan import data, evaluate, lhe, model
from reproductions.top_pair_gan.config import Config
from reproductions.top_pair_gan.release import SUMMARIES, release
from zoo.errors import InputError

NUMBER = {"value": 0.1, "uncertainty": 0.01}


def write_run(folder, **changes):
    """What a training of two epochs leaves."""
    config = dataclasses.replace(
        Config(data=data.SAMPLE, events=1000, units=4, depth=1, batch_size=8, epochs=2), **changes
    )
    (folder / "figures").mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(dataclasses.asdict(config), default=str))
    with (folder / "history.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([["epoch", "batches", "cpu_seconds", "score"], [1, 1000, 1800, "nan"], [2, 2000, 1800, 0.2]])
    model.generator(4, 1, config.mapping).save(folder / "best.keras")
    return folder


@pytest.fixture
def evaluated(monkeypatch):
    """Takes the place of the evaluation; the events that it was given to judge."""
    seen = []

    def evaluation(sample, parts, out, seed):
        seen.append(sample(3, seed=5)["p4"])
        assert {name: len(part) for name, part in parts.items()} == {"train": 800, "validation": 100, "test": 100}
        (out / "figures").mkdir()
        for name in ("figures/overview.png", "figures/peaks.png", "distributions.h5", "metrics.json"):
            (out / name).write_text(name)
        return dict.fromkeys((*SUMMARIES, "histograms"), NUMBER)

    monkeypatch.setattr(evaluate, "evaluate", evaluation)
    monkeypatch.setattr(evaluate, "format_table", str)
    return seen


@pytest.mark.parametrize("mapping", [False, True])
def test_released_weights_load_and_are_those_that_were_judged(tmp_path, evaluated, mapping):
    folder = release(write_run(tmp_path / "run", mapping=mapping), tmp_path / "weights")
    assert folder.name == ("top_pair_gan_plus" if mapping else "top_pair_gan")
    np.testing.assert_allclose(zoo.load(folder).sample(3, seed=5)["p4"], evaluated[0], rtol=1e-5)
    card = json.loads((folder / "card.json").read_text())
    assert card["training"]["deviations"] == {
        "units": 4,
        "depth": 1,
        **({"mapping": True} if mapping else {}),
        "batch_size": 8,
    }
    assert card["training"]["command"].startswith(
        "python -m reproductions.top_pair_gan --data mg5.h5 --events 1000 --units 4 --depth 1"
    )
    assert (card["training"]["batches"], card["training"]["best_epoch"]) == (2000, 2)
    assert card["data"]["provenance"]["generator"] == "MadGraph5 3.5.7"
    assert card["metrics"] == dict.fromkeys(SUMMARIES, NUMBER)
    assert (tmp_path / "run" / "figures" / "training.png").stat().st_size > 1000


def test_what_is_no_run_or_says_nothing_of_its_data_is_refused(tmp_path):
    with pytest.raises(InputError, match="has no config.json, expected the folder of a run"):
        release(tmp_path, tmp_path / "weights")
    lhe.write(tmp_path / "events.lhe", data.load(data.SAMPLE, 20))
    run = write_run(tmp_path / "run", data=tmp_path / "events.lhe")
    with pytest.raises(InputError, match="events.lhe: is not HDF5"):
        release(run, tmp_path / "weights")
    assert not (tmp_path / "weights").exists()


def test_a_model_writes_an_lhe_file(tmp_path, evaluated, monkeypatch, capsys):
    folder = release(write_run(tmp_path / "run", mapping=True), tmp_path / "weights")
    out = tmp_path / "events.lhe"
    monkeypatch.setattr("sys.argv", ["lhe", str(folder), "--events", "30", "--seed", "5", "--out", str(out)])
    lhe.main()
    # GeV; other batch sizes round differently in float32
    np.testing.assert_allclose(data.load(out)[:3], evaluated[0][..., 1:], rtol=1e-5, atol=1e-3)
    with pytest.raises(InputError, match="events.lhe: exists already"):
        lhe.main()
