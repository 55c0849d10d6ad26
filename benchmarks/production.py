"""What a production costs beside one file that one process writes: ``python -m benchmarks.production [NAME]``.

Each command of ``python -m zoo generate`` is run as users run it, for a quarter of the events and for all, and tells
its CPU time with that of its workers. So each costs a start and so much an event; on a busy machine, too. All have one
thread a process. From these parts it is told what 1e9 events cost.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from benchmarks.contenders import table
from zoo import cli, registry
from zoo.production import engine
from zoo.production.engine import THREADS

WAYS: dict[str, list[str]] = {"one file": [], "a folder": [], "--jobs 1": ["--jobs", "1"], "--jobs 2": ["--jobs", "2"]}
BILLION = 1e9
PER_FILE = 1e6  # events in a file of a billion


class Cost(NamedTuple):
    """Of one command: its wall time and CPU time in s, the largest memory of its processes in MB."""

    wall: float
    cpu: float
    memory: float


def measured(name: str, events: int, options: list[str], out: Path) -> Cost:
    """The cost of generating `events` of the model `name` into `out`, over the ranges of its training."""
    command = [sys.executable, "-m", "zoo", "generate", name, "-n", str(events), "--out", str(out), *options]
    for key, spec in registry.read_card(name)["conditions"].items():
        low, high = ([bound] if isinstance(bound, (int, float)) else bound for bound in spec["range"])
        command += [f"--{key.replace('_', '-')}", *map(str, [*low, *high])]
    return run(command)


def run(command: list[str]) -> Cost:
    """The cost of a command and of all processes that it starts."""
    start = time.perf_counter()
    with tempfile.TemporaryFile() as told:
        process = subprocess.Popen(command, env=os.environ | THREADS, stdout=subprocess.DEVNULL, stderr=told)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = status  # wait4 has taken it from Popen
        if status:
            told.seek(0)
            raise RuntimeError(f"{' '.join(command)} failed: {told.read()[-500:].decode()}")
    return Cost(time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def engine_alone() -> tuple[float, float]:
    """(CPU s of a file, CPU s of a second and worker) that the engine takes for itself: files that cost nothing."""
    command = [sys.executable, "-m", "benchmarks.production", "--engine"]
    one, many, waiting = (run([*command, *numbers]).cpu for numbers in (["1", "0"], ["501", "0"], ["2", "60"]))
    return (many - one) / 500, (waiting - one) / 60 / 2


def compare(name: str, events: int, files: int, repeats: int) -> dict[str, list[tuple[Cost, Cost]]]:
    """For each of `WAYS` the costs of a quarter of the events and of all, in files alike, `repeats` times in turns."""
    found: dict[str, list[tuple[Cost, Cost]]] = {way: [] for way in WAYS}
    for _ in range(repeats):
        for way, options in WAYS.items():
            with tempfile.TemporaryDirectory() as folder:
                costs = []
                for size in (events // 4, events):
                    many = [] if way == "one file" else ["--events-per-file", str(events // files)]
                    costs.append(measured(name, size, [*options, *many], Path(folder) / f"{size}.h5"))
                    print(f"{way}, {size} events: {costs[-1].cpu:.2f} CPU s", file=sys.stderr, flush=True)
                found[way].append((costs[0], costs[1]))
    return found


def parts(repeats: list[tuple[Cost, Cost]], events: int) -> tuple[float, float, float]:
    """(CPU s of a start, CPU s of an event, spread of that) of a command that was run for a quarter and all `events`.

    From the smallest of all repeats, for others that use the machine only add. The spread is half the repeats' range.
    """

    def each(few: float, all: float) -> float:
        return (all - few) / (events - events // 4)

    found = [each(few.cpu, all.cpu) for few, all in repeats]
    few, all = (min(costs[which].cpu for costs in repeats) for which in (0, 1))
    return all - each(few, all) * events, each(few, all), (max(found) - min(found)) / 2


def rows(found: dict[str, list[tuple[Cost, Cost]]], events: int) -> list[list[str]]:
    """The table: of each way its start, its CPU time for 1,000 events, events per second of wall time, memory."""
    lines = [["", "start, CPU s", "1,000 events, CPU s", "beside one file", "events/s", "MB, a quarter", "MB, all"]]
    plain = parts(found["one file"], events)[1]
    for way, repeats in found.items():
        start, each, spread = parts(repeats, events)
        lines.append(
            [
                way,
                f"{start:.1f}",
                f"{1000 * each:.4f} ± {1000 * spread:.4f}",
                f"{100 * (each / plain - 1):+.1f} ± {100 * spread / plain:.1f} %",
                f"{events / min(all.wall for _, all in repeats):.0f}",
                *(f"{max(costs[which].memory for costs in repeats):.0f}" for which in (0, 1)),
            ]
        )
    return lines


def billion(
    found: dict[str, list[tuple[Cost, Cost]]], events: int, bytes_each: float, alone: tuple[float, float]
) -> str:
    """What a billion events cost by ``--jobs N``, from the parts."""
    file, second = alone
    start, each = parts(found["--jobs 1"], events)[0], parts(found["one file"], events)[1]
    hours = BILLION * each / 3600
    own = 100 * (file / (PER_FILE * each) + second)
    return (
        f"the engine takes {1000 * file:.1f} CPU ms of each file and {1000 * second:.1f} of each second of a worker: "
        f"{own:.1f} % of the generation\n"
        f"1e9 events in {BILLION / PER_FILE:.0f} files: {hours:.1f} core hours, {BILLION * bytes_each / 1e9:.0f} GB; "
        f"besides {start:.0f} s for the start of each worker: on 100 cores {hours / 100:.2f} h "
        f"and {100 * start / 3600:.1f} core hours"
    )


def main(argv: list[str] | None = None) -> None:
    """Measure and print."""
    parser = cli.Parser(prog="python -m benchmarks.production", what=__doc__, example="python -m benchmarks.production")
    parser.add_argument("name", nargs="?", default="calogan_eplus_plus", help="a model (%(default)s)")
    parser.add_argument("--events", type=int, default=24_576, help="how many (%(default)s)")
    parser.add_argument("--files", type=int, default=8, help="of the events of all; batches of 1,024 fill them")
    parser.add_argument("--repeats", type=int, default=2, help="of everything (%(default)s)")
    parser.add_argument("--engine", type=float, nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    if args.engine:
        tasks, seconds = args.engine
        list(engine.run(time.sleep, [(seconds,)] * int(tasks), jobs=2))
        return
    found = compare(args.name, args.events, args.files, args.repeats)
    print(table(rows(found, args.events)))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.h5"
        measured(args.name, args.events // 4, [], path)
        size = path.stat().st_size / (args.events // 4)
    print(f"\n{args.events} events of {args.name}, each {size:.0f} bytes in HDF5")
    print(billion(found, args.events, size, engine_alone()))


if __name__ == "__main__":
    cli.run(main)
