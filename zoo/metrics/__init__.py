"""How far two samples or two histograms are apart; every distance is a Measurement (value, uncertainty)."""

from zoo.metrics.classifier import classifier_auc
from zoo.metrics.histograms import hellinger, hellinger_floor, triangular_discrimination, triangular_floor
from zoo.metrics.measurement import Measurement, average, fraction, mean, plain, text
from zoo.metrics.prd import prd_auc
from zoo.metrics.samples import bootstrap, kolmogorov_smirnov, wasserstein
from zoo.metrics.weighted import projected_kolmogorov_smirnov, weighted_kolmogorov_smirnov, weighted_quantiles

__all__ = [
    "Measurement",
    "average",
    "bootstrap",
    "classifier_auc",
    "fraction",
    "hellinger",
    "hellinger_floor",
    "kolmogorov_smirnov",
    "mean",
    "plain",
    "prd_auc",
    "projected_kolmogorov_smirnov",
    "text",
    "triangular_discrimination",
    "triangular_floor",
    "wasserstein",
    "weighted_kolmogorov_smirnov",
    "weighted_quantiles",
]
