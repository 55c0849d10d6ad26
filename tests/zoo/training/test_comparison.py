"""The head-to-head of recipes, with a room of toys that are trained in this process."""

import dataclasses
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.fakes import toy_room
from zoo.errors import InputError
from zoo.metrics import Measurement
from zoo.training import comparison, runs

RECIPES = {
    "slow": toy_room.Config(),
    "fast": toy_room.Config(average=0.5),
    "after": toy_room.Config(start=Path("runs/slow")),
}


@pytest.fixture
def room(monkeypatch):
    """What `comparison` needs of a room; a judgement counts, so that one can tell whether it was repeated."""
    counted = []

    def judged(generator, parts, config):
        counted.append(config)
        return {"weight": Measurement(float(config.seed), 0.5)}

    def trained(room, config):
        if not (config.folder / runs.HISTORY).exists():
            toy_room.train(dataclasses.replace(config, start=None))

    monkeypatch.setattr(comparison, "_train", trained)
    monkeypatch.setattr("zoo.generator.Generator", lambda model, card: model)
    return SimpleNamespace(
        package="reproductions.toy",
        command="python -m reproductions.toy",
        config=toy_room.Config,
        recipes=RECIPES,
        counted=counted,
        load=lambda config: {},
        card=lambda config, parts: {},
        compared=judged,
    )


def test_each_recipe_is_trained_with_each_seed_and_judged_once(room, tmp_path, capsys):
    flags = ["--recipes", "slow", "fast", "--seeds", "1", "3", "--out", str(tmp_path)]
    comparison.command(room, flags)
    assert {path.name for path in tmp_path.iterdir()} >= {"slow_1", "slow_3", "fast_1", "fast_3", "comparison.png"}
    found = json.loads((tmp_path / comparison.JSON).read_text())
    assert [one["seed"] for one in found["recipes"]["fast"]] == [1, 3]
    assert found["recipes"]["slow"][0]["batches"] == 6  # two epochs of three batches
    assert len(found["recipes"]["slow"][0]["curve"]) == 2
    assert "2.000 ± 1.414" in capsys.readouterr().out  # of 1 and 3
    comparison.command(room, flags)
    assert len(room.counted) == 4
    with pytest.raises(InputError, match="comparison.json: compares with cpu_minutes 5.0, not 3.0; expected another"):
        comparison.command(room, [*flags, "--cpu-minutes", "3"])
    (tmp_path / comparison.JSON).write_text("half")
    with pytest.raises(InputError, match="comparison.json: is no comparison that this command wrote"):
        comparison.command(room, flags)


def test_a_recipe_that_starts_from_another_has_one_budget_with_it(room, tmp_path):
    first, second = comparison.trainings(room, "after", 2, 5.0, tmp_path)
    assert (first.folder, second.start) == (tmp_path / "slow_2_start", first.folder)
    assert first.cpu_minutes == second.cpu_minutes == 2.5
    assert first.seed == second.seed == 2
    (alone,) = comparison.trainings(room, "slow", 2, 5.0, tmp_path)
    assert alone.cpu_minutes == 5.0


def test_what_makes_no_comparison_is_refused(room, tmp_path, capsys):
    with pytest.raises(InputError, match="--cpu-minutes is 0.0, expected a positive number"):
        comparison.command(room, ["--recipes", "slow", "--cpu-minutes", "0", "--out", str(tmp_path)])
    with pytest.raises(SystemExit):
        comparison.command(room, ["--recipes", "none"])
    assert "invalid choice: 'none'" in capsys.readouterr().err


def test_one_seed_has_its_own_uncertainty_and_several_their_spread():
    one, other = ({"measures": {"x": {"value": value, "uncertainty": 0.5}}} for value in (1.0, 3.0))
    assert comparison.over_seeds([one], "x") == {"value": 1.0, "uncertainty": 0.5}
    assert comparison.over_seeds([one, other], "x") == {"value": 2.0, "uncertainty": pytest.approx(2**0.5)}


def test_a_process_is_told_of_files_with_their_folders(tmp_path):
    config = toy_room.Config(
        data=(tmp_path / "a.h5", tmp_path / "b.h5"), start=tmp_path / "first", out=tmp_path / "run"
    )
    found = comparison._paths(config)
    assert found[:3] == ["--data", str(tmp_path / "a.h5"), str(tmp_path / "b.h5")]
    assert found[3:] == ["--start", str(tmp_path / "first"), "--out", str(tmp_path / "run")]
    assert comparison._paths(toy_room.Config(data=tmp_path / "a.h5"))[:2] == ["--data", str(tmp_path / "a.h5")]
