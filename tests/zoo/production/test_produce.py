"""Productions that are killed, filled up, damaged and begun twice: nothing is lost, nothing is there twice."""

import os
import signal
import subprocess
import sys
import time

import filelock
import h5py
import numpy as np
import pytest

from tests.fakes.counted import Numbers
from zoo.errors import InputError
from zoo.production import engine, folder
from zoo.production.produce import produce

distributed = pytest.importorskip("distributed")
EVENTS, PER_FILE, FILES = 23, 5, 5


@pytest.fixture
def moods(tmp_path):
    (tmp_path / "moods").mkdir()
    return tmp_path / "moods"


@pytest.fixture(scope="module")
def cluster():
    """The address of a scheduler with two workers, processes of their own."""
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        dashboard_address="127.0.0.1:0",
        silence_logs=50,
        env=engine.QUIET,
    ) as cluster:
        yield cluster.scheduler_address


def make(numbers, out, **options):
    return produce(numbers.write, out, numbers.plan(EVENTS, PER_FILE), **options)


def contents(out):
    """The bytes of all files but locks, and what a worker that nobody waits for is writing."""
    return {path.name: path.read_bytes() for path in sorted(out.iterdir()) if not path.name.startswith(".")}


def times(out):
    return {path.name: path.stat().st_mtime_ns for path in out.glob("events-*")}


@pytest.fixture
def expected(tmp_path):
    """What is there when nothing happens."""
    assert make(Numbers(tmp_path), tmp_path / "expected")
    return contents(tmp_path / "expected")


def test_a_production_has_every_event_once(tmp_path, expected):
    assert list(expected) == [f"events-{k:05d}.h5" for k in range(FILES)] + ["manifest.json"]
    numbers = []
    for path in sorted((tmp_path / "expected").glob("*.h5")):
        with h5py.File(path) as file:
            numbers.append(file["number"][:])
    np.testing.assert_array_equal(np.concatenate(numbers), np.arange(EVENTS))
    assert folder.verify(tmp_path / "expected") == (EVENTS, [])


@pytest.mark.parametrize("shards", [1, 2, 7])
def test_shards_make_the_same_folder_in_any_order(tmp_path, moods, expected, shards):
    ended = [make(Numbers(moods), tmp_path / "out", shard=(i, shards)) for i in range(shards, 0, -1)]
    assert ended == [False] * (shards - 1) + [True] if shards <= FILES else ended[-1]
    assert contents(tmp_path / "out") == expected


def test_processes_beside_this_one_make_the_same_folder(tmp_path, moods, expected):
    assert make(Numbers(moods), tmp_path / "out", jobs=2)
    assert contents(tmp_path / "out") == expected


def test_a_worker_that_is_killed_loses_nothing(tmp_path, moods, expected, cluster):
    (moods / "events-00001.h5").write_text("kill")
    assert make(Numbers(moods), tmp_path / "out", scheduler=cluster)
    assert not (moods / "events-00001.h5").exists()  # it was
    assert contents(tmp_path / "out") == expected


def test_a_full_disk_is_a_sentence_and_room_lets_it_go_on(tmp_path, moods, expected, cluster):
    (moods / "events-00002.h5").write_text("full")
    for where in ({"scheduler": cluster}, {}):
        with pytest.raises(InputError, match=r"events-00002.h5: cannot be written \(No space left on device\)"):
            make(Numbers(moods), tmp_path / "out", **where)
    assert not (tmp_path / "out" / "events-00002.h5").exists()
    (moods / "events-00002.h5").unlink()
    assert make(Numbers(moods), tmp_path / "out", scheduler=cluster)
    assert contents(tmp_path / "out") == expected


SCRIPT = """
import sys
from pathlib import Path
from tests.fakes.counted import Numbers
from zoo.production.produce import produce

if __name__ == "__main__":
    numbers = Numbers(Path(sys.argv[1]))
    produce(numbers.write, Path(sys.argv[2]), numbers.plan({events}, {per_file}), jobs=1)
"""


