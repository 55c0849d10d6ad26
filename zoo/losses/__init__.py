"""Losses of adversarial training, in ``keras.ops``."""

from zoo.losses.adversarial import cross_entropy
from zoo.losses.energy_distance import energy_distance

__all__ = ["cross_entropy", "energy_distance"]
