"""What the table of all models says about a CaloGAN."""

from reproductions.calogan.config import Config
from zoo.headline import headline as make
from zoo.headline import rounded

SHOWERS = {"eplus": "e⁺", "gamma": "γ", "piplus": "π⁺"}


def headline(config: Config, metrics: dict) -> dict:
    """The headline, from the configuration and the metrics of the card."""
    ours, paper = (metrics["mean"][name] for name in ("gan_published_geant4", "published_gan_published_geant4"))
    return make(
        f"showers of {', '.join(SHOWERS[particle] for particle in config.particle)}, 1 to 100 GeV",
        game=config.adversary,
        score=bool(config.lambda_shapes or config.lambda_score),
        measure="mean triangular discrimination of 23 histograms, published GEANT4",
        distance=ours,
        paper=rounded(paper["value"], paper["uncertainty"]),
    )
