"""The folder of a training run: how a run begins there, goes on, and is read afterwards.

| file                  |                                                                    |
|-----------------------|--------------------------------------------------------------------|
| checkpoint.weights.h5 | all that --resume needs, the next two among it                     |
| config.json           | the configuration, a dataclass whose fields are the flags          |
| history.csv           | losses, CPU seconds and score of every epoch                       |
| best.keras            | the generator with the best score, in the form that is released    |
| tensorboard/          | the losses again (TensorFlow only)                                 |
| report.html           | a page with all of it; about.json: what its card would say         |
| before/               | a run here that left no checkpoint, and so could not be continued  |
| .lock .holder         | which process trains here                                          |

Every file is written beside its place and renamed, so that a run may be killed at any moment: with a checkpoint it
resumes, without one it begins anew. A configuration is a `zoo.training.settings.Settings`.
"""

import contextlib
import csv
import dataclasses
import itertools
import json
import math
import os
import tempfile
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import filelock
import h5py

from zoo import cli
from zoo.data import hdf5
from zoo.data.files import HOST, atomic, check_writable
from zoo.errors import InputError
from zoo.training import settings

CONFIG, CHECKPOINT, HISTORY, BEST = "config.json", "checkpoint.weights.h5", "history.csv", "best.keras"
WEIGHTS, CARD = "generator.keras", "card.json"  # of released weights
LOCK, HOLDER, BEFORE = ".lock", ".holder", "before"
RECORD = "record"  # the dataset of a checkpoint that holds, as JSON, what is no weight
DATASETS = "datasets"  # its attribute: how many datasets the checkpoint has
SAVE_EVERY = 600  # seconds between checkpoints within an epoch
_locks: dict = {}  # what this process holds, by folder


def check(config):
    """Raises InputError if no run of `config` can begin or go on in its folder; for before long work.

    There is no run to resume or one that would be overwritten, the resumed one had another recipe, another process
    trains there, the folder cannot be written, or that of the run to start from is none.
    """
    folder = config.folder
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder}: is a file, expected the folder of a run")
    if (folder / LOCK).exists() and folder.resolve() not in _locks:
        _acquired(folder).release()
    if config.resume:
        default, now = (json.loads(_text(one)) for one in (type(config)(), config))
        before = default | _record(folder)["config"]  # a field that came after the run had its default
        changed = [name for name in settings.fixed(config) if before[name] != now[name]]
        if changed:
            raise InputError(f"{folder}: was trained with another {', '.join(changed)}; see its {CONFIG}")
    elif config.start and not config.start.is_dir():
        raise InputError(f"{config.start}: is no folder, expected that of a run to start from")
    elif _continues(folder):
        raise InputError(f"{folder}: holds a run already; continue it with --resume or name another folder with --out")
    if folder.exists():
        check_writable(folder / CONFIG)
    else:
        check_writable(folder, folder=True)


def begin(config, starts=(CHECKPOINT, WEIGHTS)):
    """Make the folder of a new run, or check that `config` continues the run in it; the history of that.

    A new run whose configuration has a folder ``start`` needs one of the files `starts` there. What a run without a
    checkpoint has left in the folder is moved to before/. Until `fit` ends, no other process may begin there; of those
    that train together only the first writes.

    Raises InputError, and writes nothing, for what `check` refuses, and if there is no run to start from or another
    process trains in the folder.
    """
    from zoo import backend

    folder, start = config.folder, config.start
    backend.distribute(config.devices)
    if backend.processes() > 1 and config.cpu_minutes:
        raise InputError("--cpu-minutes are those of one process, expected none where several train together")
    if not backend.first():  # the one that is has checked all this
        return _record(folder)["rows"] if config.resume else []
    check(config)
    if start and not config.resume:
        if not any((start / name).exists() for name in starts):
            raise InputError(f"{start}: holds no {' or '.join(starts)}, expected the folder of a run to start from")
        check_split(config, start)
    folder.mkdir(parents=True, exist_ok=True)
    _lock(folder)
    check(config)  # the other process may have ended between
    rows = []
    if config.resume:
        rows = _record(folder)["rows"]
    else:
        _set_aside(folder)
    with atomic(folder / CONFIG) as temporary:
        temporary.write_text(_text(config) + "\n")
    return rows


