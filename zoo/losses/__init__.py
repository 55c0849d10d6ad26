"""Losses of adversarial training, in ``keras.ops``."""

from zoo.losses.adversarial import cross_entropy, wasserstein, wasserstein_critic
from zoo.losses.cramer import cramer_critic, energy_score
from zoo.losses.energy_distance import energy_distance
from zoo.losses.gradient_penalty import gradient_penalty, roth, zero_centred_penalty
from zoo.losses.mmd import KERNELS, MeanEmbedding, breit_wigner, gaussian, squared_mmd

__all__ = [
    "KERNELS",
    "MeanEmbedding",
    "breit_wigner",
    "cramer_critic",
    "cross_entropy",
    "energy_distance",
    "energy_score",
    "gaussian",
    "gradient_penalty",
    "roth",
    "squared_mmd",
    "wasserstein",
    "wasserstein_critic",
    "zero_centred_penalty",
]
