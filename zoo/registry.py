"""Where trained generators live, and how a name becomes one.

A model is a folder weights/<name>/ with generator.keras, card.json and distributions.h5. Folders are looked for in
$ZOO_WEIGHTS (one or more, separated as in $PATH), then in the checkout's weights/, in the installed package, and in
the user's cache; the first one that has the name wins. The package has small models whole, and of large ones the card:
their files come into the cache on the first use, see zoo.download. Wherever a name is expected, NAME@VERSION asks for
that version of its weights and for no other: CHANGELOG.md tells what changed from one to the next.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from difflib import get_close_matches
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from zoo import optional
from zoo.errors import InputError
from zoo.headline import rounded
from zoo.supported import check_backend

if TYPE_CHECKING:
    from zoo.generator import Generator
    from zoo.sampler import Sampler

CHECKOUT = Path(__file__).resolve().parents[1] / "weights"
PACKAGE = Path(__file__).resolve().parent / "weights"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@+-]{0,99}")  # of a model and of its files: no way out of a folder
NEEDED = {"name": str, "title": str, "reproduction": str, "paper": dict, "summary": str}
NEEDED |= {"latent": dict, "conditions": dict, "outputs": dict, "sha256": dict}
# What else a sample, or the command that writes one, is told by name.
TAKEN = {"n", "first", "seed", "batch_size", "events", "runtime", "conditions", "out", "format", "overwrite", "help"}
TAKEN |= {"events_per_file", "jobs", "scheduler", "shard"}
KINDS = {str: "a text", dict: "names with values", list: "a list"}


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


def downloads() -> Path:
    """Where files of models come to of which only the card is at hand: apart from models that the user has added."""
    return cache() / "downloads"


def list_models(pattern: str = "*") -> list[str]:
    """The names of all models that match a shell pattern such as "calogan*", sorted."""
    cards = (card for place in places() for card in place.glob("*/card.json"))
    return sorted({card.parent.name for card in cards if fnmatch(card.parent.name, pattern)})


def find(name_or_path: str | os.PathLike) -> Path:
    """The folder of a model, given its name, its name and version (NAME@VERSION), or the folder itself.

    Raises InputError for an unknown name, with the closest one and all that exist, and for another version than the
    one that is there.
    """
    return _open(name_or_path)[0]


def read_card(name_or_path: str | os.PathLike) -> dict[str, Any]:
    """What card.json says about a model: its paper, inputs, outputs, training, data and metrics."""
    return _open(name_or_path)[1]


def verified(name_or_path: str | os.PathLike, file: str) -> Path:
    """The path of one file of a model, once its SHA-256 is the one in the card. Raises InputError if it is not.

    A file of the card that is not beside it is downloaded into the user's cache, or InputError says why not.
    """
    return _verified(*_open(name_or_path), file)


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
    Raises InputError for an unknown name, another version (`find`), a damaged folder, a weight file that is not the one
    in the card or no generator, and a backend of Keras that the zoo does not run on.
    """
    folder, card = _open(name_or_path)
    generator: Sampler
    if runtime == "keras":
        check_backend()
        generator = _generator(_verified(folder, card, "generator.keras"), card, dtype)
    elif runtime == "onnx":
        if dtype != "float32":
            raise InputError(f"dtype is {dtype!r}, expected float32 with the runtime onnx")
        generator = _by_onnx(folder, card)
    else:
        raise InputError(f"runtime is {runtime!r}, expected keras or onnx")
    generator.source = card["name"], str(folder.resolve()), card["sha256"]["generator.keras"], dtype, runtime
    return generator


def _open(name_or_path: str | os.PathLike) -> tuple[Path, dict[str, Any]]:
    """The folder of a model and its card, read once; where a version is asked for, of the first place that has it."""
    name, version = _asked(name_or_path)
    others = []
    for folder in _folders(name):
        card = _read(folder / "card.json")
        there = card.get("version", 1)  # cards of the time before versions lack it
        if version is None or version == there:
            return folder, card
        others.append(f"{folder}: is version {there} of {card['name']}")
    raise InputError(f"{'; '.join(others)}, expected version {version}")


def _asked(name_or_path: str | os.PathLike) -> tuple[str, int | None]:
    """(name or path, version) of NAME@VERSION; the version is None where none is asked for."""
    if not isinstance(name_or_path, (str, os.PathLike)):
        raise InputError(f"the model is {name_or_path!r}, expected a name or a folder")
    text = os.fspath(name_or_path)
    asked = re.fullmatch(r"(.+)@([0-9]+)", text)
    if asked is None or _is_model(Path(text)):  # a folder may be called so
        return text, None
    return asked[1], int(asked[2])


def _folders(name_or_path: str) -> list[Path]:
    """The folders of this name, at least one, first choice first."""
    candidates = (*(place / name_or_path for place in places()), Path(name_or_path))
    if found := [folder for folder in dict.fromkeys(candidates) if _is_model(folder)]:
        return found
    if os.path.isdir(name_or_path):
        reason = "it is a folder without card.json, and `python -m reproductions.ROOM release` makes a model of a run"
        raise InputError(f"there is no model named '{name_or_path}': {reason}")
    names = list_models()
    close = get_close_matches(name_or_path, names, n=1)
    guess = f", did you mean '{close[0]}'?" if close else ","
    there = ", ".join(names) or f"none ({looked_in()})"
    raise InputError(f"there is no model named '{name_or_path}'{guess} Models: {there}")


