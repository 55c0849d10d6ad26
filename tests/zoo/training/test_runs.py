"""A run's folder. That a training resumes bit for bit is tested in test_trainer.py and in test_rooms.py."""

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import h5py
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


def save(config, without=None):
    """A checkpoint after one epoch, without weights, by a version that had no field `without`."""
    record = {"config": json.loads(runs._text(config)), "rows": [{"epoch": 1, "score": 0.5}], "epoch": None}
    record["config"].pop(without, None)
    with h5py.File(config.folder / runs.CHECKPOINT, "w") as file:
        file[runs.RECORD] = json.dumps(record)


def test_a_new_run_and_one_that_continues_it(tmp_path):
    config = Config(data=(Path("a.h5"),), batch_size=8, out=tmp_path / "run")
    assert runs.begin(config) == []
    assert runs.read_config(config.folder, Config) == config
    save(config)
    longer = dataclasses.replace(config, epochs=60, resume=True)
    assert runs.begin(longer) == [{"epoch": 1, "score": 0.5}]
    assert runs.read_config(config.folder, Config) == dataclasses.replace(longer, resume=False)
    with pytest.raises(InputError, match="holds a run already"):
        runs.begin(config)
    with pytest.raises(InputError, match="was trained with another data, attention"):
        runs.begin(dataclasses.replace(longer, attention=False, data=None))


def test_a_run_of_a_version_without_a_field_had_its_default(tmp_path):
    config = Config(out=tmp_path / "run")
    runs.begin(config)
    save(config, without="attention")
    runs.begin(dataclasses.replace(config, resume=True))
    with pytest.raises(InputError, match="was trained with another attention"):
        runs.begin(dataclasses.replace(config, resume=True, attention=False))


def test_a_run_whose_rates_fall_by_its_epochs_keeps_them(tmp_path):
    config = Falling(out=tmp_path / "run")
    runs.begin(config)
    save(config)
    assert len(runs.begin(dataclasses.replace(config, resume=True))) == 1
    with pytest.raises(InputError, match="was trained with another epochs"):
        runs.begin(dataclasses.replace(config, epochs=60, resume=True))


def test_nothing_to_resume(tmp_path):
    with pytest.raises(InputError, match="holds no checkpoint"):
        runs.begin(Config(out=tmp_path / "run", resume=True))
    assert not (tmp_path / "run").exists()


def test_a_run_starts_from_a_folder_with_one_of_the_files_it_needs(tmp_path):
    start = tmp_path / "before"
    config = Config(start=start, out=tmp_path / "run")
    with pytest.raises(InputError, match="before: is no folder, expected that of a run to start from"):
        runs.check(config)
    start.mkdir()
    (start / runs.WEIGHTS).touch()
    with pytest.raises(InputError, match=f"before: holds no {runs.CHECKPOINT} or {runs.BEST}, expected"):
        runs.begin(config, (runs.CHECKPOINT, runs.BEST))
    assert not config.folder.exists()
    assert runs.begin(config) == []
    (start / runs.WEIGHTS).unlink()
    (start / runs.CHECKPOINT).touch()
    assert runs.begin(config) == []


def test_a_run_goes_on_without_the_one_that_it_started_from(tmp_path):
    start = tmp_path / "before"
    start.mkdir()
    (start / runs.CHECKPOINT).touch()
    config = Config(start=start, out=tmp_path / "run")
    runs.begin(config)
    save(config)
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


def test_a_run_holds_out_what_released_weights_have_not_seen(tmp_path):
    before = Config(data=(Path("files/a.h5"),), seed=2, events=50)
    start = tmp_path / "weights"
    start.mkdir()
    (start / runs.WEIGHTS).touch()
    (start / runs.CARD).write_text(json.dumps({"training": {"config": settings.plain(before)}}))
    after = dataclasses.replace(before, start=start, data=(Path("a.h5"),), out=tmp_path / "run")
    with pytest.raises(InputError, match="has learnt from events that .* expected its seed 2 and 50 events"):
        runs.begin(dataclasses.replace(after, seed=3))
    runs.begin(after)


HISTORY = "epoch,score\n1,0.5\n"


@pytest.fixture
def begun(tmp_path):
    """The configuration of a run of one epoch, with the files that it leaves."""
    config = Config(out=tmp_path / "run")
    runs.begin(config)
    runs._unlock(config.folder)
    save(config)
    (config.folder / runs.HISTORY).write_text(HISTORY)
    (config.folder / runs.BEST).write_bytes(b"PK")
    return config


@pytest.mark.parametrize("name", [runs.CONFIG, runs.HISTORY])
@pytest.mark.parametrize("content", [None, b"", b"{", b"epoch,score\n1"])
def test_a_checkpoint_makes_up_for_the_files_beside_it(begun, name, content):
    path = begun.folder / name
    path.unlink() if content is None else path.write_bytes(content)
    assert runs.begin(dataclasses.replace(begun, resume=True)) == [{"epoch": 1, "score": 0.5}]
    assert runs.read_config(begun.folder, Config) == begun


