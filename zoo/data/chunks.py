"""A simulation in chunks, each in a process of its own: an interrupted one goes on where it was."""

import json
import multiprocessing.process
import os
import shutil
import signal
import sys
import time
import traceback
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnContext
from pathlib import Path
from typing import Any, NamedTuple, cast

import h5py
import numpy as np
from tqdm import tqdm

from zoo import cli
from zoo.cli import flag
from zoo.data import hdf5, processes, simulation
from zoo.data.files import atomic, check_writable
from zoo.errors import InputError, SimulationError

CHUNK = 100  # events: few enough to lose little when interrupted, enough to pay for initialising Geant4

Simulate = Callable[[int, np.random.SeedSequence, Callable[[], None]], Mapping[str, np.ndarray]]
Chunk = tuple[int, np.random.SeedSequence, Path]  # how many events, from which seed, into which file


@dataclass(frozen=True, kw_only=True)
class Flags(simulation.Flags):
    """The flags of a simulation in chunks."""

    jobs: int = flag(os.cpu_count() or 1, "processes at a time; the same events with any number")
    resume: bool = flag(False, "go on from the chunks that an interrupted run left in FILE.parts")

    def __post_init__(self):
        """Raises InputError for values that make no sense."""
        super().__post_init__()
        cli.check(self, {"at least 1": (lambda x: x >= 1, "jobs")})


def run(simulate: Simulate, flags: Flags, stream: str, plan: Mapping[str, Any], command: str) -> None:
    """Write ``simulate(events, seed, tick)``, in chunks, to the HDF5 file flags.out.

    A chunk is `CHUNK` events with a seed of its own and is simulated in a process of its own, so that the result does
    not depend on the number of processes; it calls ``tick()`` after every event and returns arrays (events, ...) by
    name. `stream` (the particle, say) separates the random numbers of runs with the same seed. `plan` is all that the
    events depend on; it becomes attributes of the file, beside `command`, the date and the CPU seconds spent. Finished
    chunks stay in the folder flags.out.parts until all are there; ``flags.resume`` goes on from them.

    Raises InputError for a file that exists without ``flags.overwrite``, for the remains of an interrupted run without
    ``flags.resume`` and for the remains of another run with it; SimulationError when a chunk fails; KeyboardInterrupt,
    its message saying how to go on, when interrupted.
    """
    out = flags.out
    check_writable(out)
    if out.exists() and not flags.overwrite:
        raise InputError(f"{out}: exists, expected a new file or --overwrite")
    folder = out.with_name(f"{out.name}.parts")
    _claim(folder, plan, flags.resume, flags.overwrite)
    numbered = enumerate(chunks(flags.events, flags.seed, stream))
    work = [(*chunk, folder / f"{index:05d}.h5") for index, chunk in numbered]
    parts = [part for _, _, part in work]
    try:
        _finish(simulate, work, flags.jobs, stream)
    except KeyboardInterrupt:
        done = sum(part.exists() for part in parts)
        kept = f"{done} of {len(parts)} chunks are kept in {folder}"
        raise KeyboardInterrupt(f"Interrupted: {kept}, --resume goes on from there") from None
    attributes = {
        **plan,
        "command": command,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "cpu_seconds": sum(hdf5.attributes(part)["cpu_seconds"] for part in parts),
    }
    with hdf5.appending(out, attributes) as append:
        for part in parts:
            with h5py.File(part) as file:
                append({name: dataset[:] for name, dataset in file.items()})
    shutil.rmtree(folder)


def chunks(events: int, seed: int, stream: str) -> list[tuple[int, np.random.SeedSequence]]:
    """The numbers of events, CHUNK and at last what remains, each with the seed that (seed, stream, index) gives."""
    entropy = [seed, zlib.crc32(stream.encode())]
    return [
        (min(CHUNK, events - first), np.random.SeedSequence(entropy, spawn_key=(index,)))
        for index, first in enumerate(range(0, events, CHUNK))
    ]


def _claim(folder: Path, plan: Mapping[str, Any], resume: bool, overwrite: bool) -> None:
    """Make `folder` the place of the run described by `plan`: a new one, or the same as before."""
    file = folder / "plan.json"
    if resume and file.exists():
        before = json.loads(file.read_text())
        for name in {**before, **plan}:
            if before.get(name) != plan.get(name):
                was, now = before.get(name), plan.get(name)
                raise InputError(f"{folder}: holds chunks of a run with {name} {was}, expected {name} {now} to resume")
        return
    if folder.exists():
        if not overwrite:
            raise InputError(
                f"{folder}: is left of an interrupted run, expected --resume or, to start anew, --overwrite"
            )
        shutil.rmtree(folder)
    with atomic(file) as temporary:
        temporary.write_text(json.dumps(plan, indent=1))


class _Worker(NamedTuple):
    process: multiprocessing.process.BaseProcess
    part: Path


def _finish(simulate: Simulate, work: Sequence[Chunk], jobs: int, title: str) -> None:
    """Simulate the chunks of `work` whose files are missing, at most `jobs` at a time."""
    context = processes.spawning()
    missing = iter([chunk for chunk in work if not chunk[-1].exists()])
    total = sum(events for events, _, _ in work)
    done = sum(events for events, _, part in work if part.exists())
    workers: dict[Connection, _Worker] = {}
    with tqdm(total=total, initial=done, desc=title, unit="event") as progress, _stopping(workers):
        while True:
            while len(workers) < jobs and (chunk := next(missing, None)):
                workers.update([_start(simulate, chunk, context)])
            if not workers:
                return
            for receiver in cast(list[Connection], wait(list(workers))):
                try:
                    receiver.recv()
                    progress.update()
                except EOFError:
                    _check(workers.pop(receiver))


@contextmanager
def _stopping(workers: dict[Connection, _Worker]) -> Iterator[None]:
    """Leave no process of `workers` behind."""
    try:
        yield
    finally:
        for worker in workers.values():
            worker.process.terminate()
        for worker in workers.values():
            worker.process.join()


def _start(simulate: Simulate, chunk: Chunk, context: SpawnContext) -> tuple[Connection, _Worker]:
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(simulate, *chunk, sender), daemon=True)
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # inherited: Ctrl-C is for the parent alone
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    sender.close()  # so that the pipe ends with the process
    return receiver, _Worker(process, chunk[-1])


def _work(simulate: Simulate, events: int, seed: np.random.SeedSequence, part: Path, sender: Connection) -> None:
    """A worker's life: one chunk into the file `part`, a message after every event, all output into a log."""
    log = os.open(part.with_suffix(".log"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(log, 1)  # the descriptors: Geant4, for one, writes past sys.stdout
    os.dup2(log, 2)
    try:
        arrays = simulate(events, seed, lambda: sender.send(None))
    except Exception:
        traceback.print_exc()
        sys.exit(1)
    hdf5.write(part, arrays, {"cpu_seconds": time.process_time()})


def _check(worker: _Worker) -> None:
    """Raise SimulationError unless the worker left its events; a bad exit code alone can be Geant4 crashing on exit."""
    worker.process.join()
    if not worker.part.exists():
        log, code = worker.part.with_suffix(".log"), worker.process.exitcode
        raise SimulationError(f"the process of chunk {worker.part.stem} ended with exit code {code}: {log} says why")
