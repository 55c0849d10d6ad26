"""The MFC CGAN, declared once: what `zoo.training.commands` makes its commands of."""

from typing import Any

from reproductions.mfc_cgan.config import Config
from reproductions.mfc_cgan.headline import headline
from reproductions.mfc_cgan.recipes import RECIPES
from zoo.errors import InputError
from zoo.training.room import Room

PAPER = {
    "title": "The ATLAS detector as a muon fixed-target experiment: using generative models to simulate "
    "muonic force carriers",
    "authors": ["Ramazyan", "Sofia Vallecorsa", "Enrique Kajomovitz"],
    "arxiv": "",
    "note": "No arXiv number, year of publication or first name of the first author could be found",
}
PLAIN = "MFC CGAN, the paper's network"
TITLES = {
    "paper": PLAIN,
    "shares": PLAIN,
    "logits": PLAIN,
    "logs": PLAIN,
    "kinematic": "MFC CGAN in three kinematic coordinates",
}


def describe(config: Config) -> dict:
    """What the model of `config` is."""
    from reproductions.mfc_cgan import data, train

    file = train.source(config)
    mass, energies = data.carrier_mass(file), data.energies(data.load(file, config.events))
    return {
        "title": TITLES[config.coordinates] + (", Wasserstein" if config.loss == "wasserstein" else ""),
        "paper": PAPER,
        "summary": f"Muon and force carrier of {mass:g} GeV in mu + nucleus -> mu + nucleus + carrier, "
        f"for muons of {energies[0]:g} to {energies[-1]:g} GeV: E, pT and eta of both",
    }


def check_release(config: Config) -> None:
    """Raises InputError for a run that left a beam energy out."""
    if config.without is not None:
        left_out = f"{config.without:g} GeV"
        raise InputError(f"{config.folder}: was trained without {left_out}, expected a run on all beam energies")


def adds(config: Config, model: Any) -> Any:
    """The last layer of a residual network, whose coordinates have the marginal distributions from tables."""
    return model.get_layer("coordinates") if config.residual else None


ROOM = Room(
    package="reproductions.mfc_cgan",
    config=Config,
    recipes=RECIPES,
    describe=describe,
    headline=headline,
    summaries=(
        "hellinger",
        "mean",
        "largest",
        "real",
        "classifier_auc",
        "conditional",
        "consistency",
        "correlation_error",
        "measures",
    ),
    size=lambda events: len(events["beam_energy"]),
    check_release=check_release,
    adds=adds,
)
