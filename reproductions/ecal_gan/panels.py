"""What the report of an ECAL GAN calls its histograms, and the published ones: see zoo.report.panel."""

import numpy as np

from reproductions.ecal_gan import published
from reproductions.ecal_gan.figures import LEGEND
from reproductions.ecal_gan.observables import OBSERVABLES
from zoo.data.distributions import Distributions
from zoo.report.panel import Panel

__all__ = ["LEGEND", "panels"]


def panels(saved: Distributions) -> dict[str, Panel]:
    """Ours, and of five of them the published ones, which have definitions and bins of their own."""
    found = {name: Panel(one.label, one.unit) for name, one in OBSERVABLES.items()}
    for name, one in published.load().items():
        counts = {"published_reference": one.geant4, "published_generated": one.gan}
        theirs = {source: (values, np.sqrt(values)) for source, values in counts.items()}
        label, unit = OBSERVABLES[name].label, OBSERVABLES[name].unit
        found[f"{name} published"] = Panel(label, unit, group="as published", published=theirs, edges=one.edges)
    return found
