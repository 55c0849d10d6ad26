"""Losses of adversarial training, in ``keras.ops``."""

from zoo.losses.adversarial import cross_entropy

__all__ = ["cross_entropy"]
