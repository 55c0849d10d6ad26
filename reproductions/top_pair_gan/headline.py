"""What the table of all models says about a generator of top pairs."""

from reproductions.top_pair_gan.config import Config
from zoo.headline import headline as make


def headline(config: Config, metrics: dict) -> dict:
    """The headline, from the configuration and the metrics of the card."""
    if config.mapping:
        recipe = "smaller networks, mapped resonances"
    elif config.teacher:
        recipe = f"the paper's generator, taught by `{config.teacher}` and an MMD of four widths"
    else:
        recipe = "the paper's networks and game, MMD of four widths"
    return make(
        f"top pairs, six partons: {recipe}",
        game=not config.teacher,
        score=bool(config.lambda_mmd or config.teacher),
        measure="mean triangular discrimination of 19 histograms",
        distance=metrics["mean"],
        paper="none in numbers",
    )
