"""What the table of all models says about a generator of RICH responses."""

from reproductions.rich_gan.config import Config
from reproductions.rich_gan.constants import DLLS
from zoo.headline import headline as make


def headline(config: Config, metrics: dict) -> dict:
    """The headline, from the configuration and the metrics of the card.

    The paper gives no such number: those of GANs of its authors stand in the notebooks beside their code, see
    published/classifier.json.
    """
    told = {"game": config.adversary, "score": bool(config.lambda_score or config.lambda_score_single)}
    generates, test, ks = f"RICH response to {config.particle} tracks", metrics["classifier_auc"], metrics["ks"]
    if test is None:  # of weighted tracks
        largest = {"value": max(ks[name] for name in DLLS), "uncertainty": None, "floor": ks["floor"]}
        return make(generates, **told, measure="largest weighted KS distance of a DLL", distance=largest, paper="none")
    return make(
        generates,
        **told,
        measure="AUC of boosted trees",
        distance={**test["auc"], "floor": test["null"]["value"]},
        paper="0.93 to 1.00 (its authors' code)",
    )
