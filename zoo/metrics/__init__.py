"""How far two samples or two histograms are apart; every distance is a Measurement (value, uncertainty)."""

from zoo.metrics.classifier import classifier_auc, classifier_test, halves, reweighting
from zoo.metrics.histograms import hellinger, hellinger_floor, triangular_discrimination, triangular_floor
from zoo.metrics.measurement import Measurement, average, fraction, mean, plain, text
from zoo.metrics.prd import prd_auc
from zoo.metrics.samples import bootstrap, kolmogorov_smirnov, kolmogorov_smirnov_floor, wasserstein
from zoo.metrics.weighted import projected_kolmogorov_smirnov, weighted_kolmogorov_smirnov, weighted_quantiles

__all__ = [
    "Measurement",
    "average",
    "bootstrap",
    "classifier_auc",
    "classifier_test",
    "fraction",
    "halves",
    "hellinger",
    "hellinger_floor",
    "kolmogorov_smirnov",
    "kolmogorov_smirnov_floor",
    "mean",
    "plain",
    "prd_auc",
    "projected_kolmogorov_smirnov",
    "reweighting",
    "text",
    "triangular_discrimination",
    "triangular_floor",
    "wasserstein",
    "weighted_kolmogorov_smirnov",
    "weighted_quantiles",
]
