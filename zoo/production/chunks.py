"""A simulation in chunks, each in a process of its own: an interrupted one goes on where it was."""

import os
import pickle
import shutil
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from zoo import cli
from zoo.cli import flag
from zoo.data import hdf5, simulation
from zoo.data.files import check_writable
from zoo.errors import InputError, SimulationError
from zoo.production import folder
from zoo.production.produce import produce

CHUNK = 100  # events: few enough to lose little when interrupted, enough to pay for initialising Geant4
# The program of a process that works alone: it is told where modules lie and what to call, and ends with its parent,
# which leaves the pipe open. What C++ does when a process ends in order is left out: Geant4 crashes there at times.
ALONE = """
import os, pickle, sys, threading
sys.path[:] = pickle.load(sys.stdin.buffer)
function, arguments = pickle.load(sys.stdin.buffer)
threading.Thread(target=lambda: os._exit(os.read(0, 1) == b"" and 1), daemon=True).start()
function(*arguments)
sys.stdout.flush(), sys.stderr.flush(), os._exit(0)
"""

Simulate = Callable[[int, np.random.SeedSequence], Mapping[str, np.ndarray]]


@dataclass(frozen=True, kw_only=True)
class Flags(simulation.Flags):
    """The flags of a simulation in chunks."""

    jobs: int = flag(os.cpu_count() or 1, "processes at a time; the same events with any number")
    scheduler: str | None = flag(None, "a Dask scheduler, whose workers simulate instead", metavar="ADDRESS")

    def __post_init__(self):
        """Raises InputError for values that make no sense."""
        super().__post_init__()
        cli.check(self, {"at least 1": (lambda x: x >= 1, "jobs")})


def run(simulate: Simulate, flags: Flags, stream: str, plan: Mapping[str, Any], command: str) -> None:
    """Write ``simulate(events, seed)``, in chunks, to the HDF5 file flags.out.

    A chunk is `CHUNK` events with a seed of its own and is simulated in a process of its own, so that the result does
    not depend on the engine; it returns arrays (events, ...) by name. `stream` (the particle, say) separates the random
    numbers of runs with the same seed. `plan` is all that the events depend on; it becomes attributes of the file,
    beside `command`, the date and the CPU seconds spent. Until all are there the chunks are a production in the folder
    flags.out.parts; what is there of an interrupted one is kept.

    Raises InputError for a file that exists and for the remains of another run, without ``flags.overwrite``; else as
    `produce` does.
    """
    out = flags.out
    check_writable(out)
    if out.exists() and not flags.overwrite:
        raise InputError(f"{out}: exists, expected a new file or --overwrite")
    parts = out.with_name(f"{out.name}.parts")
    chunks = {**plan, "events_per_file": CHUNK, "suffix": ".h5"}
    jobs = flags.jobs if flags.jobs > 1 else None  # one needs no cluster
    if flags.overwrite and parts.exists() and not _holds(parts, chunks):
        shutil.rmtree(parts)
    seed = partial(seed_of, flags.seed, stream, CHUNK)
    produce(partial(chunk, simulate, seed), parts, chunks, jobs=jobs, scheduler=flags.scheduler)
    _join(out, [parts / file.name for file in folder.files(chunks)], {**plan, "command": command})
    shutil.rmtree(parts)


def _join(out: Path, parts: list[Path], attributes: Mapping[str, Any]) -> None:
    cost = {"cpu_seconds": sum(hdf5.attributes(part)["cpu_seconds"] for part in parts)}
    date = {"date": datetime.now(UTC).isoformat(timespec="seconds")}
    with hdf5.appending(out, {**attributes, **date, **cost}) as append:
        for part in parts:
            with h5py.File(part) as file:
                append({name: dataset[:] for name, dataset in file.items()})


def _holds(parts: Path, plan: Mapping[str, Any]) -> bool:
    try:
        return folder.read(parts)[0] == plan
    except InputError:
        return False


def chunk(
    simulate: Simulate, seed: Callable[[int], np.random.SeedSequence], path: Path, first: int, events: int
) -> None:
    """Simulate a chunk, in a process of its own, into the file `path`; all it prints goes into a log beside it.

    Raises SimulationError if the process leaves no file.
    """
    log = path.with_suffix(".log")
    with log.open("wb") as output:
        code = _alone(partial(_simulate, simulate), path, events, seed(first), output=output)
    if not path.exists():
        raise SimulationError(f"the process of {path.name} ended with exit code {code}: {log} says why")
    log.unlink()


def seed_of(seed: int, stream: str, size: int, first: int) -> np.random.SeedSequence:
    """The seed of the chunk, of `size` events, that begins with number `first`."""
    return np.random.SeedSequence([seed, zlib.crc32(stream.encode())], spawn_key=(first // size,))


def _simulate(simulate: Simulate, path: Path, events: int, seed: np.random.SeedSequence) -> None:
    arrays = simulate(events, seed)
    hdf5.write(path, arrays, {"cpu_seconds": time.process_time()})


def _alone(function: Callable[..., None], *arguments: Any, output: Any) -> int:
    """How a process ends in which nothing but ``function(*arguments)`` is done.

    By subprocess, for the workers of Dask must not have children by multiprocessing.
    """
    command = [sys.executable, "-c", ALONE]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=output, stderr=output, start_new_session=True)
    assert process.stdin is not None  # it is a pipe
    with process.stdin as pipe:
        pipe.write(pickle.dumps(sys.path) + pickle.dumps((function, arguments)))
        pipe.flush()
        return process.wait()
