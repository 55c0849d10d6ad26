"""From a finished run to the folder in weights/ that ``zoo.load`` reads."""

import dataclasses
import json
import math
import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

import zoo
from zoo import cli, registry
from zoo.data import hdf5
from zoo.data.files import atomic, sha256
from zoo.errors import InputError
from zoo.report import slices
from zoo.training import curve, runs, settings
from zoo.training.room import Room
from zoo.training.settings import Settings

PICTURE = "overview.png"  # the figure that is released with the weights
LICENCE = "CC BY 4.0"  # of weights and saved distributions


def finished(room: Room, run: Path) -> Any:
    """The configuration of a run of `room` in the folder `run` that has come to a best generator.

    Raises InputError if there is none.
    """
    for name in (runs.CONFIG, runs.HISTORY, runs.BEST):
        if not (run / name).exists():
            raise InputError(f"{run}: has no {name}, expected the folder of a run of {room.command}")
    return runs.read_config(run, room.config)


def release(room: Room, run: Path, weights: Path, name: str | None = None) -> Path:
    """Write weights/NAME from the run of `room` in the folder `run`, in place of what is there; the new folder.

    The best generator of the run is stored with int8 kernels, loaded again as users will, and that one is judged: the
    card's numbers are those of the file beside it. Its version is one above that of the model before. Figures and
    metrics.json go to the run's folder, the overview is released too. `name` is by default the configuration's. The
    data's attribute "licence", if there is one, says under which the events stand.

    Raises InputError if `run` holds no finished run, one that the room does not release, or one of a file that does not
    say where its events come from.
    """
    if name is not None and not registry.NAME.fullmatch(name):
        raise InputError(f"--name is {name}, expected letters, digits and ._@+- behind the first")
    config = finished(room, run)
    room.check_release(config)
    source = room.source(config)
    if not is_hdf5(source):
        raise InputError(
            f"{source}: is not HDF5, expected a run on an HDF5 file, which says where its events come from"
        )

    from zoo.generator import Generator, read_model, save

    parts = room.load(config)
    card = room.card(config, parts) | ({"name": name} if name else {})
    training = {**training_of(room, run, config), "version": _version()}
    attributes, version = hdf5.attributes(source), _next_version(weights / card["name"])
    with atomic(weights / card["name"], folder=True) as new:
        new.mkdir()
        save(read_model(run / runs.BEST), new / "generator.keras")
        metrics = room.evaluate(Generator(read_model(new / "generator.keras"), card), parts, config, new, config.seed)
        curve.draw(new / "figures" / "training.png", [run])
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
            "headline": room.headline(config, metrics),
            "training": training,
            "data": {
                "name": source.name,
                "sha256": sha256(source),
                "events": {name: room.size(part) for name, part in parts.items()},
                "provenance": hdf5.provenance(source),
            },
            "metrics": {name: metrics[name] for name in room.summaries},
            "slices": slices.short(slices.find(metrics)),
            "sha256": {path.name: sha256(path) for path in sorted(new.iterdir())},
        }
        (new / "card.json").write_text(json.dumps(whole, indent=1) + "\n")
    return weights / card["name"]


def record(room: Room, name_or_path: str, out: Path, judged: Mapping[str, Any], tables_only: bool = False) -> Path:
    """Put what an evaluation wrote to `out` into the card of a released model of `room`; the model's folder.

    Headline, metrics, saved distributions and overview are those of `out`; `judged`, by what and how, stands in the
    card as "judged". Of an evaluation of its coordinates alone, with `tables_only`, numbers go to "tables_only", and
    nothing else changes. The weights and their version stay. Raises InputError for a model that is not there.
    """
    folder = registry.find(name_or_path)
    card = registry.read_card(folder)
    config = cli.from_plain(card["training"]["config"], room.config)
    metrics = json.loads((out / "metrics.json").read_text())
    headline = room.headline(config, metrics)
    found = {"metrics": {name: metrics[name] for name in room.summaries}, "judged": {**judged, "version": _version()}}
    if tables_only:
        card["tables_only"] = {**{key: headline[key] for key in ("value", "uncertainty")}, **found}
        _write_card(folder, card)
        return folder
    for source in (out / "distributions.h5", out / "figures" / PICTURE):
        with atomic(folder / source.name) as temporary:
            shutil.copyfile(source, temporary)
    hashes = {name: sha256(folder / name) for name in card["sha256"]}
    kept = {"slices": slices.short(slices.find(metrics))}
    _write_card(folder, card | found | kept | {"headline": headline, "sha256": hashes})
    return folder


