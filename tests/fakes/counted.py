"""Events that are numbers, for productions without a network, and what may happen while they are written."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from zoo.data import hdf5


@dataclass(frozen=True)
class Numbers:
    """Event i is (i, i + seed). A file in the folder `moods` named as a file of events says what happens to it.

    "kill": its process is killed in the midst of it, once. "full": /dev/full takes the place of the disk, and answers
    as a full one does. "slow": it takes a second.
    """

    moods: Path
    seed: int = 1

    def plan(self, events: int, per_file: int) -> dict:
        return {"seed": self.seed, "events": events, "events_per_file": per_file, "suffix": ".h5"}

    def write(self, path: Path, first: int, events: int) -> None:
        mood = self.moods / path.name
        with hdf5.appending(path, {"seed": self.seed}) as append:
            for i in range(first, first + events):
                if mood.exists():
                    self.act(mood, i - first)
                append({"number": np.array([i]), "both": np.array([[i, i + self.seed]], np.float32)})

    def act(self, mood: Path, written: int) -> None:
        match mood.read_text():
            case "kill" if written:
                mood.unlink()
                os.kill(os.getpid(), signal.SIGKILL)
            case "full":
                (file,) = h5py.h5f.get_obj_ids(h5py.h5f.OBJ_ALL, h5py.h5f.OBJ_FILE)
                full = os.open("/dev/full", os.O_RDWR)
                os.dup2(full, file.get_vfd_handle())
                os.close(full)
            case "slow":
                time.sleep(1)
