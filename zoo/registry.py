"""Where trained generators live, and how a name becomes one.

A model is a folder weights/<name>/ with generator.keras, card.json and distributions.h5. Folders are looked for in
$ZOO_WEIGHTS (one or more, separated as in $PATH), then in the checkout's weights/, then in the user's cache; the first
one that has the name wins.
"""

from __future__ import annotations

import json
import os
from difflib import get_close_matches
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo.errors import InputError

if TYPE_CHECKING:
    from zoo.generator import Generator

CHECKOUT = Path(__file__).resolve().parents[1] / "weights"
NEEDED = ("name", "title", "reproduction", "paper", "summary", "latent", "conditions", "outputs", "sha256")


def places() -> list[Path]:
    """The folders that models are looked for in, first choice first."""
    chosen = [Path(place) for place in os.environ.get("ZOO_WEIGHTS", "").split(os.pathsep) if place]
    return [*chosen, CHECKOUT, cache()]


def cache() -> Path:
    """The user's folder for what was downloaded or made on first use."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hep-generative-zoo"


def list_models(pattern: str = "*") -> list[str]:
    """The names of all models that match a shell pattern such as "calogan*", sorted."""
    cards = (card for place in places() for card in place.glob("*/card.json"))
    return sorted({card.parent.name for card in cards if fnmatch(card.parent.name, pattern)})


def find(name_or_path: str | os.PathLike) -> Path:
    """The folder of a model, given its name or the folder itself.

    Raises InputError for an unknown name, with the closest one and all that exist.
    """
    for folder in (*(place / name_or_path for place in places()), Path(name_or_path)):
        if (folder / "card.json").is_file():
            return folder
    names = list_models()
    close = get_close_matches(str(name_or_path), names, n=1)
    guess = f", did you mean '{close[0]}'?" if close else ","
    there = ", ".join(names) or f"none (looked in {', '.join(map(str, places()))})"
    raise InputError(f"there is no model named '{name_or_path}'{guess} Models: {there}")


def read_card(name_or_path: str | os.PathLike) -> dict[str, Any]:
    """What card.json says about a model: its paper, inputs, outputs, training, data and metrics."""
    path = find(name_or_path) / "card.json"
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{path}: is not JSON ({error})") from error
    missing = [key for key in NEEDED if key not in card]
    if missing:
        raise InputError(f"{path}: lacks {', '.join(missing)}")
    return card


def verified(name_or_path: str | os.PathLike, file: str) -> Path:
    """The path of one file of a model, once its SHA-256 is the one in the card. Raises InputError if it is not."""
    from zoo.data.files import sha256

    expected = read_card(name_or_path)["sha256"].get(file)
    path = find(name_or_path) / file
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    found = sha256(path)
    if found != expected:
        raise InputError(f"{path}: is not the file that its card describes: expected sha256 {expected}, found {found}")
    return path


def load(name_or_path: str | os.PathLike, dtype: str = "float32") -> Generator:
    """The trained generator of a model, ready to sample.

    With `dtype` "bfloat16" its large Dense layers, those stored as int8, compute in bfloat16: faster on processors that
    have such arithmetic, and 0.4 % off for CaloGAN (root mean square over cells, ``python -m benchmarks.calogan``).
    Raises InputError for an unknown name, a damaged folder, and a weight file that is not the one in the card.
    """
    from zoo.generator import Generator, read_model

    return Generator(read_model(verified(name_or_path, "generator.keras"), dtype), read_card(name_or_path))


def describe(name_or_path: str | os.PathLike) -> str:
    """The card of a model as a page to read."""
    card = read_card(name_or_path)
    sections: dict[str, dict[str, Any]] = {
        "conditions": {name: _condition(spec) for name, spec in card["conditions"].items()},
        "outputs": {name: f"{tuple(spec['shape'])} {spec['unit']}" for name, spec in card["outputs"].items()},
        "noise": {name: f"{size} standard normal numbers" for name, size in card["latent"].items()},
        **{section: card[section] for section in ("training", "data", "metrics") if section in card},
    }
    lines = [f"{card['name']}: {card['title']}", card["summary"], "", "paper", *_page(card["paper"])]
    for title, content in sections.items():
        lines += ["", title, *_page(content)]
    return "\n".join(lines)


def _condition(spec: dict[str, Any]) -> str:
    shape = f"{tuple(spec['shape'])} " if spec["shape"] else ""
    limits = f"{shape}{spec['unit']}, trained on {spec['range'][0]} to {spec['range'][1]}"
    if "magnitude" in spec:
        limits += f", magnitude {spec['magnitude'][0]} to {spec['magnitude'][1]} {spec['unit']}"
    if "angle" in spec:
        limits += f", {spec['angle'][0]} to {spec['angle'][1]} degrees to the last axis"
    return limits


def _page(content: dict[str, Any], indent: str = "  ") -> list[str]:
    lines = []
    for key, value in content.items():
        if isinstance(value, dict):
            lines += [f"{indent}{key}", *_page(value, indent + "  ")]
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            lines += _page({f"{key} {number}": part for number, part in enumerate(value, 1)}, indent)
        else:
            lines.append(f"{indent}{key}: {', '.join(map(str, value)) if isinstance(value, list) else value}")
    return lines
