"""The TPC pad-row GAN, declared once: what `zoo.training.commands` makes its commands of."""

from reproductions.tpc_gan.config import Config
from reproductions.tpc_gan.headline import headline
from reproductions.tpc_gan.recipes import RECIPES
from zoo.training.room import ALONE, Room

PAPER = {
    "title": "Simulating the time projection chamber responses at the MPD detector using generative adversarial "
    "networks",
    "authors": ["A. Maevskiy", "F. Ratnikov", "A. Zinchenko", "V. Riabov"],
    "arxiv": "2012.04595",
    "doi": "10.1140/epjc/s10052-021-09366-4",
}


def describe(config: Config) -> dict:
    """What the model of `config` is."""
    events = "simulated MPD" if config.simulated else f"trained on {config.data}"
    return {
        "title": f"Responses of TPC pad rows, {events}{'' if config.adversary else ALONE}",
        "paper": PAPER,
        "summary": "Amplitudes of 8 pads x 16 time buckets of one pad row of MPD's TPC, to a segment of a track: pads "
        "-3 to 4 and buckets -7 to 8 about the integer parts of pad coordinate and drift length",
    }


ROOM = Room(
    package="reproductions.tpc_gan",
    config=Config,
    recipes=RECIPES,
    describe=describe,
    headline=headline,
    summaries=("score", "terms", "cnn_auc", "moments_auc", "hit", "empty", "measures"),
    size=lambda events: len(events["amplitude"]),
)
