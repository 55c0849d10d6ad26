"""What happens between the batches of a training: progress, checkpoints, scores."""

import csv
import math
import time
from contextlib import suppress

import keras
import numpy as np
from tqdm import tqdm

from zoo.data.files import atomic
from zoo.errors import NotFinite


class EpochLogs(keras.callbacks.Callback):
    """Logs the mean losses of an epoch, where Keras logs the last batch's, its ``cpu_seconds``, and the
    ``batches`` since the beginning. Stands first.
    """

    def on_epoch_begin(self, epoch, logs=None):
        self.batches = []
        self.start = time.process_time()

    def on_train_batch_end(self, batch, logs=None):
        self.batches.append({name: float(value) for name, value in logs.items()})

    def on_epoch_end(self, epoch, logs=None):
        for name in self.batches[0]:
            logs[name] = float(np.mean([batch[name] for batch in self.batches]))
        logs["batches"] = (epoch + 1) * self.params["steps"]
        logs["cpu_seconds"] = time.process_time() - self.start


class Progress(keras.callbacks.Callback):
    """One bar over the whole training, with the losses and the time left."""

    def __init__(self, initial_epoch=0):
        super().__init__()
        self.initial_epoch = initial_epoch

    def on_train_begin(self, logs=None):
        steps = self.params["steps"]
        self.bar = tqdm(
            total=self.params["epochs"] * steps, initial=self.initial_epoch * steps, unit="batch", dynamic_ncols=True
        )

    def on_epoch_begin(self, epoch, logs=None):
        self.bar.set_description(f"epoch {epoch + 1}/{self.params['epochs']}")

    def on_train_batch_end(self, batch, logs=None):
        self.bar.set_postfix({name: f"{float(value):.3f}" for name, value in logs.items()}, refresh=False)
        self.bar.update()

    def on_train_end(self, logs=None):
        self.bar.close()


class History(keras.callbacks.Callback):
    """Writes what every epoch logged to a CSV file, whole after every epoch.

    Arguments:
        path: the file.
        rows: what earlier epochs logged, of a training that resumes: a list of dicts.
    """

    def __init__(self, path, rows=()):
        super().__init__()
        self.path = path
        self.rows = list(rows)

    def on_epoch_end(self, epoch, logs=None):
        self.rows.append({"epoch": epoch + 1, **logs})
        with atomic(self.path) as temporary, temporary.open("w", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=self.rows[-1])
            writer.writeheader()
            writer.writerows(self.rows)


class Checkpoint(keras.callbacks.Callback):
    """Saves all that training needs to continue after every epoch; a crash while saving leaves the older file."""

    def __init__(self, path):
        super().__init__()
        self.path = path

    def on_epoch_end(self, epoch, logs=None):
        with atomic(self.path) as temporary:
            self.model.save_weights(temporary)


class Score(keras.callbacks.Callback):
    """Logs ``score`` (lower is better) every few epochs and after the last, and reports each new best one.

    Arguments:
        score: function of no arguments, the value; NaN is logged where it raises NotFinite.
        every: number of epochs between scores; the epochs between are logged as NaN.
        improved: called after each score below all before.
        best: the best score so far, of a training that resumes.
    """

    def __init__(self, score, every, improved, best=math.inf):
        super().__init__()
        self.score = score
        self.every = every
        self.improved = improved
        self.best = best

    def on_epoch_end(self, epoch, logs=None):
        logs["score"] = math.nan
        if (epoch + 1) % self.every == 0 or epoch + 1 == self.params["epochs"]:
            with suppress(NotFinite):
                logs["score"] = self.score()
            if logs["score"] < self.best:
                self.best = logs["score"]
                self.improved()
