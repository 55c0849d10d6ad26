"""A training killed at any file operation, or stopped within an epoch, comes to what an undisturbed one does."""

import dataclasses
import errno
import itertools
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest

from tests.fakes import toy_room
from zoo.errors import InputError, Terminated
from zoo.training import callbacks, runs

CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate"}
WRITES = os.O_WRONLY | os.O_RDWR


class Snapshots:
    """An audit hook that copies `folder` before every operation on a file in it: what a kill -9 then would leave."""

    def __init__(self):
        self.folder = None

    def start(self, folder, into):
        self.folder, self.into, self.operations = folder, into, []

    def stop(self):
        self.folder = None

    def __call__(self, event, arguments):
        folder = self.folder
        if folder and self._changes(event, arguments):
            self.folder = None  # the copying is no operation
            if folder.exists():
                shutil.copytree(folder, self.into / str(len(self.operations)))
            self.operations.append((event, *map(str, arguments[:2])))
            self.folder = folder

    def _changes(self, event, arguments):
        if event == "open":
            path, _, flags = arguments
            if not isinstance(path, str | os.PathLike) or not flags & WRITES or flags & getattr(os, "O_TMPFILE", 0):
                return False
        elif event not in CHANGES:
            return False
        return str(arguments[0]).startswith(str(self.folder))


@pytest.fixture(scope="module")
def snapshots():
    """One, for Python lets no audit hook go."""
    snapshots = Snapshots()
    sys.addaudithook(snapshots)
    yield snapshots
    snapshots.stop()


def again(config):
    """What a user would do: go on if there is something to go on from, and else start anew."""
    resume = (config.folder / runs.CHECKPOINT).exists()
    toy_room.train(dataclasses.replace(config, resume=resume))
    return resume


def read(folder):
    """All that a run comes to but for the time that it took: arrays, numbers and bytes by name."""
    found = {}
    with h5py.File(folder / runs.CHECKPOINT) as file:
        file.visititems(lambda name, item: found.update({name: item[()]} if isinstance(item, h5py.Dataset) else {}))
    found.pop(runs.RECORD)
    for row in runs.read_history(folder):
        found |= {f"{name} {row['epoch']}": value for name, value in row.items() if name != "cpu_seconds"}
    with zipfile.ZipFile(folder / runs.BEST) as archive:
        found["best"] = archive.read("model.weights.h5")
    return found


def assert_same(folder, expected):
    found = read(folder)
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value, err_msg=name)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """What a run comes to that nothing disturbs."""
    config = toy_room.Config(out=tmp_path_factory.mktemp("undisturbed") / "run")
    toy_room.train(config)
    return read(config.folder)