def _text(config):
    return json.dumps(dataclasses.asdict(config) | {"resume": False}, indent=1, default=str)


def _record(folder):
    """What the checkpoint in `folder` records beside the weights: config, rows of the history, and the epoch so far.

    Raises InputError if it is not there or damaged.
    """
    path = folder / CHECKPOINT
    if not path.exists():
        raise InputError(f"{folder}: holds no checkpoint, expected a run to resume; without --resume one begins")
    try:
        with h5py.File(path) as file:
            if RECORD in file:
                if file[RECORD].attrs.get(DATASETS, number := datasets(file)) != number:
                    raise ValueError(f"it has {number} datasets")
                return _checked_record(json.loads(file[RECORD][()]))
    except PermissionError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    except hdf5.DAMAGE as error:
        raise InputError(f"{path}: is truncated or no checkpoint; without --resume the training begins anew") from error
    # A checkpoint of a version that had no record, but wrote the other two files before it.
    return {"config": _read_json(folder / CONFIG), "rows": read_history(folder), "epoch": None}


def datasets(file):
    """How many datasets an open HDF5 file holds: a checkpoint that lacks one may be read without a word."""
    names: list[str] = []
    file.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
    return len(names)


def _checked_record(record):
    """`record` if it has the form that `_fit` saves. Raises LookupError, TypeError or ValueError."""
    epoch = record["epoch"] or {"batches": 0, "sums": {}, "cpu_seconds": 0.0}
    forms: list[tuple[Any, type]] = [(record["config"], dict), (record["rows"], list)]
    forms += [(epoch["batches"], int), (epoch["sums"], dict), (epoch["cpu_seconds"], float)]
    for value, form in forms:
        if not isinstance(value, form):
            raise TypeError(f"the record has {value!r}, expected a {form.__name__}")
    for row in record["rows"]:
        float(row["score"])
    return record


def _continues(folder):
    """Whether --resume would go on in `folder`."""
    try:
        return bool(_record(folder))
    except InputError:
        return False


def _set_aside(folder):
    """Move what a run without a checkpoint has left in `folder` into a folder of its own, and say so."""
    left = [name for name in (CHECKPOINT, BEST, HISTORY) if (folder / name).exists()]
    if not left:
        return
    numbers = (BEFORE if number == 1 else f"{BEFORE}_{number}" for number in itertools.count(1))
    kept = next(folder / name for name in numbers if not (folder / name).exists())
    kept.mkdir()
    for name in (*left, CONFIG, "tensorboard"):
        if (folder / name).exists():
            (folder / name).rename(kept / name)
    print(f"{folder}: has no checkpoint to go on from; what it held of a run is now in {kept}")


def _lock(folder):
    """Keep other processes from training in `folder`, until `_unlock`."""
    if folder.resolve() not in _locks:
        _locks[folder.resolve()] = _acquired(folder)
    with atomic(folder / HOLDER) as temporary:
        temporary.write_text(f"process {os.getpid()} on {HOST}, since {datetime.now():%Y-%m-%d %H:%M},")


def _acquired(folder):
    """The lock of `folder`. Raises InputError, which says who has it, if another process does."""
    lock = filelock.FileLock(folder / LOCK)
    try:
        lock.acquire(blocking=False)
    except filelock.Timeout as error:
        holder = "another process"
        with contextlib.suppress(OSError):
            holder = (folder / HOLDER).read_text()
        raise InputError(f"{folder}: {holder} trains here, expected another folder with --out") from error
    return lock


def _unlock(folder):
    if folder.resolve() in _locks:
        (folder / HOLDER).unlink(missing_ok=True)
        _locks.pop(folder.resolve()).release()


def check_split(config, folder):
    """Raises InputError if `config` would hold out what the run, or the release, in `folder` has learnt from.

    Of data in another place nothing is known.
    """
    if (folder / CONFIG).exists():
        before, now = _read_json(folder / CONFIG), json.loads(_text(config))
    elif (folder / CARD).exists():
        before, now = _read_json(folder / CARD)["training"].get("config", {}), settings.plain(config)
    else:
        return
    same = all(before.get(name) == now[name] for name in settings.sample(config))
    if same and any(before.get(name) != now.get(name) for name in ("seed", "events")):
        raise InputError(
            f"{folder}: has learnt from events that this run would hold out, expected its seed {before['seed']} and "
            f"{before['events'] or 'all'} events of the same data"
        )


