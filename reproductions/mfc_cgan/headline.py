"""What the table of all models says about a generator of force carriers."""

from reproductions.mfc_cgan.config import Config
from zoo.headline import headline as make

NETWORKS = {
    "paper": "the paper's network",
    "shares": "the paper's network, energies over the beam's",
    "logits": "the paper's network, energies as logits of their shares of the beam's",
    "logs": "the paper's network, the muon's energy as a logarithm, the carrier's as a logit",
    "kinematic": "a smaller network, in kinematic coordinates",
}


def headline(config: Config, metrics: dict) -> dict:
    """The headline, from the configuration and the metrics of the card."""
    loss = ", Wasserstein" if config.loss == "wasserstein" else ""
    return make(
        f"muon and force carrier: {NETWORKS[config.coordinates]}{loss}",
        game=True,
        score=False,
        measure="largest Hellinger distance of 6 features at 7 beam energies (target 0.03)",
        distance=metrics["largest"],
        paper="no numbers",
    )
