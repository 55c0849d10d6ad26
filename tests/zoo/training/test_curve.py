import csv
import sys

import matplotlib.image
import pytest

from zoo.errors import InputError
from zoo.training import curve


def write_run(folder, scores):
    folder.mkdir()
    with (folder / "history.csv").open("w", newline="") as file:
        rows = [[36.0, score] for score in scores]
        csv.writer(file).writerows([["cpu_seconds", "score"], *rows])
    return folder


def test_the_scores_of_runs_are_drawn(tmp_path, monkeypatch, capsys):
    runs = [write_run(tmp_path / "a", [0.3, 0.2, 0.1]), write_run(tmp_path / "b", [0.4])]
    out = tmp_path / "figures" / "scores.png"
    monkeypatch.setattr(sys, "argv", ["curve", *map(str, runs), "--out", str(out)])
    curve.main()
    assert capsys.readouterr().out == f"{out}\n"
    assert matplotlib.image.imread(out).std() > 0.02


def test_a_folder_without_a_run_is_refused(tmp_path):
    with pytest.raises(InputError, match="has no history.csv, expected the folder of a run"):
        curve.draw(tmp_path / "scores.png", [tmp_path])
    assert not (tmp_path / "scores.png").exists()