def fit(trainer, batches, config, history, score, inference, start=None, whole=False):
    """Train `trainer` on `batches` until epoch ``config.epochs``, in the folder of `config`.

    Arguments:
        trainer: a zoo.training.trainer.Trainer, not compiled.
        batches: a zoo.training.batches.Batches.
        config: the configuration; with ``resume`` the training goes on where its checkpoint was written.
        history: what `begin` returned.
        score: function of no arguments: brings `inference` up to date and returns its score, lower is better.
        inference: the model that is saved as best.keras after each score below all before.
        start: folder of another run, whose networks a new one begins with.
        whole: with all of them, whether or not both runs are games: their opponents have learnt, or are trained beside.

    Ctrl-C and SIGTERM end it by KeyboardInterrupt when the batch is done and saved.
    Raises InputError for a checkpoint that does not fit, and if no epoch had a score.
    """
    try:
        with _writable(config.folder) as folder:
            _fit(trainer, batches, config, history, score, inference, (start, whole), folder)
    finally:
        _unlock(config.folder)


@contextlib.contextmanager
def _writable(folder):
    """`folder`; of processes that train together all but the first write what they write where nobody looks.

    They do not leave it: reading the weights of all is work for all.
    """
    from zoo import backend

    if backend.first():
        yield folder
    else:
        with tempfile.TemporaryDirectory() as elsewhere:
            yield Path(elsewhere)


def _fit(trainer, batches, config, history, score, inference, beginning, folder):
    from zoo import backend
    from zoo.training.callbacks import Budget, Checkpoint, EpochLogs, History, Progress, Score, Stop

    start, whole = beginning
    if config.resume:
        path = config.folder / CHECKPOINT
        with same_form(path, "; moved away, it lets the same command without --resume begin anew"):
            trainer.load_weights(path)
    elif start:
        with same_form(start):
            _start(trainer, config, start, whole)
    first, done = divmod(int(trainer.batches), len(batches))
    if len(history) < first:
        raise InputError(
            f"{config.folder / HISTORY}: tells of {len(history)} epochs, expected the {first} of the checkpoint"
        )
    best = _best(config.folder, history[:first])

    def save_best():
        with atomic(folder / BEST) as temporary:
            inference.save(temporary)

    logs = EpochLogs(_record(config.folder)["epoch"] if done else None)
    written = History(folder / HISTORY, history[:first])
    if written.rows:
        written.write()  # the checkpoint may know of more or fewer epochs than the file
    progress = Progress(config.epochs, len(batches), int(trainer.batches))
    text = json.loads(_text(config))
    with Stop() as stop, contextlib.closing(progress):
        save = Checkpoint(
            folder / CHECKPOINT,
            lambda: {"config": text, "rows": written.rows, "epoch": logs.record()},
            stop,
            SAVE_EVERY if backend.processes() == 1 else math.inf,  # all at the same moment
        )
        keep = Score(score, config.score_every, config.epochs, save_best, best)
        budget = Budget(written, config.cpu_minutes)
        shown = [progress] if backend.first() else []
        callbacks = [logs, budget, keep, *shown, written, *backend.callbacks(folder / "tensorboard"), save]
        trainer.compile(jit=config.jit)
        if first < config.epochs:
            _say_what_is_slow(config)
        if done and first < config.epochs:
            batches.start(first + 1)  # as below
            _epochs(trainer, batches.rest(done), first, first + 1, callbacks)
            first += 1
        batches.start(first)  # Keras ends one epoch before the first, so that epoch k takes the order k + 1
        if first < config.epochs and not budget.spent():
            _epochs(trainer, batches, first, config.epochs, callbacks)
    backend.part()
    if not (config.folder / BEST).exists():
        raise InputError(f"{config.folder}: no epoch had a finite score: the training has diverged")


