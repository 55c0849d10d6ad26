"""A model as one file that somebody else's zoo takes in, with a README.md for places where models are shared.

The file is a zip of the folder weights/NAME. What is taken in is the card, the files that it names, each with its
SHA-256, and nothing else; no code runs until the model is loaded, and none of the file's then (`zoo.registry.load`).
"""

from __future__ import annotations

import json
import os
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from zoo import citation, headline, registry
from zoo.data.files import atomic, sha256
from zoo.errors import InputError

CARD, README, MODEL, ONNX = "card.json", "README.md", "generator.keras", "model.onnx"
LARGEST = 1_000_000_000  # bytes of a model, unpacked
TAGS = ("physics", "high-energy-physics", "fast-simulation", "generative-model")
UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError)

USE = """```bash
python -m zoo add {name}.zip
python -m zoo generate {name} --help
```

```python
import zoo

generator = zoo.load("{name}@{version}")  # {inputs}
```
"""


def pack(name_or_path: str | os.PathLike, path: str | os.PathLike, onnx: bool = False) -> Path:
    """Write the model to the zip file `path`: its folder, whose files are checked before, and a README.md.

    With `onnx` the file has the network as ONNX, too, for who samples without TensorFlow. Raises InputError for what
    `zoo.registry.load` refuses of a folder, and for a `path` that is there or cannot be written.
    """
    path, card = Path(path), registry.read_card(name_or_path)
    if path.exists():
        raise InputError(f"{path}: exists already, expected a new file")
    files = {file: registry.verified(name_or_path, file) for file in card["sha256"]}
    if onnx and ONNX not in files:
        files[ONNX] = registry.onnx_model(name_or_path)
        card = card | {"sha256": card["sha256"] | {ONNX: sha256(files[ONNX])}}
    contents = {CARD: (json.dumps(card, indent=1) + "\n").encode(), README: readme(card).encode()}
    contents |= {file: one.read_bytes() for file, one in files.items()}
    with atomic(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for file, content in contents.items():
            archive.writestr(zipfile.ZipInfo(f"{card['name']}/{file}"), content, zipfile.ZIP_DEFLATED)
    return path


def add(path: str | os.PathLike, place: Path | None = None, overwrite: bool = False) -> Path:
    """Take the model in the zip file `path` into the folder `place`, by default the user's cache; its folder there.

    Raises InputError, and changes nothing, for a file that is no model of which every part has the hash in its card,
    and for a model that is there, unless it may `overwrite` that.
    """
    path, place = Path(path), place or registry.cache()
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    with _opened(path) as archive:
        folder, card, parts = _contents(path, archive)
        target = place / folder
        if target.exists() and not overwrite:
            raise InputError(f"{target}: exists already (--overwrite replaces it)")
        if target.exists() and not target.is_dir():
            raise InputError(f"{target}: is a file, expected the folder of a model, or nothing")
        with atomic(target, folder=True) as new:
            new.mkdir()
            for file, part in parts.items():
                (new / file).write_bytes(archive.read(part))
            for file, expected in card["sha256"].items():
                if (found := sha256(new / file)) != expected:
                    raise InputError(f"{path}: {file} has the sha256 {found}, its card expects {expected}")
    return target


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except InputError:
        raise
    except UNREADABLE as error:
        raise InputError(f"{path}: is damaged or no zip file that `python -m zoo pack` wrote ({error})") from error


def _contents(path: Path, archive: zipfile.ZipFile) -> tuple[str, dict[str, Any], dict[str, str]]:
    """The folder in the archive, its card, and the archive's names of its files.

    Raises InputError unless it holds a model and nothing else.
    """
    sizes = {one.filename: one.file_size for one in archive.infolist() if not one.is_dir()}
    cards = [name for name in sizes if name.endswith(f"/{CARD}")]
    if len(cards) != 1:
        raise InputError(f"{path}: has no NAME/{CARD}, expected a model that `python -m zoo pack` wrote")
    if sum(sizes.values()) > LARGEST:
        raise InputError(f"{path}: holds {sum(sizes.values()):,} bytes, expected at most {LARGEST:,}")
    try:
        card = registry.checked_card(archive.read(cards[0]))
    except InputError as error:
        raise InputError(f"{path}: {CARD} {error}") from error
    folder = cards[0].removesuffix(f"/{CARD}")
    if card["name"] != folder:
        raise InputError(f"{path}: holds the folder {folder} of the model {card['name']!r}, expected one name")
    parts = {name.removeprefix(f"{folder}/"): name for name in sizes}
    expected = {CARD, MODEL, *card["sha256"]}
    if wrong := set(parts) - {README} ^ expected:
        raise InputError(f"{path}: {', '.join(sorted(wrong))}: too much or missing, expected the files of its card")
    return folder, card, parts


def readme(card: Mapping[str, Any]) -> str:
    """What README.md says of a model: facts for machines in a head of YAML, as hubs read them, and a page to read."""
    head = "\n".join(f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in _facts(card).items())
    name, version = card["name"], card.get("version", 1)
    use = USE.format(name=name, version=version, inputs=", ".join([*card["latent"], *card["conditions"]]))
    table = f"{headline.table([card])}\n\n" if "headline" in card else ""
    return (
        f"---\n{head}\n---\n\n# {name}: {card['title']}\n\n{card['summary']}\n\n{table}{use}\n"
        f"Licence: {card.get('licence', 'none stated')}\n\n"
        f"```text\n{registry.page(card)}\n```\n\n```bibtex\n{citation.bibtex(card)}\n```\n"
    )


def _facts(card: Mapping[str, Any]) -> dict[str, Any]:
    """The head, in whose values JSON is YAML, too."""
    free = card.get("licence", "").startswith("CC BY 4.0")
    facts = {
        "license": "cc-by-4.0" if free else "other",
        "library_name": "keras",
        "tags": [*TAGS, card["reproduction"].rsplit(".", 1)[-1]],
    }
    line = card.get("headline")
    if line is None:
        return facts
    data = card.get("data", {}).get("name", "simulated events")
    result = {
        "task": {"type": "other", "name": line["generates"]},
        "dataset": {"type": "other", "name": data},
        "metrics": [{"type": "other", "name": line["measure"], "value": line["value"]}],
    }
    return facts | {"model-index": [{"name": card["name"], "results": [result]}]}
