"""The top-pair GAN, declared once: what `zoo.training.commands` makes its commands of."""

from collections.abc import Mapping
from typing import Any

from reproductions.top_pair_gan.config import Config
from reproductions.top_pair_gan.headline import headline
from reproductions.top_pair_gan.recipes import RECIPES
from zoo.training.room import ALONE, Room

PAPER = {
    "title": "How to GAN LHC Events",
    "authors": ["Anja Butter", "Tilman Plehn", "Ramon Winterhalder"],
    "arxiv": "1907.03764",
    "doi": "10.21468/SciPostPhys.7.6.075",
}


def describe(config: Config) -> dict:
    """What the model of `config` is."""
    title = "Hadronic top pairs at 14 TeV"
    if config.mapping:
        title += ", with mapped resonances and smaller networks"
    elif config.teacher:
        title += ", taught by another model" + ALONE
    return {
        "title": title,
        "paper": PAPER,
        "summary": "Unweighted pp -> t tbar -> (b q qbar')(bbar q qbar') at 14 TeV, leading order, parton level: E, "
        "px, py, pz of b, q and qbar of the W+, bbar, q and qbar of the W-; the q of the W+ is up-type, that of the W- "
        "down-type",
    }


def held_out(config: Config, card: Mapping[str, Any]) -> dict | None:
    """The embedded held-out sample, where it is one for the model of `card`."""
    from reproductions.top_pair_gan import data

    return data.held_out(card)


def adds(config: Config, model: Any) -> Any:
    """The shift of the mapped coordinates, whose tables hold production and polar angles."""
    return model.get_layer("shift") if config.mapping else None


ROOM = Room(
    package="reproductions.top_pair_gan",
    config=Config,
    recipes=RECIPES,
    describe=describe,
    headline=headline,
    summaries=(
        "mean",
        "peaks",
        "pt_t",
        "balance",
        "c_hel",
        "d",
        "w_f0",
        "pulls",
        "mmd",
        "classifier_auc",
        "measures",
    ),
    size=len,
    held_out=held_out,
    adds=adds,
)
