"""What the report of a TPC GAN calls its histograms: see zoo.report.panel."""

from zoo.data.distributions import Distributions
from zoo.report.panel import Panel

LEGEND = {"reference": "held out", "generated": "generated"}


def panels(saved: Distributions) -> dict[str, Panel]:
    """Moments relative to the track; the first and last bin hold all beyond."""
    return {
        "pad_residual": Panel("pad barycentre less the track", "pads"),
        "time_residual": Panel("time barycentre less the track", "time buckets"),
        "pad_variance": Panel("pad variance", "pads²"),
        "time_variance": Panel("time variance", "time buckets²"),
        "covariance": Panel("covariance", "pads × time buckets"),
        "log_sum": Panel("$\\log_{10}$ of the sum in ADC counts"),
        "log_largest": Panel("$\\log_{10}$ of the largest amplitude in ADC counts"),
        "digits": Panel("amplitudes above the threshold"),
    }
