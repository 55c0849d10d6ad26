"""CaloGAN, declared once: what `zoo.training.commands` makes its commands of."""

from collections.abc import Mapping
from typing import Any

from reproductions.calogan.config import Config
from reproductions.calogan.headline import headline
from reproductions.calogan.recipes import RECIPES
from zoo.errors import InputError
from zoo.training.room import ALONE, Room

PAPER = {
    "title": "CaloGAN: Simulating 3D High Energy Particle Showers in Multi-Layer Electromagnetic Calorimeters "
    "with Generative Adversarial Networks",
    "authors": ["Michela Paganini", "Luke de Oliveira", "Benjamin Nachman"],
    "arxiv": "1705.02355",
    "doi": "10.1103/PhysRevD.97.014021",
}
PARTICLE = {"eplus": "positrons", "gamma": "photons", "piplus": "charged pions"}


def describe(config: Config) -> dict:
    """What the model of `config` is."""
    particles = " and ".join(PARTICLE[particle] for particle in config.particle)
    showers = f"Showers of {particles} in CaloGAN's calorimeter"
    title = f"CaloGAN for {particles}" if config.adversary else f"{showers}{ALONE}"
    return {
        "title": f"{showers}, by scores and a critic" if config.critic and config.lambda_score else title,
        "paper": PAPER,
        "summary": f"Energy deposits of {particles} of 1 to 100 GeV, perpendicular at the centre of a "
        "three-layer lead and liquid-argon calorimeter (absorber and gap)",
    }


def check_release(config: Config) -> None:
    """Raises InputError for a run of several particles."""
    if len(config.particle) != 1:
        raise InputError(f"{config.folder}: trained {' '.join(config.particle)}, expected a run of one particle")


def held_out(config: Config, card: Mapping[str, Any]) -> dict | None:
    """The embedded held-out sample, where it is one for the model of `card`."""
    from reproductions.calogan import data

    return data.held_out(config.particle[0], card) if len(config.particle) == 1 else None


ROOM = Room(
    package="reproductions.calogan",
    config=Config,
    recipes=RECIPES,
    describe=describe,
    headline=headline,
    summaries=("mean", "classifier_auc", "nearest_neighbours", "beyond", "walk", "mean_cells", "events", "measures"),
    size=lambda events: len(events["energy"]),
    check_release=check_release,
    held_out=held_out,
)
