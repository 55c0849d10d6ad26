"""Contenders of a benchmark, each in a process of its own; they take turns, so that a busy machine is so for all."""

import math
import multiprocessing
import os
import re
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

from zoo.errors import InputError

_run: Callable[[int], object]  # in a contender's process, what its setup returned


class Cost(NamedTuple):
    """Seconds of a call: of the processor, and on the clock."""

    cpu: float
    wall: float


class Contender:
    """A process that holds what ``setup(*arguments)`` returns, a function of a batch size, and times it."""

    def __init__(self, setup, *arguments):
        context = multiprocessing.get_context("spawn")  # TensorFlow does not survive a fork
        self.process = ProcessPoolExecutor(1, context, initializer=_start, initargs=(setup, arguments))

    def cost(self, size, calls=1):
        """The seconds of one call."""
        return self.process.submit(_cost, size, calls).result()

    def peak_memory(self):
        """The most bytes that the process ever held, compilation included; NaN where there is no /proc."""
        return self.process.submit(_peak_memory).result()

    def ask(self, question):
        """What ``question()`` returns in the process."""
        return self.process.submit(question).result()


def _start(setup, arguments):
    global _run
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    _run = setup(*arguments)


def _cost(size, calls):
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(calls):
        _run(size)
    return Cost((time.process_time() - cpu) / calls, (time.perf_counter() - wall) / calls)


def _peak_memory():
    status = Path("/proc/self/status")  # getrusage would count the parent, which this process was a copy of
    found = re.search(r"VmHWM:\s*(\d+)", status.read_text()) if status.exists() else None
    return 1024 * int(found[1]) if found else math.nan


def compete(contenders, size, calls, repeats):
    """{name: Cost}, medians over `repeats` rounds in which each contender has one turn; a first round warms up.

    Raises InputError for `repeats` below 1.
    """
    if repeats < 1:
        raise InputError(f"--repeats is {repeats}, expected at least 1")
    rounds = [{name: it.cost(size, calls) for name, it in contenders.items()} for _ in range(1 + repeats)]
    return {
        name: Cost(*(statistics.median(costs) for costs in zip(*(turn[name] for turn in rounds[1:]), strict=True)))
        for name in contenders
    }


def table(rows):
    """`rows` of text as a Markdown table, the first row its head."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["| " + " | ".join(text.ljust(n) for text, n in zip(row, widths, strict=True)) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "|".join("-" * (n + 2) for n in widths) + "|", *lines[1:]])
