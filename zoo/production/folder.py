"""The folder of a production: which files it is to hold, which it holds, and whether they are what was written.

| file                       |                                                                                         |
|----------------------------|-----------------------------------------------------------------------------------------|
| manifest.json              | "plan": all that the events depend on; "files": of each finished one its SHA-256        |
| events-00000.h5, ...       | the events, `events_per_file` in each but the last; the suffix is that of the format    |
| .lock, .lock-I-of-N        | held by the process that makes all files, or shard I of N                               |

File k holds the events from number ``k * events_per_file`` on, whoever makes it. Every file is written beside its place
and renamed, and recorded then: whatever is killed, a rerun makes what has no record or differs from it.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import filelock

from zoo.data.files import atomic, check_writable, sha256
from zoo.errors import InputError

MANIFEST, LOCK = "manifest.json", ".lock"
MOST = 10_000  # files; the manifest is written anew for each
PATIENCE = 30.0  # seconds, for locks that are held for a moment

Record = dict[str, Any]
Write = Callable[[Path, int, int], None]  # path, number of the first event, how many


class File(NamedTuple):
    """A file of events: its name, the number of the first one, how many."""

    name: str
    first: int
    events: int


def files(plan: Mapping[str, Any]) -> list[File]:
    """The files of `plan`: "events" events, "events_per_file" in each, of one "suffix". Refuses more than `MOST`."""
    events, size = plan["events"], plan["events_per_file"]
    if events > MOST * size:
        raise InputError(f"{events} events by {size} are more than {MOST} files, expected {-(-events // MOST)} in each")
    starts = enumerate(range(0, events, size))
    return [File(f"events-{k:05d}{plan['suffix']}", first, min(size, events - first)) for k, first in starts]


def make(write: Write, folder: Path, file: File, record: Record | None) -> Record:
    """The record of a finished `file`: of the one that is there if it is as the `record` says, else of a new one."""
    if record is not None and fault(folder, record) is None:
        return record
    path = folder / file.name
    write(path, file.first, file.events)
    return {**file._asdict(), "bytes": path.stat().st_size, "sha256": sha256(path)}


def fault(folder: Path, record: Record) -> str | None:
    """What is wrong with the file of a `record`, or None."""
    path = folder / record["name"]
    if not path.is_file():
        return f"{path}: is missing"
    if (size := path.stat().st_size) != record["bytes"]:
        return f"{path}: has {size} bytes, expected {record['bytes']}"
    if sha256(path) != record["sha256"]:
        return f"{path}: is damaged, its SHA-256 is not the one in {MANIFEST}"
    return None


class Production:
    """The manifest of a production that is at work in `folder`. Made by `begun`."""

    def __init__(self, folder: Path, plan: Mapping[str, Any]):
        self.folder, self.plan, self.planned = folder, plan, files(plan)
        self.records: dict[str, Record] = {}

    def add(self, records: Iterable[Record]) -> None:
        """Write finished files into the manifest, beside what other processes have written into it."""
        with _acquired(self.folder / f"{LOCK}-manifest", PATIENCE):
            self.records = read(self.folder)[1] | {record["name"]: record for record in records}
            self._write()

    def begin(self) -> None:
        """Write the manifest of a folder that has none, or read the one that is there, which must have this plan."""
        with _acquired(self.folder / f"{LOCK}-manifest", PATIENCE):
            if (self.folder / MANIFEST).exists():
                before, self.records = read(self.folder)
                _refuse_other(self.folder, before, self.plan)
            elif remains := sorted(path.name for path in _present(self.folder, self.plan)):
                raise InputError(f"{self.folder}: has {remains[0]} and no {MANIFEST}, expected an empty folder")
            else:
                self._write()

    @property
    def whole(self) -> bool:
        """Whether all files are recorded."""
        return all(file.name in self.records for file in self.planned)

    def _write(self) -> None:
        ordered = [self.records[name] for name in sorted(self.records)]
        with atomic(self.folder / MANIFEST) as temporary:
            temporary.write_text(json.dumps({"plan": self.plan, "files": ordered}, indent=1) + "\n")


@contextmanager
def begun(folder: Path, plan: Mapping[str, Any], shard: tuple[int, int] = (1, 1)) -> Iterator[Production]:
    """The production of `plan` in `folder`, locked for the part (I, N) of its files, which nobody else makes meanwhile.

    `plan` is JSON; what it says of the files is that of `files`. Raises InputError for a folder with another plan or
    with somebody at work, and for one that cannot be written.
    """
    production = Production(folder, plan)
    check_writable(folder / MANIFEST)
    with locked(folder, shard):
        production.begin()
        yield production


@contextmanager
def locked(folder: Path, shard: tuple[int, int]) -> Iterator[None]:
    """The lock of a shard, or with (1, 1) of all. Raises InputError if somebody makes the same files."""
    part = f"{LOCK}-{shard[0]}-of-{shard[1]}"
    whole = shard[1] == 1
    with _acquired(folder / (LOCK if whole else part)):
        others = folder.glob(f"{LOCK}-*-of-*") if whole else [folder / LOCK]
        for other in others:
            with _acquired(other, 0.0 if whole else PATIENCE / 10):  # other shards hold it for a moment, too
                pass
        yield


@contextmanager
def _acquired(path: Path, seconds: float = 0.0) -> Iterator[None]:
    """A lock, waited for so many seconds. Raises InputError if another process keeps it."""
    lock = filelock.FileLock(path)
    try:
        lock.acquire(timeout=seconds, poll_interval=0.02)
    except filelock.Timeout as error:
        raise InputError(
            f"{path.parent}: another process makes these files (it holds {path.name}), expected one at a time"
        ) from error
    except (OSError, NotImplementedError) as error:
        raise InputError(f"{path}: cannot be locked ({error}), expected a file system with locks") from error
    try:
        yield
    finally:
        lock.release()


def verify(folder: Path) -> tuple[int, list[str]]:
    """How many events a folder is to hold, and what is wrong with it: one line for each fault.

    Raises InputError for a folder without a manifest that can be read.
    """
    plan, records = read(folder)
    planned = files(plan)
    faults = [f"{folder / file.name}: was not made" for file in planned if file.name not in records]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        faults += filter(None, pool.map(lambda record: fault(folder, record), records.values()))
    names = {file.name for file in planned}
    strays = [path for path in _present(folder, plan) if path.name not in names]
    return plan["events"], sorted(faults + [f"{path}: does not belong to the production" for path in strays])


def _present(folder: Path, plan: Mapping[str, Any]) -> list[Path]:
    return list(folder.glob(f"events-*{plan['suffix']}"))


def read(folder: Path) -> tuple[dict[str, Any], dict[str, Record]]:
    """The plan in a manifest, and the records by the names of the files. Raises InputError where it cannot be read."""
    path = folder / MANIFEST
    try:
        found = json.loads(path.read_text())
        records = {record["name"]: record for record in found["files"]}
        if not all(records[name].keys() >= {*File._fields, "bytes", "sha256"} for name in records):
            raise ValueError("a record lacks something")
        plan = dict(found["plan"])
        files(plan)
        return plan, records
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}), expected the folder of a production") from error
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError) as error:
        raise InputError(f"{path}: is damaged, expected a manifest as it was written") from error


def _refuse_other(folder: Path, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    for name in {**before, **now}:
        if before.get(name) != now.get(name):
            was, asked = (json.dumps(plan.get(name)) for plan in (before, now))
            raise InputError(
                f"{folder}: holds events of {name} {was}, expected {name} {asked}, or another folder for these"
            )
