"""Events that are numbers, for productions without a network, and what may happen while they are written."""

import errno
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from zoo.data import hdf5


@dataclass(frozen=True)
class Numbers:
    """Event i is (i, i + seed). A file in the folder `moods` named as a file of events says what happens to it.

    "kill": its process is killed in the midst of it, once. "full": the disk is full. "slow": it takes a second.
    """

    moods: Path
    seed: int = 1

    def plan(self, events: int, per_file: int) -> dict:
        return {"seed": self.seed, "events": events, "events_per_file": per_file, "suffix": ".h5"}

    def write(self, path: Path, first: int, events: int) -> None:
        mood = self.moods / path.name
        with hdf5.appending(path, {"seed": self.seed}) as append:
            for i in range(first, first + events):
                append({"number": np.array([i]), "both": np.array([[i, i + self.seed]], np.float32)})
                if mood.exists():
                    self.act(mood)

    def act(self, mood: Path) -> None:
        match mood.read_text():
            case "kill":
                mood.unlink()
                os.kill(os.getpid(), signal.SIGKILL)
            case "full":
                raise OSError(errno.ENOSPC, "No space left on device")
            case "slow":
                time.sleep(1)
