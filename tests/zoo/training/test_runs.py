"""A run's folder. That a training resumes bit for bit is tested with real networks, in test_gan.py and the rooms."""

import dataclasses
from pathlib import Path

import pytest

from zoo.errors import InputError
from zoo.training import runs


@dataclasses.dataclass(frozen=True)
class Config:
    particle: tuple[str, ...] = ("piplus",)
    data: tuple[Path, ...] | None = None
    epochs: int = 50
    batch_size: int = 256
    attention: bool = True
    start: Path | None = None
    out: Path | None = None
    resume: bool = False

    @property
    def folder(self):
        return self.out


@dataclasses.dataclass(frozen=True)
class Cosine(Config):
    cosine: bool = True


@dataclasses.dataclass(frozen=True)
class Sampled(Config):
    seed: int = 1
    events: int | None = None


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
    config = Cosine(out=tmp_path / "run")
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
    config = Config(("gamma",), (Path("x/a.h5"),), 3, 8, False, None, Path("run"), True)
    assert " ".join(runs.flags(config)) == "--particle gamma --data x/a.h5 --epochs 3 --batch-size 8 --no-attention"
    assert runs.deviations(config) == {"batch_size": 8, "attention": False}


def test_a_run_holds_out_what_the_one_that_it_starts_from_has_not_seen(tmp_path):
    before = Sampled(data=(Path("a.h5"),), seed=2, events=50, out=tmp_path / "before")
    runs.begin(before)
    (before.folder / runs.CHECKPOINT).touch()
    after = dataclasses.replace(before, start=before.folder, out=tmp_path / "run")
    for changes in ({"seed": 3}, {"events": None}):
        with pytest.raises(InputError, match="has learnt from events that .* expected its seed 2 and 50 events"):
            runs.begin(dataclasses.replace(after, **changes))
    assert not after.folder.exists()
    runs.begin(after)
    runs.begin(dataclasses.replace(after, data=(Path("b.h5"),), seed=3, out=tmp_path / "other"))
