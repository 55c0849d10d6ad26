"""The RICH GANs, declared once: what `zoo.training.commands` makes its commands of."""

from typing import Any

from reproductions.rich_gan.config import Config
from reproductions.rich_gan.headline import headline
from reproductions.rich_gan.recipes import RECIPES
from zoo.training.room import ALONE, Room

PAPER = {
    "title": "Fast Data-Driven Simulation of Cherenkov Detectors Using Generative Adversarial Networks",
    "authors": [
        "Artem Maevskiy",
        "Denis Derkach",
        "Nikita Kazeev",
        "Andrey Ustyuzhanin",
        "Maksim Artemev",
        "Lucio Anderlini",
    ],
    "arxiv": "1905.11825",
}


def describe(config: Config) -> dict:
    """What the model of `config` is."""
    return {
        "title": f"RICH GAN, {config.particle}" if config.adversary else f"RICH response to {config.particle}s{ALONE}",
        "paper": PAPER,
        "summary": f"RichDLLs of {config.particle} tracks in LHCb's RICH detectors for P (MeV), eta and nSPDHits",
    }


def fresh(config: Config, seed: int) -> dict:
    """As many newly simulated tracks as are held out of the default files."""
    from reproductions.rich_gan import data, simulate

    number = round(data.PARTS["test"] * data.DEFAULT_TRACKS)
    return simulate.joined(simulate.generate(config.particle, number, seed, config.sample))


def adds(config: Config, model: Any) -> Any:
    """The last layer of a residual network, whose coordinates have the distributions at each P from tables."""
    return model.get_layer("generator").get_layer("coordinates") if config.residual else None


ROOM = Room(
    package="reproductions.rich_gan",
    config=Config,
    recipes=RECIPES,
    describe=describe,
    headline=headline,
    summaries=("ratios_mean", "ratios_real", "separation", "classifier_auc", "ks", "ties", "measures"),
    size=lambda events: len(events["P"]),
    fresh=fresh,
    adds=adds,
)
