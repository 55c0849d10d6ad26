"""Events in a browser: a static page that runs the exported models, with no server and nothing from elsewhere.

The page is plain HTML, CSS and ES modules beside this file. `build` puts models and ONNX Runtime Web beside it, which
npm brings.
"""

import json
import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from docs import npm
from zoo import headline, optional, registry
from zoo.data import distributions
from zoo.errors import InputError
from zoo.export import NEEDED

PAGE = Path(__file__).parent
FILES = sorted(path.name for kind in ("*.html", "*.css", "*.js") for path in PAGE.glob(kind))
# The first is what the page opens with; rooms that it knows stand in rooms.js.
MODELS = {
    "Showers in layers, CaloGAN": ("calogan_gamma_plus", "calogan_eplus_plus", "calogan_piplus_plus"),
    "Electron showers, LHCb's calorimeter": ("ecal_gan", "ecal_gan_direct"),
    "Top pairs at 14 TeV": ("top_pair_gan_plus",),
    "Pad rows of MPD's TPC": ("tpc_gan",),
    "Tracks in LHCb's RICH detectors": tuple(
        f"rich_gan_{one}_plus" for one in ("pion", "kaon", "proton", "muon", "electron")
    ),
}
NAMES = tuple(name for names in MODELS.values() for name in names)
EVENTS = 10_000  # of the saved ones, whose conditions the page asks for when it sums
INT8 = 5_000_000  # bytes: larger .keras files are exported as they are stored, with 8 bits


def build(folder: str | os.PathLike, names: Iterable[str] = NAMES) -> Path:
    """The page with the models `names` in `folder`, ready for any server of static files.

    A model that is there with the same weights is left as it is. Raises InputError for a model that the page does not
    draw, for what cannot be exported, and where npm cannot bring ONNX Runtime Web.
    """
    folder, names = Path(folder), list(names)
    if unknown := [name for name in names if name not in NAMES]:
        raise InputError(f"{unknown[0]}: is not drawn by the page, expected some of {', '.join(NAMES)}")
    optional.check("the page", "export", NEEDED["onnx"])
    (folder / "models").mkdir(parents=True, exist_ok=True)
    for name in FILES:
        shutil.copyfile(PAGE / name, folder / name)
    npm.fetch("ort", folder / "ort")
    index = []
    for name in names:
        card = _add(name, folder / "models" / name)
        group = next(label for label, members in MODELS.items() if name in members)
        index.append({"name": name, "title": card["title"], "group": group})
    (folder / "models" / "models.json").write_text(json.dumps(index, indent=1) + "\n")
    return folder


def _add(name: str, folder: Path) -> Mapping[str, Any]:
    """Put the model and what the page has to know of it into `folder`; its card."""
    import zoo

    card, keras = registry.read_card(name), registry.verified(name, "generator.keras")
    if not _is_there(folder, card):
        shutil.rmtree(folder, ignore_errors=True)
        dtype = "int8" if keras.stat().st_size > INT8 else "float32"
        zoo.load(name).export(folder, dtype=dtype)
    saved = distributions.read(registry.verified(name, "distributions.h5"))
    (folder / "about.json").write_text(json.dumps(about(card, saved)) + "\n")
    columns = [np.asarray(saved.conditions[one], "<f4")[:EVENTS] for one in card["conditions"]]
    rows = [column.reshape(len(column), -1) for column in columns]
    (folder / "conditions.f32").write_bytes(np.concatenate(rows, axis=1).tobytes() if rows else b"")
    return card


def _is_there(folder: Path, card: Mapping[str, Any]) -> bool:
    try:
        return json.loads((folder / "model.json").read_text())["weights"] == card["sha256"]["generator.keras"]
    except (OSError, ValueError, KeyError):
        return False


def about(card: Mapping[str, Any], saved: distributions.Distributions) -> dict[str, Any]:
    """What the page has to know of a model: its card, its number in one line, and the reference's histograms."""
    line = card["headline"]
    events = saved.attributes["reference" if "reference" in saved.attributes else "geant4"]
    return {
        **{key: card[key] for key in ("name", "title", "summary", "paper", "latent", "conditions", "outputs")},
        "room": card["reproduction"].rpartition(".")[2],
        "headline": f"{line['measure']}: {headline.distance(line)}. The paper: {line['paper']}.",
        "taught": headline.TAUGHT[headline.taught(card)],
        "events": int(events or 0),
        "histograms": {
            name: {"edges": edges.tolist(), "reference": saved.reference[name].tolist()}
            for name, edges in saved.edges.items()
        },
    }
