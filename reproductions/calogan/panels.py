"""What the report of a CaloGAN calls its histograms, and the published ones on the same bins: see zoo.report.panel."""

from reproductions.calogan.figures import LEGEND, PUBLISHED, symbol
from reproductions.calogan.published import load
from zoo.data.distributions import Distributions
from zoo.report.panel import Panel

__all__ = ["LEGEND", "panels"]


def panels(saved: Distributions) -> dict[str, Panel]:
    """The 23 histograms of the particle that is saved."""
    found = {}
    for name, one in load().items():
        series = {source: one.series[f"{kind}_{saved.attributes['particle']}"] for source, kind in PUBLISHED.items()}
        theirs = {source: (counts.counts, counts.counts_sigma) for source, counts in series.items()}
        found[name] = Panel(symbol(one), one.unit, one.log_x, one.log_y, published=theirs)
    return found
