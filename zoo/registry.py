"""Where trained generators live, and how a name becomes one.

A model is a folder weights/<name>/ with generator.keras, card.json and distributions.h5. Folders are looked for in
$ZOO_WEIGHTS (one or more, separated as in $PATH), then in the checkout's weights/, in the installed package, and in
the user's cache; the first one that has the name wins. The package has small models whole, and of large ones the card:
their files come into the cache on the first use, see zoo.download.
"""

from __future__ import annotations

import json
import os
from difflib import get_close_matches
from fnmatch import fnmatch
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from zoo.errors import InputError

if TYPE_CHECKING:
    from zoo.generator import Generator
    from zoo.sampler import Sampler

CHECKOUT = Path(__file__).resolve().parents[1] / "weights"
PACKAGE = Path(__file__).resolve().parent / "weights"
NEEDED = ("name", "title", "reproduction", "paper", "summary", "latent", "conditions", "outputs", "sha256")


def places() -> list[Path]:
    """The folders that models are looked for in, first choice first."""
    chosen = [Path(place) for place in os.environ.get("ZOO_WEIGHTS", "").split(os.pathsep) if place]
    return [*chosen, CHECKOUT, PACKAGE, cache()]


def cache() -> Path:
    """The user's folder for what was downloaded or made on first use."""
    if chosen := os.environ.get("XDG_CACHE_HOME"):  # on every system
        return Path(chosen) / "hep-generative-zoo"
    from platformdirs import user_cache_path

    return user_cache_path("hep-generative-zoo", appauthor=False)


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
    """The path of one file of a model, once its SHA-256 is the one in the card. Raises InputError if it is not.

    A file of the card that is not beside it is downloaded into the user's cache, or InputError says why not.
    """
    from zoo.data.files import sha256

    card = read_card(name_or_path)
    expected = card["sha256"].get(file)
    path = find(name_or_path) / file
    if not path.is_file() and expected is None:
        raise InputError(f"{path}: no such file")
    if not path.is_file():
        from zoo.download import fetch

        return fetch(card["name"], file, expected, cache())
    found = sha256(path)
    if found != expected:
        raise InputError(f"{path}: is not the file that its card describes: expected sha256 {expected}, found {found}")
    return path


@overload
def load(name_or_path: str | os.PathLike, dtype: str = "float32") -> Generator: ...
@overload
def load(name_or_path: str | os.PathLike, dtype: str = "float32", *, runtime: str) -> Sampler: ...
def load(name_or_path: str | os.PathLike, dtype: str = "float32", runtime: str = "keras") -> Any:
    """The trained generator of a model, ready to sample.

    With `dtype` "bfloat16" its large Dense layers, those stored as int8, compute in bfloat16: faster on processors that
    have such arithmetic, and 0.4 % off for CaloGAN (root mean square over cells, ``python -m benchmarks.calogan``).
    With `runtime` "onnx" it is run by onnxruntime, without TensorFlow: the same events to rounding, a faster start, and
    cheaper single events (``python -m benchmarks.export``). The ONNX file is made on the first use and kept in the
    user's cache.
    Raises InputError for an unknown name, a damaged folder, and a weight file that is not the one in the card.
    """
    weights = verified(name_or_path, "generator.keras")
    card = read_card(name_or_path)
    generator: Sampler
    if runtime == "keras":
        from zoo.generator import Generator, read_model

        generator = Generator(read_model(weights, dtype), card)
    elif runtime == "onnx":
        if dtype != "float32":
            raise InputError(f"dtype is {dtype!r}, expected float32 with the runtime onnx")
        generator = _by_onnx(find(name_or_path), card)
    else:
        raise InputError(f"runtime is {runtime!r}, expected keras or onnx")
    folder, sha256 = str(find(name_or_path).resolve()), card["sha256"]["generator.keras"]
    generator.source = card["name"], folder, sha256, dtype, runtime
    return generator


def _by_onnx(folder: Path, card: dict[str, Any]) -> Sampler:
    if find_spec("onnxruntime") is None:
        raise InputError("the runtime onnx needs onnxruntime: pip install 'hep-generative-zoo[export]'")
    from zoo.export.runtime import OnnxSampler, cached_model

    return OnnxSampler(cached_model(folder, card, cache()), card)


def reload(name: str, folder: str, sha256: str, dtype: str, runtime: str) -> Sampler:
    """The generator that `load` gave elsewhere, by its name or in its folder: what a pickled or copied one becomes.

    Raises InputError where no model of these has weights with the hash `sha256`.
    """
    for place in (name, folder):
        try:
            found = read_card(place)["sha256"]["generator.keras"]
        except InputError:
            continue
        if found == sha256:
            return load(place, dtype, runtime=runtime)
    raise InputError(f"there is no {name} here whose generator.keras has the sha256 {sha256}, in {folder} neither")


def at_hand(name_or_path: str | os.PathLike) -> bool:
    """Whether the weights of a model are here; if not, `load` downloads them."""
    folders = find(name_or_path), cache() / read_card(name_or_path)["name"]
    return any((folder / "generator.keras").is_file() for folder in folders)


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
    return f"{shape}{spec['unit']}, trained on {spec['range'][0]} to {spec['range'][1]}"


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
