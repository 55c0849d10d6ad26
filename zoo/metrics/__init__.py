"""How far two samples or two histograms are apart.

A distance is a Measurement (value, uncertainty), but of weighted events (``weighted_...``, ``projected_...``) a float,
whose uncertainty is the caller's to find by resampling.
"""

from zoo.metrics.classifier import classifier_auc, classifier_test, halves, reweighting, transfer
from zoo.metrics.conditional import rank_correlations, response, sliced
from zoo.metrics.histograms import hellinger, hellinger_floor, triangular_discrimination, triangular_floor
from zoo.metrics.manifolds import copies, holes, nearest_neighbours, precision_recall_density_coverage
from zoo.metrics.measurement import Measurement, average, fraction, mean, plain, spread, text
from zoo.metrics.physics_distances import frechet_physics_distance, kernel_physics_distance
from zoo.metrics.prd import prd_auc
from zoo.metrics.samples import bootstrap, kolmogorov_smirnov, kolmogorov_smirnov_floor, wasserstein
from zoo.metrics.weighted import projected_kolmogorov_smirnov, weighted_kolmogorov_smirnov, weighted_quantiles

__all__ = [
    "Measurement",
    "average",
    "bootstrap",
    "classifier_auc",
    "classifier_test",
    "copies",
    "fraction",
    "frechet_physics_distance",
    "halves",
    "hellinger",
    "hellinger_floor",
    "holes",
    "kernel_physics_distance",
    "kolmogorov_smirnov",
    "kolmogorov_smirnov_floor",
    "mean",
    "nearest_neighbours",
    "plain",
    "prd_auc",
    "precision_recall_density_coverage",
    "projected_kolmogorov_smirnov",
    "rank_correlations",
    "response",
    "reweighting",
    "sliced",
    "spread",
    "text",
    "transfer",
    "triangular_discrimination",
    "triangular_floor",
    "wasserstein",
    "weighted_kolmogorov_smirnov",
    "weighted_quantiles",
]