def test_a_run_killed_before_any_file_operation_resumes_or_begins_anew(undisturbed, snapshots, tmp_path):
    left, config = tmp_path / "left", toy_room.Config(out=tmp_path / "run")
    snapshots.start(config.folder, left)
    toy_room.train(config)
    snapshots.stop()
    assert len(snapshots.operations) > 20
    resumed = []
    for folder in sorted(left.iterdir()):
        for path in folder.glob(".*.*.*"):  # what was being written has not all come to the disk
            if path.is_file():
                os.truncate(path, path.stat().st_size // 2)
        resumed.append(again(dataclasses.replace(config, out=folder)))
        assert_same(folder, undisturbed)
        operation = snapshots.operations[int(folder.name)]
        assert {path.name for path in folder.glob(".*")} == {runs.LOCK}, operation
    assert {False, True} == set(resumed)


def test_a_run_killed_at_random_moments_comes_to_the_same(undisturbed, tmp_path):
    command = [sys.executable, "-m", "tests.fakes.killer", str(tmp_path / "run"), "2", "1"]
    done = subprocess.run(command, cwd=Path(__file__).parents[3], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "bit for bit after" in done.stdout, done.stdout  # a fast machine ends before it is killed again
    assert_same(tmp_path / "run", undisturbed)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("after", [2, 4, 6])
def test_a_signal_saves_the_batch_and_the_run_resumes_bit_for_bit(undisturbed, number, after, tmp_path, capsys):
    """In the first epoch, in the second, and while the last batch is trained."""
    config = toy_room.Config(out=tmp_path / "run")
    batches = itertools.count(1)

    def send(batch, logs=None):
        if next(batches) == after:
            os.kill(os.getpid(), number)

    before = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt) as stopped:
        toy_room.train(config, keras.callbacks.LambdaCallback(on_train_batch_begin=send))
    assert isinstance(stopped.value, Terminated) == (number == signal.SIGTERM)
    assert signal.getsignal(number) == before
    epochs, done = divmod(after, 3)
    within = f" and {done} batches" if done else ""
    assert f"bit for bit after {epochs} epochs{within}" in runs.how_to_go_on(config)
    assert again(config)
    assert_same(config.folder, undisturbed)
    rows = runs.read_history(config.folder)
    assert all(float(row["cpu_seconds"]) > 0 for row in rows)


def test_ctrl_c_before_the_first_batch_is_done_takes_effect_at_once(undisturbed, tmp_path):
    config = toy_room.Config(out=tmp_path / "run")
    send = keras.callbacks.LambdaCallback(on_train_batch_begin=lambda batch, logs: os.kill(os.getpid(), signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        toy_room.train(config, send)
    assert not (config.folder / runs.CHECKPOINT).exists()
    assert "the same command begins anew" in runs.how_to_go_on(config)
    assert not again(config)
    assert_same(config.folder, undisturbed)


def test_a_second_ctrl_c_does_not_wait(tmp_path, capfd):
    stop = callbacks.Stop()
    stop.wait = True
    with pytest.raises(KeyboardInterrupt), stop:
        os.kill(os.getpid(), signal.SIGINT)
        assert "again: at once" in capfd.readouterr().err
        os.kill(os.getpid(), signal.SIGINT)


def test_a_full_disk_is_a_sentence_and_leaves_the_older_checkpoint(undisturbed, tmp_path, monkeypatch):
    config = toy_room.Config(out=tmp_path / "run")
    toy_room.train(dataclasses.replace(config, epochs=1))
    before = (config.folder / runs.CHECKPOINT).read_bytes()

    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "posix_fallocate", full)
        with pytest.raises(InputError, match=r"checkpoint.weights.h5: cannot be written \(No space left on device\)"):
            again(config)
    assert (config.folder / runs.CHECKPOINT).read_bytes() == before
    assert again(config)
    assert_same(config.folder, undisturbed)


class Sizes(keras.callbacks.Callback):
    """The room that was reserved for the checkpoint of each epoch."""

    def on_epoch_end(self, epoch, logs=None):
        self.found = callbacks.size(self.model)


def test_the_room_that_is_reserved_for_a_checkpoint_is_enough_but_not_much_more(tmp_path):
    config, sizes = toy_room.Config(out=tmp_path / "run", epochs=1), Sizes()
    toy_room.train(config, sizes)
    assert sizes.found / 2 < (config.folder / runs.CHECKPOINT).stat().st_size < sizes.found


@pytest.mark.filterwarnings("ignore:Skipping nested container")  # Keras, of networks of another form
@pytest.mark.parametrize("damage", ["shape", "bits", "absent"])
def test_damaged_weights_are_a_sentence_that_says_how_to_begin_anew(undisturbed, damage, tmp_path):
    config = toy_room.Config(out=tmp_path / "run")
    toy_room.train(dataclasses.replace(config, epochs=1))
    path = config.folder / runs.CHECKPOINT
    with h5py.File(path, "a") as file:
        weights = next(iter(file["optimizers/adam/vars"].values()))
        place, name = weights.id.get_offset(), weights.name
        if damage != "bits":
            del file[name]
        if damage == "shape":
            file[name] = np.ones((3, 4), np.float32)
    if damage == "bits":  # of the table that says where the weights are, before them
        content = bytearray(path.read_bytes())
        content[200:place] = bytes(255 - byte for byte in content[200:place])
        path.write_bytes(content)
    with pytest.raises(InputError, match="checkpoint.*without --resume"):
        toy_room.train(dataclasses.replace(config, resume=True))
    path.unlink()
    assert not again(config)
    assert_same(config.folder, undisturbed)


def test_long_epochs_are_saved_within(undisturbed, tmp_path, monkeypatch):
    """A run killed in the last of six batches goes on after the fifth."""
    monkeypatch.setattr(runs, "SAVE_EVERY", 0.0)
    config = toy_room.Config(out=tmp_path / "run")
    batches = itertools.count(1)

    def kill(batch, logs=None):
        if next(batches) == 6:
            raise MemoryError("killed")

    with pytest.raises(MemoryError):
        toy_room.train(config, keras.callbacks.LambdaCallback(on_train_batch_begin=kill))
    assert "after 1 epochs and 2 batches" in runs.how_to_go_on(config)
    assert again(config)
    assert_same(config.folder, undisturbed)
