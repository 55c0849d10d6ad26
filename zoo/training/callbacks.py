"""What happens between the batches of a training: progress, checkpoints, scores."""

import csv
import errno
import json
import math
import os
import signal
import threading
import time
from contextlib import suppress

import keras
from tqdm import tqdm

from zoo import backend
from zoo.data import hdf5
from zoo.data.files import atomic
from zoo.errors import NotFinite, Terminated
from zoo.training.runs import DATASETS, RECORD, datasets


class EpochLogs(keras.callbacks.Callback):
    """Logs the mean losses of an epoch, where Keras logs the last batch's, its ``cpu_seconds``, and the
    ``batches`` since the beginning. Stands first.

    Arguments:
        before: what ``record`` gave, of a training that resumes within an epoch.
    """

    def __init__(self, before=None):
        super().__init__()
        self.before = before

    def on_epoch_begin(self, epoch, logs=None):
        before = self.before or {"batches": 0, "sums": {}, "cpu_seconds": 0.0}
        self.before = None
        self.batches, self.sums = before["batches"], dict(before["sums"])
        self.start = time.process_time() - before["cpu_seconds"]

    def on_train_batch_end(self, batch, logs=None):
        self.batches += 1
        for name, value in logs.items():
            self.sums[name] = self.sums.get(name, 0.0) + float(value)

    def on_epoch_end(self, epoch, logs=None):
        for name, total in self.sums.items():
            logs[name] = total / self.batches
        logs["batches"] = int(self.model.batches)
        logs["cpu_seconds"] = time.process_time() - self.start
        self.batches = 0

    def record(self):
        """What the epoch so far has come to, for a checkpoint within it; None at its end."""
        if not self.batches:
            return None
        return {"batches": self.batches, "sums": self.sums, "cpu_seconds": time.process_time() - self.start}


class Progress(keras.callbacks.Callback):
    """One bar over the whole training, with the losses and the time left; it begins when the first batch is done.

    Arguments:
        epochs: their number.
        steps: batches in each.
        done: batches of earlier runs.
    """

    def __init__(self, epochs, steps, done=0):
        super().__init__()
        self.epochs, self.steps, self.done = epochs, steps, done
        self.bar = None

    def on_epoch_begin(self, epoch, logs=None):
        self.description = f"epoch {epoch + 1}/{self.epochs}"
        if self.bar:
            self.bar.set_description(self.description)

    def on_train_batch_end(self, batch, logs=None):
        self.done += 1
        if self.bar is None:  # the first batch, which waits for the compiler, says nothing about the time left
            total = self.epochs * self.steps
            self.bar = tqdm(desc=self.description, total=total, initial=self.done, unit="batch", dynamic_ncols=True)
        else:
            self.bar.update()
        self.bar.set_postfix({name: f"{float(value):.3f}" for name, value in logs.items()}, refresh=False)

    def close(self):
        """Leave the bar as it is, so that what is printed next has a line of its own."""
        if self.bar:
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
        self.write()

    def write(self):
        """Bring the file up to date."""
        with atomic(self.path) as temporary, temporary.open("w", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=self.rows[-1])
            writer.writeheader()
            writer.writerows(self.rows)


class Budget(keras.callbacks.Callback):
    """Ends the training with the epoch in which it has used up so many CPU minutes, earlier runs included.

    Arguments:
        history: the `History` of the training, which stands behind it.
        minutes: None for no end.
    """

    def __init__(self, history, minutes):
        super().__init__()
        self.history = history
        self.minutes = math.inf if minutes is None else minutes

    def spent(self, seconds=0.0):
        """Whether nothing is left once an epoch has taken so many CPU `seconds` more."""
        return seconds + sum(float(row["cpu_seconds"]) for row in self.history.rows) >= 60 * self.minutes

    def on_epoch_end(self, epoch, logs=None):
        self.model.stop_training = self.spent(logs["cpu_seconds"])