def _start(trainer, config, start, whole):
    """Begin with what is in the folder `start`: a run of the same kind, of which all counts; else a generator alone.

    A run without an opponent has none for a game to begin with, and released weights are a generator and no more.
    """
    now = settings.played(dataclasses.asdict(config))
    if (start / CHECKPOINT).exists() and (whole or settings.played(_read_json(start / CONFIG)) == now):
        trainer.start_from(start / CHECKPOINT)
        return
    best, name = best_of(start), trainer.source.name
    found = best if best.name == name else best.get_layer(name)
    for network in (trainer.source, trainer.averaged):
        network.set_weights(found.get_weights())


def best_of(start):
    """The best generator of the run, or the released one, in the folder `start`, in its inference form."""
    from zoo.generator import read_model

    return read_model(start / (BEST if (start / BEST).exists() else WEIGHTS))


def _epochs(trainer, batches, first, last, callbacks):
    trainer.fit(
        batches,
        epochs=last,
        initial_epoch=first,
        shuffle=False,  # Batches shuffles; Keras would draw the order of the batches from a state that nobody saves
        verbose=0,
        callbacks=callbacks,
    )


def _say_what_is_slow(config):
    compiler = "compiles the training step through XLA" if config.jit else "traces the training step"
    kept = ", seconds where the cache holds what it compiled before" if config.jit else ""
    print(f"{compiler}, minutes for large networks{kept}; then a bar tells the time left", flush=True)


def _best(folder, rows):
    """The best score in the `rows` of the history, if its generator is still there."""
    best = min((float(row["score"]) for row in rows if not math.isnan(float(row["score"]))), default=math.inf)
    if best < math.inf and not zipfile.is_zipfile(folder / BEST):
        print(f"{folder / BEST}: is missing or truncated; the next epoch with a score writes it anew")
        return math.inf
    return best


def is_released(start):
    """Whether `start` is a folder of weights/ and not that of a run."""
    return bool(start) and (start / WEIGHTS).exists()


def transfer(source, target):
    """Give the layers of `target` the weights of those of the same name in `source`; what `source` lacks stays."""
    found = {layer.name: layer for layer in source.layers if layer.weights}
    for layer in target.layers:
        if layer.name in found:
            layer.set_weights(found[layer.name].get_weights())


@contextlib.contextmanager
def same_form(start, remedy=""):
    """Raises InputError, which ends in `remedy`, where the weights of `start`, set inside, do not fit this run's."""
    try:
        yield
    except hdf5.DAMAGE as error:
        expected = f"expected one that the same flags made{remedy}"
        raise InputError(f"{start}: holds networks of another form, {expected}") from error


def read_config(folder, kind):
    """The configuration, a dataclass `kind`, of the run in `folder`. Raises InputError if it is damaged."""
    return dataclasses.replace(read_config_file(folder / CONFIG, kind), out=folder)


def read_config_file(path, kind):
    """The configuration, a dataclass `kind`, that a run has written to `path`.

    Raises InputError for a file that is not one.
    """
    values = _read_json(path)
    try:
        return cli.from_plain(values, kind)
    except (ValueError, TypeError, AttributeError) as error:
        raise InputError(f"{path}: is no configuration of a run ({error})") from error


def _read_json(path):
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise InputError(f"{path}: is no configuration of a run ({error})") from error


def read_history(folder):
    """The losses, scores and costs of the run in `folder`, one dict of strings an epoch.

    Raises InputError if its file is missing, empty or damaged.
    """
    path = folder / HISTORY
    try:
        with path.open(newline="") as file:
            rows = list(csv.DictReader(file))
        for row in rows:
            [float(value) for value in row.values()]
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    except (ValueError, TypeError, csv.Error) as error:
        raise InputError(f"{path}: is truncated or no history of a run") from error
    if not rows:
        raise InputError(f"{path}: holds no epoch, expected at least one")
    return rows


def flags(config):
    """The command-line flags that make `config`, but not where the run is and whether it was interrupted."""
    where = settings.names(config, settings.RUN)
    return cli.flags({name: value for name, value in cli.changed(config).items() if name not in where})


def how_to_go_on(config):
    """One sentence for somebody whose training of `config` has been stopped."""
    folder = config.folder
    if not _continues(folder):
        return f"stopped before a batch was saved; the same command begins anew in {folder}"
    record = _record(folder)
    epochs, epoch = len(record["rows"]), record["epoch"]
    within = f" and {epoch['batches']} batches" if epoch else ""
    return f"stopped; --resume continues {folder} bit for bit after {epochs} epochs{within}"
