"""From a finished run to the folder in weights/ that ``zoo.load`` reads."""

import argparse
import dataclasses
import json
import shlex
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import zoo
from zoo import cli
from zoo.data import hdf5
from zoo.data.files import atomic, sha256
from zoo.errors import InputError
from zoo.training import runs

PICTURE = "overview.png"  # the figure that is released with the weights
LICENCE = "CC BY 4.0"  # of weights and saved distributions


def finished(run: Path, kind: type, command: str) -> Any:
    """The configuration, a dataclass `kind`, of a run in the folder `run` that has come to a best generator.

    Raises InputError if there is none; `command` makes such runs.
    """
    for name in (runs.CONFIG, runs.HISTORY, runs.BEST):
        if not (run / name).exists():
            raise InputError(f"{run}: has no {name}, expected the folder of a run of {command}")
    return runs.read_config(run, kind)


def release(
    run: Path,
    weights: Path,
    *,
    config: Any,
    command: str,
    card: Mapping[str, Any],
    source: Path,
    events: Mapping[str, int],
    judge: Callable[[Any, Path], dict],
    headline: Callable[[Any, dict], dict] | None = None,
) -> Path:
    """Write weights/NAME from the run in the folder `run`, in place of the one that is there; the new folder.

    The best generator of the run is stored with int8 kernels, loaded again as users will, and that one is judged: the
    card's numbers are those of the file beside it. Its version is one above that of the model before.

    Arguments:
        config: the configuration of the run, from `finished`.
        command: what makes such runs, "python -m reproductions.calogan".
        card: the card but for version, licence, headline, training, data, metrics and sha256, which are added.
        source: the HDF5 file of the data; its attribute "licence", if it has one, says under which the events stand.
        events: how many events each part of it had; those of "train" made the batches.
        judge: ``judge(generator, folder)`` evaluates on held-out events, writes distributions.h5 and figures/*.png to
            the folder, and returns the metrics for the card. figures/overview.png is released, the others go to the
            run's folder, as does metrics.json.
        headline: ``headline(config, metrics)`` is the card's, see zoo.headline.
    """
    from zoo.generator import Generator, read_model, save

    training = {**_training(run, config, command), "version": _version()}
    attributes, version = hdf5.attributes(source), _next_version(weights / card["name"])
    with atomic(weights / card["name"], folder=True) as new:
        new.mkdir()
        save(read_model(run / runs.BEST), new / "generator.keras")
        metrics = judge(Generator(read_model(new / "generator.keras"), card), new)
        (new / "figures" / PICTURE).rename(new / PICTURE)
        (run / "figures").mkdir(exist_ok=True)
        for figure in (new / "figures").iterdir():
            figure.replace(run / "figures" / figure.name)
        (new / "figures").rmdir()
        (new / "metrics.json").replace(run / "metrics.json")
        whole = {
            "name": card["name"],
            "version": version,
            "licence": _licence(attributes),
            **card,
            **({"headline": headline(config, metrics)} if headline else {}),
            "training": training,
            "data": {
                "name": source.name,
                "sha256": sha256(source),
                "events": dict(events),
                "provenance": {
                    name: value if isinstance(value, list) else str(value) for name, value in attributes.items()
                },
            },
            "metrics": metrics,
            "sha256": {path.name: sha256(path) for path in sorted(new.iterdir())},
        }
        (new / "card.json").write_text(json.dumps(whole, indent=1) + "\n")
    return weights / card["name"]


def main(room: str, release: Callable[[Path, Path], Path]) -> None:
    """Release a run of the reproduction `room` from the command line, by ``release(run, weights)``."""
    parser = argparse.ArgumentParser(
        prog=f"python -m reproductions.{room}.release", description="Turn a finished run into released weights."
    )
    parser.add_argument("run", type=Path, help="folder of the run")
    parser.add_argument("--weights", type=Path, default=Path("weights"), help="folder to write to (weights)")
    args = parser.parse_args()
    print(f"\nwrote {release(args.run, args.weights)}")


def _next_version(folder: Path) -> int:
    """One above the version of the model in `folder`, whose cards began without; 1 where there is none."""
    path = folder / "card.json"
    return json.loads(path.read_text()).get("version", 1) + 1 if path.exists() else 1


def _licence(attributes: Mapping[str, Any]) -> str:
    """The licence of weights that learnt from events with these attributes."""
    return f"{LICENCE}; learnt from {attributes['licence']}" if "licence" in attributes else LICENCE


def _training(run: Path, config: Any, command: str) -> dict[str, Any]:
    """What made the run in the folder `run`, and what made the one that it started from."""
    history = runs.read_history(run)
    scores = [float(row["score"]) for row in history]
    record = {
        "command": f"{command} {shlex.join(runs.flags(config))}",
        "seed": config.seed,
        **({"events": config.events} if config.events else {}),  # so many of each file
        "epochs": len(history),
        "best_epoch": 1 + scores.index(min(score for score in scores if score == score)),
        "batches": int(float(history[-1]["batches"])),
        "cpu_hours": round(sum(float(row["cpu_seconds"]) for row in history) / 3600, 2),
        "deviations": runs.deviations(config),
    }
    start = getattr(config, "start", None)
    if start and (start / "card.json").exists():  # released weights
        card = json.loads((start / "card.json").read_text())
        record["start"] = {"sha256": card["sha256"]["generator.keras"], **card["training"]}
    elif start:
        if not (start / runs.CONFIG).exists():
            raise InputError(f"{start}: holds no {runs.CONFIG}, expected the run that {run} started from")
        before = runs.read_config(start, type(config))
        record["start"] = _training(start, before, command)
        folder = cli.portable(start)  # where the command of `config` looks for it
        if folder != cli.portable(dataclasses.replace(before, out=None).folder):
            record["start"]["command"] += f" --out {shlex.quote(folder)}"
    return record


def _version() -> str:
    """The zoo's version and the commit that released, with + if files have changed since."""
    describe = ["git", "describe", "--always", "--dirty=+"]
    done = subprocess.run(describe, cwd=Path(__file__).parent, capture_output=True, text=True, check=False)
    return " ".join(filter(None, [zoo.__version__, done.stdout.strip()]))
