"""What the table of all models says about a generator of pad-row responses."""

from reproductions.tpc_gan.config import Config
from zoo.headline import headline as make
from zoo.headline import rounded

TARGETS = {True: "target 2,000", False: "target 3,000"}  # ours, by whether they are simulated


def headline(config: Config, metrics: dict) -> dict:
    """The headline, from the configuration and the metrics of the card.

    The floor is the simulator at the parameters of the held-out events, where it made these too.
    """
    score = metrics["score"]
    floor = score["simulator"]["value"] if config.simulated else None
    terms = f"{metrics['terms']} profile terms ({TARGETS[config.simulated]})"
    real = rounded(score["real"]["value"], score["real"]["uncertainty"])
    return make(
        "responses of TPC pad rows, " + ("simulated" if config.simulated else "MPD's events"),
        game=config.adversary,
        score=bool(config.lambda_score or config.lambda_score_pieces or config.lambda_score_hits),
        measure=f"score of {terms}, {real} for two samples of real events",
        distance=score["generated"] | {"floor": floor},
        paper="by eye",
    )
