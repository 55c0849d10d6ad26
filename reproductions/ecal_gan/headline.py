"""What the table of all models says about a generator of LHCb's calorimeter showers."""

from statistics import fmean

from reproductions.ecal_gan.config import Config
from zoo.headline import headline as make
from zoo.headline import rounded

REFINEMENTS = {"none": "", "direct": ", asymmetries in the loss", "surrogate": ", with a regressor of asymmetries"}


def headline(config: Config, metrics: dict) -> dict:
    """The headline, from the configuration and the metrics of the card.

    Over the five observables that the papers give histograms of. As in `zoo.metrics.mean` the uncertainty is the mean
    one, for they are of the same showers.
    """
    published = metrics["published"]
    ours = [metrics["generated"]["ks"][name] for name in published]
    distance = {key: fmean(one[key] for one in ours) for key in ("value", "uncertainty")}
    return make(
        f"electron showers in LHCb's calorimeter{REFINEMENTS[config.metric]}",
        game=config.adversary,
        score=config.lambda_score > 0,
        measure=f"mean KS distance of {len(published)} observables",
        distance=distance | {"floor": metrics["floor"]},
        paper=rounded(fmean(published.values())),
    )
