"""A training that is killed again and again at random moments, and resumed.

python -m tests.fakes.killer FOLDER KILLS SEED [EPOCHS]

The process loads TensorFlow, once; others, forked from it, train `tests.fakes.toy_room` in FOLDER and save after every
batch. KILLS of them get SIGKILL up to a third of a second after a checkpoint of theirs, the next one may end. Prints
after how many batches each began.
"""

import dataclasses
import os
import random
import signal
import sys
import time
from pathlib import Path

from tests.fakes import toy_room
from zoo.training import runs


def train(config):
    """Train on or anew, as a user would; never returns."""
    status = 1
    try:
        toy_room.train(dataclasses.replace(config, resume=(config.folder / runs.CHECKPOINT).exists()))
        status = 0
    finally:
        os._exit(status)


def stamp(path):
    """What differs between two checkpoints in one place."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns


def kill(process, path, delay):
    """SIGKILL `process`, `delay` seconds after it has written `path`; whether it was still there."""
    before = stamp(path)
    while stamp(path) == before:
        if os.waitpid(process, os.WNOHANG)[0]:
            return False
        time.sleep(0.001)
    time.sleep(delay)
    os.kill(process, signal.SIGKILL)
    return os.waitpid(process, 0)[1] == signal.SIGKILL


def main(folder, kills, seed, epochs=2):
    runs.SAVE_EVERY = 0.0
    config, wait = toy_room.Config(out=Path(folder), epochs=int(epochs)), random.Random(int(seed))
    for _ in range(int(kills)):
        if not (process := os.fork()):
            train(config)
        if not kill(process, config.folder / runs.CHECKPOINT, wait.uniform(0, 1 / 3)):
            break
        print(runs.how_to_go_on(config), flush=True)
    if not (process := os.fork()):
        train(config)
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]))


if __name__ == "__main__":
    main(*sys.argv[1:])
