import csv
import dataclasses
import json

import pytest

import zoo
from reproductions.top_pair_gan import data, lhe, model, peaks
from reproductions.top_pair_gan.config import Config
from zoo.errors import InputError


def write_run(folder, **changes):
    """What a training of two epochs leaves."""
    config = dataclasses.replace(
        Config(data=data.SAMPLE, events=1000, units=4, depth=1, batch_size=8, epochs=2), **changes
    )
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(dataclasses.asdict(config), default=str))
    with (folder / "history.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["epoch", "batches", "cpu_seconds", "score"], [1, 1000, 1800, 0.2]])
    model.generator(4, 1, config.mapping).save(folder / "best.keras")
    return folder


def test_peaks_of_several_runs_are_drawn_together(tmp_path, monkeypatch, capsys):
    folders = [write_run(tmp_path / name, mapping=name == "mapping") for name in ("momenta", "mapping")]
    drawn = {}
    monkeypatch.setattr(peaks, "runs", lambda path, counts, reference: drawn.update(counts, truth=reference))
    arguments = [*map(str, folders), "--out", str(tmp_path / "peaks.png"), "--events", "200"]
    monkeypatch.setattr("sys.argv", ["peaks", *arguments])
    peaks.main()
    assert list(drawn) == ["momenta", "mapping", "truth"]
    assert drawn["mapping"]["m_t"].sum() > 150
    assert drawn["momenta"]["m_t"].sum() < 150
    assert drawn["truth"]["m_wplus"].sum() > 90
    printed = capsys.readouterr().out
    assert printed.count("within 5 GeV") == 2
    assert printed.count("held out") == 2


def test_a_model_writes_an_lhe_file(tmp_path, monkeypatch):
    out = tmp_path / "events.lhe"
    monkeypatch.setattr("sys.argv", ["lhe", "top_pair_gan_plus", "--events", "30", "--seed", "5", "--out", str(out)])
    lhe.main()
    expected = zoo.load("top_pair_gan_plus").sample(30, seed=5)["p4"][..., 1:]
    assert data.load(out) == pytest.approx(expected, rel=1e-5, abs=1e-3)
    with pytest.raises(InputError, match="events.lhe: exists already"):
        lhe.main()
