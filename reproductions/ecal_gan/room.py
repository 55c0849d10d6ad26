"""The ECAL GAN, declared once: what `zoo.training.commands` makes its commands of."""

from collections.abc import Mapping
from typing import Any

from reproductions.ecal_gan.config import Config
from reproductions.ecal_gan.headline import headline
from reproductions.ecal_gan.recipes import RECIPES
from zoo.training.room import ALONE, Room

PAPERS = {
    "none": {
        "title": "Generative Models for Fast Calorimeter Simulation: the LHCb case",
        "authors": [
            "Viktoria Chekalina",
            "Elena Orlova",
            "Fedor Ratnikov",
            "Dmitry Ulyanov",
            "Andrey Ustyuzhanin",
            "Egor Zakharov",
        ],
        "arxiv": "1812.01319",
        "doi": "10.1051/epjconf/201921402034",
    },
    "refined": {
        "title": "GAN with an Auxiliary Regressor for the Fast Simulation of the Electromagnetic Calorimeter Response",
        "authors": ["Alexander Rogachev", "Fedor Ratnikov"],
        "arxiv": "2207.06329",
    },
}
TITLES = {
    "none": "LHCb's electromagnetic calorimeter",
    "direct": "LHCb's electromagnetic calorimeter, asymmetries in the loss",
    "surrogate": "LHCb's electromagnetic calorimeter, with an auxiliary regressor of the asymmetries",
}


def describe(config: Config) -> dict:
    """What the model of `config` is."""
    return {
        "title": TITLES[config.metric] + ("" if config.adversary else ALONE),
        "paper": PAPERS["none" if config.metric == "none" else "refined"],
        "summary": "Energy in the scintillator of 30 x 30 cells of 2 cm, for electrons of 1 to 100 GeV that enter a "
        "shashlik calorimeter of 66 x (2 mm lead + 4 mm polystyrene) near its centre, at up to some 60 degrees",
    }


def held_out(config: Config, card: Mapping[str, Any]) -> dict | None:
    """The embedded showers, of which some were held out of the training of the released models."""
    from reproductions.ecal_gan import data

    return data.held_out(card)


ROOM = Room(
    package="reproductions.ecal_gan",
    config=Config,
    recipes=RECIPES,
    describe=describe,
    headline=headline,
    summaries=(
        "events",
        "floor",
        "generated",
        "library",
        "published",
        "library_bytes",
        "conditions",
        "measures",
    ),
    size=lambda events: len(events["point"]),
    held_out=held_out,
)
