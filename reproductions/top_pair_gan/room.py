"""The top-pair GAN, declared once: what `zoo.training.commands` makes its commands of."""

from reproductions.top_pair_gan.config import Config
from reproductions.top_pair_gan.headline import headline
from reproductions.top_pair_gan.recipes import RECIPES
from zoo.training.room import Room

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
    return {
        "title": title,
        "paper": PAPER,
        "summary": "Unweighted pp -> t tbar -> (b q qbar')(bbar q qbar') at 14 TeV, leading order, parton level: E, "
        "px, py, pz of b, q and qbar of the W+, bbar, q and qbar of the W-; the q of the W+ is up-type, that of the W- "
        "down-type",
    }


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
    ),
    size=lambda events: len(events),
)