RECORDS = [
    "{",
    "null",
    "5",
    "{}",
    '{"config": 5, "rows": [], "epoch": null}',
    '{"config": {}, "rows": 1, "epoch": null}',
]
RECORDS += ['{"config": {}, "rows": [{}], "epoch": null}', '{"config": {}, "rows": [], "epoch": {"batches": "x"}}']
RECORDS += ['{"config": {}, "rows": [{"score": "x"}], "epoch": null}', '{"config": {}, "rows": [], "epoch": "x"}']


@pytest.mark.parametrize("content", [None, b"", b"half", "truncated", *RECORDS])
def test_a_run_without_a_checkpoint_begins_anew_and_keeps_what_is_there(begun, content, capsys):
    path = begun.folder / runs.CHECKPOINT
    if content is None:
        path.unlink()
    elif content == "truncated":
        path.write_bytes(path.read_bytes()[:-100])
    elif isinstance(content, str):
        with h5py.File(path, "w") as file:
            file[runs.RECORD] = content
    else:
        path.write_bytes(content)
    message = "holds no checkpoint" if content is None else "is truncated or no checkpoint"
    with pytest.raises(InputError, match=f"{message}.* without --resume"):
        runs.begin(dataclasses.replace(begun, resume=True))
    assert runs.begin(begun) == []
    assert "what it held of a run is now in" in capsys.readouterr().out
    kept = begun.folder / runs.BEFORE
    assert (kept / runs.HISTORY).read_text() == HISTORY
    assert (kept / runs.BEST).exists()
    assert runs.read_config(begun.folder, Config) == begun
    (begun.folder / runs.BEST).touch()
    assert runs.begin(begun) == []
    assert (begun.folder / f"{runs.BEFORE}_2" / runs.BEST).exists()
    assert (kept / runs.BEST).exists()


def test_a_checkpoint_without_a_record_needs_the_files_beside_it(begun):
    """As the zoo wrote them before checkpoints held the history."""
    with h5py.File(begun.folder / runs.CHECKPOINT, "w"):
        pass
    longer = dataclasses.replace(begun, resume=True)
    assert runs.begin(longer) == [{"epoch": "1", "score": "0.5"}]
    for name, content in ((runs.HISTORY, "epoch,score\n1"), (runs.HISTORY, ""), (runs.CONFIG, "{")):
        before = (begun.folder / name).read_text()
        (begun.folder / name).write_text(content)
        with pytest.raises(InputError, match=f"{name}: (is |holds no epoch)"):
            runs.begin(longer)
        (begun.folder / name).write_text(before)
    (begun.folder / runs.HISTORY).unlink()
    with pytest.raises(InputError, match=f"{runs.HISTORY}: cannot be read"):
        runs.begin(longer)


def test_a_folder_that_cannot_hold_a_run(tmp_path, monkeypatch):
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(InputError, match="file: is a file, expected the folder of a run"):
        runs.check(Config(out=file))
    with pytest.raises(InputError, match="cannot be made"):
        runs.check(Config(out=file / "run"))

    def refuse(**options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    for folder in (tmp_path, tmp_path / "run"):
        with pytest.raises(InputError, match=r"is not writable \(Permission denied\)"):
            runs.check(Config(out=folder))
    assert sorted(tmp_path.iterdir()) == [file]


def test_two_processes_do_not_train_in_one_folder(tmp_path):
    config = Config(out=tmp_path / "run")
    other = f"""if True:
        import sys, pathlib
        import filelock
        lock = filelock.FileLock({str(config.folder / runs.LOCK)!r})
        lock.acquire()
        pathlib.Path({str(config.folder / runs.HOLDER)!r}).write_text("process 1 on vm, since today,")
        print("held", flush=True)
        sys.stdin.read()
    """
    config.folder.mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", other], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "held\n"
        message = "run: process 1 on vm, since today, trains here, expected another folder with --out"
        for command in (runs.check, runs.begin):
            with pytest.raises(InputError, match=message):
                command(config)
        process.kill()
    runs.begin(config)
    assert (config.folder / runs.HOLDER).read_text().startswith("process ")
    runs._unlock(config.folder)
    assert not (config.folder / runs.HOLDER).exists()


def test_a_damaged_run_is_read_as_one_sentence(begun):
    for name, reader in (
        (runs.CONFIG, lambda: runs.read_config(begun.folder, Config)),
        (runs.HISTORY, lambda: runs.read_history(begun.folder)),
    ):
        for content in (b"", b"[1", b"\xff\xfe", b"epoch,score\n1,nothing\n", b"epoch,score\n1,2,3\n"):
            (begun.folder / name).write_bytes(content)
            with pytest.raises(InputError, match=f"{name}: (is|holds no epoch|cannot)"):
                reader()
        (begun.folder / name).unlink()
        with pytest.raises(InputError, match=f"{name}: cannot be read"):
            reader()
