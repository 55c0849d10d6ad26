"""The folder of a training run: how a run begins there, goes on, and is read afterwards.

| file                  |                                                                    |
|-----------------------|--------------------------------------------------------------------|
| config.json           | the configuration, a dataclass whose fields are the flags          |
| checkpoint.weights.h5 | all that --resume needs                                            |
| history.csv           | losses, CPU seconds and score of every epoch                       |
| best.keras            | the generator with the best score, in the form that is released    |
| tensorboard/          | the losses again (TensorFlow only)                                 |

A configuration is a `zoo.training.settings.Settings`.
"""

import contextlib
import csv
import dataclasses
import json
import math

from zoo import cli
from zoo.data.files import atomic
from zoo.errors import InputError
from zoo.training import settings

CONFIG, CHECKPOINT, HISTORY, BEST = "config.json", "checkpoint.weights.h5", "history.csv", "best.keras"


def begin(config, starts=(CHECKPOINT,)):
    """Make the folder of a new run, or check that `config` continues the run in it; the history of that.

    A new run whose configuration has a folder ``start`` needs one of the files `starts` there.

    Raises InputError, and writes nothing, if there is no run to resume or to start from, if the resumed one had another
    recipe, or if a new run would overwrite one.
    """
    folder = config.folder
    text = json.dumps(dataclasses.asdict(config) | {"resume": False}, indent=1, default=str)
    if config.resume:
        if not (folder / CHECKPOINT).exists():
            raise InputError(f"{folder}: holds no checkpoint, expected a run to resume")
        before = json.loads((folder / CONFIG).read_text())
        now = json.loads(text)
        changed = [name for name in settings.fixed(config) if before.get(name) != now[name]]
        if changed:
            raise InputError(f"{folder}: was trained with another {', '.join(changed)}; see its {CONFIG}")
        _write(folder, text)
        return read_history(folder)
    if (folder / HISTORY).exists():
        raise InputError(f"{folder}: holds a run already; continue it with --resume or name another folder with --out")
    start = config.start
    if start and not any((start / name).exists() for name in starts):
        raise InputError(f"{start}: holds no {' or '.join(starts)}, expected the folder of a run to start from")
    if start and (start / CONFIG).exists():
        _check_split(config, json.loads(text))
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder, text)
    return []


def _check_split(config, now):
    """Raises InputError if `config` would hold out what the run it starts from, on the same data, has learnt from."""
    start = config.start
    before = json.loads((start / CONFIG).read_text())
    same = all(before.get(name) == now[name] for name in settings.sample(config))
    if same and any(before.get(name) != now.get(name) for name in ("seed", "events")):
        raise InputError(
            f"{start}: has learnt from events that this run would hold out, expected its seed {before['seed']} and "
            f"{before['events'] or 'all'} events of the same data"
        )


def _write(folder, text):
    with atomic(folder / CONFIG) as temporary:
        temporary.write_text(text + "\n")


def fit(trainer, batches, config, history, score, inference, start=None):
    """Train `trainer` on `batches` until epoch ``config.epochs``, in the folder of `config`.

    Arguments:
        trainer: a zoo.training.trainer.Trainer, not compiled.
        batches: a zoo.training.batches.Batches.
        config: the configuration; with ``resume`` the training goes on where its checkpoint was written.
        history: what `begin` returned.
        score: function of no arguments: brings `inference` up to date and returns its score, lower is better.
        inference: the model that is saved as best.keras after each score below all before.
        start: folder of another run, whose networks a new one begins with.
    """
    from zoo import backend
    from zoo.training.callbacks import Checkpoint, EpochLogs, History, Progress, Score

    folder = config.folder
    if config.resume:
        trainer.load_weights(folder / CHECKPOINT)
    elif start:
        with same_form(start):
            trainer.start_from(start / CHECKPOINT)
    first = int(trainer.batches) // len(batches)
    batches.start(first)
    # A run killed between the two files has logged one epoch more than it has saved.
    history = history[:first]
    best = min((float(row["score"]) for row in history if row["score"] != "nan"), default=math.inf)

    def save_best():
        with atomic(folder / BEST) as temporary:
            inference.save(temporary)

    trainer.compile(jit=config.jit)
    trainer.fit(
        batches,
        epochs=config.epochs,
        initial_epoch=first,
        shuffle=False,  # Batches shuffles; Keras would draw the order of the batches from a state that nobody saves
        verbose=0,
        callbacks=[
            EpochLogs(),
            Score(score, config.score_every, save_best, best),
            Progress(first),
            History(folder / HISTORY, history),
            *backend.callbacks(folder / "tensorboard"),
            Checkpoint(folder / CHECKPOINT),
        ],
    )


@contextlib.contextmanager
def same_form(start):
    """Raises InputError where the weights of the folder `start`, set inside, do not fit the networks of this run."""
    try:
        yield
    except (KeyError, ValueError) as error:
        raise InputError(f"{start}: holds networks of another form, expected one that the same flags made") from error


def read_config(folder, kind):
    """The configuration, a dataclass `kind`, of the run in `folder`."""
    return dataclasses.replace(cli.from_plain(json.loads((folder / CONFIG).read_text()), kind), out=folder)


def read_history(folder):
    """The losses, scores and costs of the run in `folder`, one dict of strings an epoch."""
    with (folder / HISTORY).open() as file:
        return list(csv.DictReader(file))


def flags(config):
    """The command-line flags that make `config`, but not where the run is and whether it was interrupted."""
    where = settings.names(config, settings.RUN)
    return cli.flags({name: value for name, value in cli.changed(config).items() if name not in where})
