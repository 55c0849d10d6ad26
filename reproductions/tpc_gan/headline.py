"""What the table of all models says about a generator of pad-row responses."""

from reproductions.tpc_gan.config import Config
from zoo.headline import headline as make
from zoo.headline import rounded

TARGETS = {False: "target 2,000", True: "target 3,000"}  # ours, by whether the events are an experiment's


def headline(config: Config, metrics: dict) -> dict:
    """The headline, from the configuration and the metrics of the card.

    The floor is the simulator at the parameters of the held-out events, where it made these too.
    """
    score, own = metrics["score"], config.data is not None
    terms = f"{metrics['terms']} profile terms ({TARGETS[own]})"
    floor = None if own else score["simulator"]["value"]
    real = rounded(score["real"]["value"], score["real"]["uncertainty"])
    return make(
        "responses of TPC pad rows, " + ("MPD's events" if own else "simulated"),
        game=config.adversary,
        score=bool(config.lambda_score or config.lambda_score_pieces),
        measure=f"score of {terms}, {real} for two samples of real events",
        distance=score["generated"] | {"floor": floor},
        paper="by eye",
    )