class Checkpoint(keras.callbacks.Callback):
    """Saves all that training needs to continue: after every epoch, within one every `seconds`, and before it stops.

    A crash while saving leaves the older file.

    Arguments:
        path: the file, .weights.h5.
        record: function of no arguments: what to save beside the weights, as JSON takes it, under the name `RECORD`.
        stop: a `Stop`, whose wish is granted when the batch is saved.
        seconds: between checkpoints within an epoch.
    """

    def __init__(self, path, record=dict, stop=None, seconds=math.inf):
        super().__init__()
        self.path = path
        self.record = record
        self.stop = stop or Stop()
        self.seconds = seconds

    def on_train_begin(self, logs=None):
        self.saved = time.monotonic()

    def on_train_batch_end(self, batch, logs=None):
        self.stop.wait = True  # from now on there is something to lose
        last = batch + 1 == self.params["steps"]
        if not last and (self.stop.signal or time.monotonic() - self.saved >= self.seconds):
            backend.synchronise(self.model)
            self._save()

    def on_epoch_end(self, epoch, logs=None):
        self._save()

    def _save(self):
        text = json.dumps(self.record())
        with atomic(self.path) as temporary:
            _reserve(temporary, size(self.model) + len(text))
            self.model.save_weights(temporary)
            with hdf5.flushed(temporary, "a") as file:
                file[RECORD] = text
                file[RECORD].attrs[DATASETS] = datasets(file)
        self.saved = time.monotonic()
        self.stop.grant()


def size(model):
    """About the bytes of a checkpoint of `model`, a `zoo.training.trainer.Trainer`, rather too many."""
    variables = [*model.variables, *(one for optimizer in model.optimizers for one in optimizer.variables)]
    return sum(4 * math.prod(one.shape) + 4096 for one in variables)


def _reserve(path, size):
    """Raise OSError if the disk has not `size` bytes for the new file `path`, where the system can tell.

    Keras closes HDF5 files with much still to be written, and a full disk then ends the process.
    """
    if hasattr(os, "posix_fallocate"):
        with open(path, "wb") as file:
            try:
                os.posix_fallocate(file.fileno(), 0, size)
            except OSError as error:
                if error.errno not in (errno.EOPNOTSUPP, errno.EINVAL):
                    raise


class Stop:
    """Ctrl-C, and SIGTERM, which batch systems send before they kill, wait until the batch is done and saved.

    A context: within it, the signals are noted. Before `wait` is set, when nothing was trained yet, and when one comes
    for a second time, they take effect at once, as KeyboardInterrupt or its kind Terminated.
    """

    def __init__(self):
        self.signal = None
        self.wait = False
        self.before = {}

    def __enter__(self):
        if threading.current_thread() is threading.main_thread():  # Python allows no other to handle signals
            self.before = {number: signal.signal(number, self._ask) for number in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(self, *_):
        for number, handler in self.before.items():
            signal.signal(number, handler)

    def _ask(self, number, _):
        first, self.signal = self.signal is None, number
        if not (self.wait and first):
            self.grant()
        os.write(2, b"\nstops when this batch is done and saved; again: at once\n")  # print is not reentrant

    def grant(self):
        """Raises what the signal that has come asks for, if one has."""
        if self.signal:
            raise Terminated if self.signal == signal.SIGTERM else KeyboardInterrupt


class Score(keras.callbacks.Callback):
    """Logs ``score`` (lower is better) every few epochs and after the last, and reports each new best one.

    After the last of a training that a `Budget` before it ends only if there is no other.

    Arguments:
        score: function of no arguments, the value; NaN is logged where it raises NotFinite.
        every: number of epochs between scores; the epochs between are logged as NaN.
        last: the last epoch, counted from 1.
        improved: called after each score below all before.
        best: the best score so far, of a training that resumes.
    """

    def __init__(self, score, every, last, improved, best=math.inf):
        super().__init__()
        self.score = score
        self.every = every
        self.last = last
        self.improved = improved
        self.best = best

    def on_epoch_end(self, epoch, logs=None):
        logs["score"] = math.nan
        alone = self.model.stop_training and self.best == math.inf
        if (epoch + 1) % self.every == 0 or epoch + 1 == self.last or alone:
            with suppress(NotFinite):
                logs["score"] = self.score()
            if logs["score"] < self.best:
                self.best = logs["score"]
                self.improved()