def _write_card(folder: Path, card: Mapping[str, Any]) -> None:
    with atomic(folder / "card.json") as temporary:
        temporary.write_text(json.dumps(card, indent=1) + "\n")


def _next_version(folder: Path) -> int:
    """One above the version of the model in `folder`, whose cards began without; 1 where there is none."""
    path = folder / "card.json"
    return json.loads(path.read_text()).get("version", 1) + 1 if path.exists() else 1


def _licence(attributes: Mapping[str, Any]) -> str:
    """The licence of weights that learnt from events with these attributes."""
    return f"{LICENCE}; learnt from {attributes['licence']}" if "licence" in attributes else LICENCE


def _command(room: Room, config: Settings) -> str:
    """What made a run of `config`: by the name of its recipe, if it is one but for its files, else by all flags."""
    own: dict[str, Any] = {"data": None, "start": None}
    made = settings.plain(config) | own
    for name, recipe in room.recipes.items():
        if name != "paper" and settings.plain(recipe) | own == made:
            files = dataclasses.replace(room.config(), data=config.data, start=None if recipe.start else config.start)
            return f"{room.command} {shlex.join(['--recipe', name, *runs.flags(files)])}"
    return f"{room.command} {shlex.join(runs.flags(config))}"


def is_hdf5(source: Path) -> bool:
    """Whether a file of events is HDF5, whose attributes say where they come from."""
    return source.suffix in (".h5", ".hdf5")


def training_of(room: Room, run: Path, config: Settings) -> dict[str, Any]:
    """What made the run in the folder `run`, and what made the one that it started from."""
    history = runs.read_history(run)
    scores = [float(row["score"]) for row in history]
    found = {
        "command": _command(room, config),
        "config": settings.plain(config),
        "seed": config.seed,
        **({"events": config.events} if config.events else {}),  # so many of each file
        "epochs": len(history),
        "best_epoch": 1 + scores.index(min(score for score in scores if score == score)),
        "batches": int(float(history[-1]["batches"])),
        "cpu_hours": round(sum(float(row["cpu_seconds"]) for row in history) / 3600, 2),
        "deviations": settings.deviations(config),
        "curve": _curve(history),
    }
    for name in settings.names(config, settings.RECIPE):
        folder = getattr(config, name)
        if isinstance(folder, Path) and (folder / "card.json").exists():  # a part of it was taken
            card = json.loads((folder / "card.json").read_text())
            taken = {"name": card["name"], "version": card.get("version", 1)}
            found[name] = {**taken, "sha256": card["sha256"]["generator.keras"]}
    start = config.start
    if start and (start / "card.json").exists():  # released weights
        card = json.loads((start / "card.json").read_text())
        found["start"] = {"sha256": card["sha256"]["generator.keras"], **card["training"]}
    elif start:
        if not (start / runs.CONFIG).exists():
            raise InputError(f"{start}: holds no {runs.CONFIG}, expected the run that {run} started from")
        before = runs.read_config(start, type(config))
        first = training_of(room, start, before)
        folder = cli.portable(start)  # where the command of `config` looks for it
        if folder != cli.portable(dataclasses.replace(before, out=None).folder):
            first["command"] += f" --out {shlex.quote(folder)}"
        found["start"] = first
    return found


def _curve(history: Sequence[Mapping[str, Any]]) -> dict[str, list[float]]:
    """The CPU hours and the score of each epoch that had one, with four digits."""
    hours = accumulate(float(row["cpu_seconds"]) / 3600 for row in history)
    points = [(hour, float(row["score"])) for hour, row in zip(hours, history, strict=True)]
    points = [point for point in points if math.isfinite(point[1])]
    return {
        name: slices.short([*values])
        for name, values in zip(("cpu_hours", "score"), zip(*points, strict=True), strict=True)
    }


def _version() -> str:
    """The zoo's version and the commit that released, with + if files have changed since."""
    describe = ["git", "describe", "--always", "--dirty=+"]
    done = subprocess.run(describe, cwd=Path(__file__).parent, capture_output=True, text=True, check=False)
    return " ".join(filter(None, [zoo.__version__, done.stdout.strip()]))