def test_a_second_one_is_refused_and_when_the_scheduler_is_killed_all_goes_on_from_what_was_finished(
    tmp_path, moods, expected
):
    out, script = tmp_path / "out", tmp_path / "script.py"
    script.write_text(SCRIPT.format(events=EVENTS, per_file=PER_FILE))
    (moods / "events-00003.h5").write_text("slow")
    environment = os.environ | {"PYTHONPATH": os.getcwd()}
    process = subprocess.Popen([sys.executable, script, moods, out], env=environment, stderr=subprocess.DEVNULL)
    while not (out / folder.MANIFEST).exists() or len(folder.read(out)[1]) < 3:
        assert process.poll() is None
        time.sleep(0.05)
    with pytest.raises(InputError, match=r"out: another process makes these files \(it holds .lock\)"):
        make(Numbers(moods), out)
    process.send_signal(signal.SIGKILL)
    process.wait()
    (moods / "events-00003.h5").unlink()
    assert set(contents(out)) < set(expected)
    before = times(out)
    assert make(Numbers(moods), out)
    assert contents(out) == expected
    assert before.items() <= times(out).items()


def test_only_what_is_missing_or_damaged_is_made_anew(tmp_path, moods, expected):
    out = tmp_path / "out"
    make(Numbers(moods), out)
    before = times(out)
    damaged = bytearray((out / "events-00001.h5").read_bytes())
    damaged[len(damaged) // 2] ^= 1
    (out / "events-00001.h5").write_bytes(damaged)
    (out / "events-00003.h5").unlink()
    os.truncate(out / "events-00004.h5", 100)
    events, faults = folder.verify(out)
    assert events == EVENTS
    assert [fault.removeprefix(f"{out}/events-0000") for fault in faults] == [
        "1.h5: is damaged, its SHA-256 is not the one in manifest.json",
        "3.h5: is missing",
        f"4.h5: has 100 bytes, expected {len(expected['events-00004.h5'])}",
    ]
    assert make(Numbers(moods), out)
    assert contents(out) == expected
    assert folder.verify(out) == (EVENTS, [])
    kept = {name for name, at in times(out).items() if before[name] == at}
    assert kept == {"events-00000.h5", "events-00002.h5"}


def test_another_plan_is_refused_and_changes_nothing(tmp_path, moods, expected):
    with pytest.raises(InputError, match=r"expected: holds events of seed 1, expected seed 2, or another folder"):
        make(Numbers(moods, seed=2), tmp_path / "expected")
    with pytest.raises(InputError, match="holds events of events 23, expected events 24"):
        produce(Numbers(moods).write, tmp_path / "expected", Numbers(moods).plan(24, PER_FILE))
    assert contents(tmp_path / "expected") == expected


@pytest.mark.parametrize(
    ("held", "shard", "refused"),
    [
        (".lock", (1, 1), True),
        (".lock", (2, 3), True),
        (".lock-2-of-3", (1, 1), True),
        (".lock-2-of-3", (2, 3), True),
        (".lock-2-of-3", (1, 3), False),
    ],
)
def test_two_do_not_make_the_same_files(tmp_path, moods, monkeypatch, held, shard, refused):
    monkeypatch.setattr(folder, "PATIENCE", 0.2)
    out = tmp_path / "out"
    out.mkdir()
    with filelock.FileLock(out / held):
        if refused:
            with pytest.raises(InputError, match=rf"out: another process makes these files \(it holds {held}\)"):
                make(Numbers(moods), out, shard=shard)
            assert not list(out.glob("events-*"))
        else:
            make(Numbers(moods), out, shard=shard)
            assert len(list(out.glob("events-*"))) == 2


def test_what_is_no_production_is_a_sentence(tmp_path, moods):
    numbers, out = Numbers(moods), tmp_path / "out"
    with pytest.raises(InputError, match="manifest.json: cannot be read .*, expected the folder of a production"):
        folder.verify(out)
    out.mkdir()
    (out / "events-00000.h5").touch()
    with pytest.raises(InputError, match=r"out: has events-00000.h5 and no manifest.json, expected an empty folder"):
        make(numbers, out)
    for text in ("", "[]", '{"plan": {}, "files": [{"name": "a"}]}', '{"plan": 1, "files": []}'):
        (out / "manifest.json").write_text(text)
        with pytest.raises(InputError, match="manifest.json: is damaged"):
            make(numbers, out)
    with pytest.raises(InputError, match=r"1000000 events by 5 are more than 10000 files, expected 100 in each"):
        produce(numbers.write, tmp_path / "new", numbers.plan(1_000_000, 5))
    assert not (tmp_path / "new").exists()


def test_strays_are_told(tmp_path, expected):
    (tmp_path / "expected" / "events-00005.h5").touch()
    assert folder.verify(tmp_path / "expected")[1] == [
        f"{tmp_path}/expected/events-00005.h5: does not belong to the production"
    ]
