"""The page of a training run, at its end: what somebody who trains looks at."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from zoo import report
from zoo.data import hdf5
from zoo.training import release
from zoo.training.room import Parts, Room
from zoo.training.settings import Settings

NAME = "report.html"


def of_run(room: Room, config: Settings, parts: Parts, metrics: Mapping[str, Any]) -> Path:
    """Write the page of the run of `config`, which was judged by `parts` with these `metrics`; its path."""
    report.describe_run(config.folder, about(room, config, parts, metrics), metrics)
    report.write(config.folder / NAME, report.model(report.subject(config.folder)))
    return config.folder / NAME


def of_evaluation(name: str, folder: Path) -> Path:
    """Write the page of the released model `name` with what an evaluation left in `folder`; its path."""
    report.write(folder / NAME, report.model(report.subject(name, folder)))
    return folder / NAME


def about(room: Room, config: Settings, parts: Parts, metrics: Mapping[str, Any]) -> dict[str, Any]:
    """What the card of a run would be: without a headline where the room does not release such runs."""
    card, source = room.card(config, parts), room.source(config)
    if room.releases(config):
        card["headline"] = room.headline(config, dict(metrics))
    return {
        **card,
        "training": release.training_of(room, config.folder, config),
        "data": {
            "name": source.name,
            "events": {name: room.size(part) for name, part in parts.items()},
            **({"provenance": hdf5.provenance(source)} if release.is_hdf5(source) else {}),
        },
        "metrics": {name: metrics[name] for name in room.summaries if name in metrics},
        "sha256": {},
    }