def _is_model(folder: Path) -> bool:
    try:
        return (folder / "card.json").is_file()
    except OSError:  # a name that is too long for a file, or a folder that is not ours to see
        return False


def looked_in() -> str:
    """Where models are looked for, and how to add a place: part of a sentence."""
    return f"looked in {', '.join(map(str, places()))}; $ZOO_WEIGHTS names more folders"


def _read(path: Path) -> dict[str, Any]:
    try:
        return checked_card(path.read_bytes())
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def checked_card(text: bytes) -> dict[str, Any]:
    """The card in the JSON `text`. Raises InputError for what is not one."""
    try:
        card = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"is not JSON ({error})") from error
    _check_card(card)
    return card


def _check_card(card: Any) -> None:
    if not isinstance(card, dict):
        raise InputError("is not a card, expected names with values")
    if missing := [key for key in NEEDED if key not in card]:
        raise InputError(f"lacks {', '.join(missing)}")
    for key, kind in NEEDED.items():
        _expect(key, card[key], isinstance(card[key], kind), KINDS[kind])
    _expect("name", card["name"], bool(NAME.fullmatch(card["name"])), "letters, digits and ._@+- behind the first")
    authors = card["paper"].get("authors")
    fits = isinstance(authors, list) and bool(authors) and all(isinstance(one, str) and one.split() for one in authors)
    _expect("paper: authors", authors, fits, "a list of names")
    for key in ("title", "arxiv", "doi", "note"):
        text = card["paper"].get(key)
        _expect(f"paper: {key}", text, isinstance(text, str) or (text is None and key != "title"), "a text")
    for name, size in card["latent"].items():
        _expect(f"latent {name}", size, _is_size(size), "a number of inputs")
    for key in ("conditions", "outputs"):
        for name, spec in card[key].items():
            _check_spec(f"{key} {name}", spec, key == "conditions")
    if taken := TAKEN & {name.replace("-", "_") for name in card["conditions"]}:
        raise InputError(f"conditions has {min(taken)}, which means something else to a sample, expected another name")
    if "generator.keras" not in card["sha256"]:
        raise InputError("sha256 lacks generator.keras")
    for name, digits in card["sha256"].items():
        _expect("sha256", name, bool(NAME.fullmatch(name)), "names of files")
        _expect(f"sha256 {name}", digits, isinstance(digits, str), "a text")
    for section in ("training", "data", "metrics", "headline", "judged", "slices", "tables_only"):
        _expect(section, card.get(section, {}), isinstance(card.get(section, {}), dict), KINDS[dict])
    start = card.get("training", {}).get("start", {})
    _expect("training: start", start, isinstance(start, dict), KINDS[dict])


def _check_spec(name: str, spec: Any, condition: bool) -> None:
    """What is said of an input or an output: its shape and unit, and of a condition its range."""
    _expect(name, spec, isinstance(spec, dict), KINDS[dict])
    if missing := [key for key in ("shape", "unit", *(["range"] if condition else [])) if key not in spec]:
        raise InputError(f"{name} lacks {', '.join(missing)}")
    shape, unit = spec["shape"], spec["unit"]
    expected = "[] or [k]" if condition else "a list of sizes"
    fits = isinstance(shape, list) and all(map(_is_size, shape)) and not (condition and len(shape) > 1)
    _expect(f"{name}: shape", shape, fits, expected)
    _expect(f"{name}: unit", unit, isinstance(unit, str), "a text")
    axes = spec.get("axes", [])
    fits = isinstance(axes, list) and len(axes) in (0, len(shape)) and all(isinstance(one, str) for one in axes)
    _expect(f"{name}: axes", axes, fits, "a text for each axis of the shape")
    if condition:
        limits = spec["range"]
        fits = isinstance(limits, list) and len(limits) == 2 and all(_is_bound(limit, shape) for limit in limits)
        _expect(f"{name}: range", limits, fits, "[low, high] of the shape")
        for key in {"magnitude", "angle"} & set(spec):
            fits = isinstance(spec[key], list) and len(spec[key]) == 2 and all(_is_bound(one, []) for one in spec[key])
            _expect(f"{name}: {key}", spec[key], fits, "[low, high]")


def _expect(name: str, value: Any, fits: bool, expected: str) -> None:
    if not fits:
        raise InputError(f"{name} is {str(value)[:60]!r}, expected {expected}")


