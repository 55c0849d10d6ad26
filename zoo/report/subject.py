"""What a page tells of: a released model or a training run."""

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from zoo import registry
from zoo.data import distributions
from zoo.data.distributions import Distributions
from zoo.data.files import atomic
from zoo.errors import InputError
from zoo.report.panel import Panel
from zoo.report.pictures import Curve, Histogram, curves, histogram, published
from zoo.training import runs

CARD = "about.json"  # of a training run: what its card would be
SAVED, METRICS, PICTURE = "distributions.h5", "metrics.json", "overview.png"


@dataclass
class Subject:
    """A model with all that is known of it.

    Attributes:
        card: as card.json, of a run without hashes.
        metrics: all that an evaluation found, or what the card says of it.
        distributions: {"": its histograms}, or of a model of several particles those of each, by name.
        curves: of the training.
        pictures: PNG files of the evaluation, by name.
        run: the folder of a training run, if it is one.
    """

    card: Mapping[str, Any]
    metrics: Mapping[str, Any]
    distributions: Mapping[str, Distributions]
    curves: Sequence[Curve] = ()
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    run: Path | None = None

    @property
    def name(self) -> str:
        """Of the run's folder, or of the model."""
        return self.run.resolve().name if self.run else self.card["name"]

    @property
    def legend(self) -> Mapping[str, str]:
        """The names of the series, as the room has them."""
        return getattr(_room(self.card, "panels"), "LEGEND", {})

    def histograms(self) -> Iterator[Histogram]:
        """All saved histograms with what was published beside them, and published ones with bins of their own."""
        for part, saved in self.distributions.items():
            for name, panel in self._panels(saved).items():
                panel = panel._replace(group=" ".join(filter(None, (part, panel.group))))
                if name in saved.generated:
                    counts = {source: getattr(saved, source)[name] for source in distributions.SOURCES}
                    yield histogram(name, panel, saved.edges[name], counts, self.legend)
                elif panel.edges is not None:
                    yield Histogram(name, panel, panel.edges, published(panel, self.legend))

    def _panels(self, saved: Distributions) -> dict[str, Panel]:
        """The panels of the room, in its order; a histogram that it does not name comes last under its own name."""
        room = _room(self.card, "panels")
        panels: dict[str, Panel] = room.panels(saved) if room else {}
        return panels | {name: Panel(name.replace("_", " ")) for name in saved.generated if name not in panels}

    def claims(self) -> list[Mapping[str, Any]]:
        """The claims of the paper and what became of them: claims.json of the room, if it has one."""
        room = _room(self.card)
        path = Path(room.__file__).parent / "claims.json" if room else None
        return json.loads(path.read_text(encoding="utf-8")) if path and path.is_file() else []


def subject(name: str | os.PathLike, evaluation: Path | None = None) -> Subject:
    """A released model, by its name or folder, or a finished training run, by its folder.

    `evaluation` is what ``python -m reproductions.ROOM evaluate NAME`` wrote: all numbers and figures instead of the
    released ones. Raises InputError where one of both is not there or damaged.
    """
    folder = Path(name)
    if (folder / CARD).is_file():
        card = _read(folder / CARD)
        if missing := [key for key in registry.NEEDED if key not in card and key != "sha256"]:
            raise InputError(f"{folder / CARD}: lacks {', '.join(missing)}, expected what a training wrote")
        found = Subject(card, {}, {}, curves(runs.read_history(folder)), {}, folder)
        evaluation = evaluation or folder
    else:
        found = _released(name)
    if evaluation:
        found.metrics, found.distributions = _metrics(evaluation), _saved(evaluation)
        figures = sorted((evaluation / "figures").glob("*.png"))
        found.pictures = {path.name: path.read_bytes() for path in figures}
    return found


def describe_run(folder: Path, card: Mapping[str, Any], metrics: Mapping[str, Any]) -> None:
    """Write what `subject` reads of a training run beside its distributions and history: its card and its numbers."""
    for name, content in ((CARD, card), (METRICS, metrics)):
        with atomic(folder / name) as temporary:
            temporary.write_text(json.dumps(content, indent=1, allow_nan=False) + "\n")


def _released(name: str | os.PathLike) -> Subject:
    card = registry.read_card(name)
    files = {file: registry.verified(name, file) for file in (SAVED, PICTURE) if file in card["sha256"]}
    saved = {"": distributions.read(files[SAVED])} if SAVED in files else {}
    pictures = {PICTURE: files[PICTURE].read_bytes()} if PICTURE in files else {}
    kept = card.get("training", {}).get("curve")
    curve = [Curve("score", *map(np.array, (kept["cpu_hours"], kept["score"])))] if kept else []
    return Subject(card, card.get("metrics", {}), saved, curve, pictures)


def _saved(folder: Path) -> dict[str, Distributions]:
    """The distributions in `folder`, or of a model of several particles those in its folders."""
    if (folder / SAVED).is_file():
        return {"": distributions.read(folder / SAVED)}
    return {path.parent.name: distributions.read(path) for path in sorted(folder.glob(f"*/{SAVED}"))}


def _metrics(folder: Path) -> dict[str, Any]:
    """The numbers in `folder`, or of a model of several particles those in its folders."""
    apart = {path.parent.name: _read(path) for path in sorted(folder.glob(f"*/{METRICS}"))}
    return apart if apart and not (folder / METRICS).exists() else _read(folder / METRICS)


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read, expected what an evaluation wrote ({error})") from error
    if not isinstance(found, dict):
        raise InputError(f"{path}: holds {str(found)[:60]}, expected what an evaluation wrote")
    return found


def _room(card: Mapping[str, Any], module: str = "") -> Any:
    """The package that made a model, or a module of it; None where it is not installed or has no such module."""
    package = card["reproduction"]
    if not re.fullmatch(r"reproductions\.\w+", package):  # a card may name anything that runs when it is imported
        return None
    try:
        name = f"{package}.{module}".rstrip(".")
        return import_module(name) if find_spec(name) else None
    except ModuleNotFoundError:
        return None
