"""A run's folder. That a training resumes bit for bit is tested in test_trainer.py and in test_rooms.py."""

import dataclasses
from pathlib import Path

import pytest

from zoo.cli import flag
from zoo.errors import InputError
from zoo.training import runs, settings
from zoo.training.settings import DATA, LENGTH, Settings


@dataclasses.dataclass(frozen=True, kw_only=True)
class Config(Settings):
    particle: tuple[str, ...] = flag(("piplus",), "", DATA)
    data: tuple[Path, ...] | None = flag(None, "", DATA)
    epochs: int = flag(50, "", LENGTH)
    batch_size: int = flag(256, "")
    attention: bool = flag(True, "")

    @property
    def name(self):
        return "toy"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Falling(Config):
    falls = True


def test_a_new_run_and_one_that_continues_it(tmp_path):
    config = Config(data=(Path("a.h5"),), batch_size=8, out=tmp_path / "run")
    assert runs.begin(config) == []
    assert runs.read_config(config.folder, Config) == config
    (config.folder / runs.CHECKPOINT).touch()
    (config.folder / runs.HISTORY).write_text("epoch,score\n1,nan\n")
    longer = dataclasses.replace(config, epochs=60, resume=True)
    assert runs.begin(longer) == [{"epoch": "1", "score": "nan"}]
    assert runs.read_config(config.folder, Config) == dataclasses.replace(longer, resume=False)
    with pytest.raises(InputError, match="holds a run already"):
        runs.begin(config)
    with pytest.raises(InputError, match="was trained with another data, attention"):
        runs.begin(dataclasses.replace(longer, attention=False, data=None))


def test_a_run_whose_rates_fall_by_its_epochs_keeps_them(tmp_path):
    config = Falling(out=tmp_path / "run")
    runs.begin(config)
    (config.folder / runs.CHECKPOINT).touch()
    (config.folder / runs.HISTORY).write_text("epoch,score\n1,nan\n")
    assert len(runs.begin(dataclasses.replace(config, resume=True))) == 1
    with pytest.raises(InputError, match="was trained with another epochs"):
        runs.begin(dataclasses.replace(config, epochs=60, resume=True))


def test_nothing_to_resume(tmp_path):
    with pytest.raises(InputError, match="holds no checkpoint"):
        runs.begin(Config(out=tmp_path / "run", resume=True))
    assert not (tmp_path / "run").exists()


def test_a_run_starts_from_a_folder_with_one_of_the_files_it_needs(tmp_path):
    start, weights = tmp_path / "before", "generator.keras"
    config = Config(start=start, out=tmp_path / "run")
    with pytest.raises(InputError, match=f"before: holds no {runs.CHECKPOINT}, expected the folder of a run to start"):
        runs.begin(config)
    start.mkdir()
    (start / weights).touch()
    with pytest.raises(InputError, match=f"before: holds no {runs.CHECKPOINT}, expected"):
        runs.begin(config)
    with pytest.raises(InputError, match=f"before: holds no {runs.CHECKPOINT} or {runs.BEST}, expected"):
        runs.begin(config, (runs.CHECKPOINT, runs.BEST))
    assert not config.folder.exists()
    assert runs.begin(config, (runs.CHECKPOINT, weights)) == []
    (start / runs.CHECKPOINT).touch()
    assert runs.begin(config) == []


def test_a_run_goes_on_without_the_one_that_it_started_from(tmp_path):
    start = tmp_path / "before"
    start.mkdir()
    (start / runs.CHECKPOINT).touch()
    config = Config(start=start, out=tmp_path / "run")
    runs.begin(config)
    (config.folder / runs.CHECKPOINT).touch()
    (config.folder / runs.HISTORY).write_text("epoch,score\n1,nan\n")
    (start / runs.CHECKPOINT).unlink()
    assert len(runs.begin(dataclasses.replace(config, resume=True))) == 1


def test_flags_and_deviations_of_a_run():
    config = Config(
        particle=("gamma",), data=(Path("x/a.h5"),), epochs=3, batch_size=8, attention=False, out=Path("run"), jit=False
    )
    assert " ".join(runs.flags(config)) == "--data x/a.h5 --epochs 3 --batch-size 8 --particle gamma --no-attention"
    assert settings.deviations(config) == {"batch_size": 8, "attention": False}


def test_a_run_holds_out_what_the_one_that_it_starts_from_has_not_seen(tmp_path):
    before = Config(data=(Path("a.h5"),), seed=2, events=50, out=tmp_path / "before")
    runs.begin(before)
    (before.folder / runs.CHECKPOINT).touch()
    after = dataclasses.replace(before, start=before.folder, out=tmp_path / "run")
    for changes in ({"seed": 3}, {"events": None}):
        with pytest.raises(InputError, match="has learnt from events that .* expected its seed 2 and 50 events"):
            runs.begin(dataclasses.replace(after, **changes))
    assert not after.folder.exists()
    runs.begin(after)
    runs.begin(dataclasses.replace(after, data=(Path("b.h5"),), seed=3, out=tmp_path / "other"))