def _is_size(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _is_bound(value: Any, shape: list[int]) -> bool:
    if shape:
        return isinstance(value, list) and len(value) == shape[0] and all(_is_bound(part, []) for part in value)
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < float("inf")


def _verified(folder: Path, card: dict[str, Any], file: str) -> Path:
    from zoo.data.files import sha256

    expected, path = card["sha256"].get(file), folder / file
    if not path.is_file() and expected is None:
        raise InputError(f"{path}: no such file")
    if not path.is_file():
        from zoo.download import fetch

        return fetch(card["name"], file, expected, downloads())
    found = sha256(path)
    if found != expected:
        raise InputError(f"{path}: is not the file that its card describes: expected sha256 {expected}, found {found}")
    return path


def _generator(path: Path, card: dict[str, Any], dtype: str) -> Generator:
    from zoo.generator import Generator, read_model

    try:
        return Generator(read_model(path, dtype), card)
    except InputError as error:
        if error.__cause__ is None:  # a sentence of the zoo's own
            raise
        raise InputError(f"{path}: cannot be loaded as a generator ({_reason(error.__cause__)})") from error
    except (ValueError, TypeError, LookupError, AttributeError, RuntimeError) as error:
        raise InputError(f"{path}: cannot be loaded as a generator ({_reason(error)})") from error


def _reason(error: BaseException) -> str:
    """What Keras says on a page, in a few words."""
    text = str(error)
    if found := re.search(r"Could not locate class '(\w+)'", text):
        return f"it has a layer {found[1]}, which neither Keras nor this version of the zoo knows"
    if "`Lambda` layer" in text:
        return "it has a Lambda layer, code that is not run, expected layers of Keras and of zoo.layers"
    return " ".join(text.split())[:200]


def _by_onnx(folder: Path, card: dict[str, Any]) -> Sampler:
    optional.check("the runtime onnx", "export", ("onnxruntime",))
    from zoo.export.runtime import OnnxSampler

    return OnnxSampler(_onnx_model(folder, card), card)


def onnx_model(name_or_path: str | os.PathLike) -> Path:
    """The ONNX file of a model: that of its card, or one that is made on the first use and kept in the user's cache.

    Raises InputError where it cannot be had or made.
    """
    return _onnx_model(*_open(name_or_path))


def _onnx_model(folder: Path, card: dict[str, Any]) -> Path:
    from zoo.export.runtime import MODEL, cached_model

    if MODEL in card["sha256"]:
        return _verified(folder, card, MODEL)
    _verified(folder, card, "generator.keras")
    return cached_model(folder, card, cache())


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
    folders = find(name_or_path), downloads() / read_card(name_or_path)["name"]
    return any((folder / "generator.keras").is_file() for folder in folders)


def describe(name_or_path: str | os.PathLike) -> str:
    """The card of a model as a page to read."""
    return page(read_card(name_or_path))


def page(card: Mapping[str, Any]) -> str:
    """A card as a page to read."""
    sections: dict[str, dict[str, Any]] = {
        "conditions": {name: _condition(spec) for name, spec in card["conditions"].items()},
        "outputs": {name: _output(spec) for name, spec in card["outputs"].items()},
        "noise": {name: f"{size} standard normal numbers" for name, size in card["latent"].items()},
        **{section: card[section] for section in ("training", "data", "judged", "metrics") if section in card},
    }
    if "training" in sections:
        sections["training"] = _without_config(sections["training"])
    rights = {key: value for key, value in card.items() if key in ("version", "licence")}
    lines = [f"{card['name']}: {card['title']}", card["summary"], *_page(rights), "", "paper", *_page(card["paper"])]
    for title, content in sections.items():
        lines += ["", title, *_page(content)]
    return "\n".join(lines)


def _without_config(training: dict[str, Any]) -> dict[str, Any]:
    """`training` without what its command says and its curve, and so the one that it started from."""
    found = {key: value for key, value in training.items() if key not in ("config", "curve")}
    return found | ({"start": _without_config(found["start"])} if "start" in found else {})


def _output(spec: dict[str, Any]) -> str:
    axes = f": {'; '.join(spec['axes'])}" if spec.get("axes") else ""
    return f"{tuple(spec['shape'])} {spec['unit']}{axes}"


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
        if value in ("", []):
            continue
        if isinstance(value, dict) and "value" in value:
            others = {name: one for name, one in value.items() if name not in ("value", "uncertainty", "floor")}
            lines += [f"{indent}{key}: {_number(value)}", *_page(others, indent + "  ")]
        elif isinstance(value, dict):
            lines += [f"{indent}{key}", *_page(value, indent + "  ")]
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            lines += _page({f"{key} {number}": part for number, part in enumerate(value, 1)}, indent)
        else:
            text = _text(value)
            if key == "command":  # without the folders of the machine where it ran
                text = re.sub(r"(?<![\w.])/(?:[\w.~-]+/)+", "", text)
            lines.append(f"{indent}{key}: {text}")
    return lines


def _number(measured: dict[str, Any]) -> str:
    """value ± uncertainty (floor), each with the digits that mean something."""
    if measured["value"] is None:
        return "undefined"
    text = rounded(measured["value"], measured.get("uncertainty"))
    floor = measured.get("floor")
    if floor is None:
        return text
    return f"{text} (floor {_number(floor) if isinstance(floor, dict) else rounded(floor)})"


def _text(value: Any) -> str:
    """Numbers with four digits, measurements with those that mean something."""
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    if isinstance(value, dict) and "value" in value:
        return _number(value)
    return f"{value:.4g}" if isinstance(value, float) else str(value)
