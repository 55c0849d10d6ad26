"""Keras layers that generative detector simulation needs and Keras does not have, written in ``keras.ops``."""

from zoo.layers.attention import InPaintingAttention
from zoo.layers.box_cox import BoxCox, InverseBoxCox
from zoo.layers.categories import Categories
from zoo.layers.convolution import BatchLastConv2D
from zoo.layers.dense import BatchLastDense
from zoo.layers.dropout import Dropout
from zoo.layers.locally_connected import LocallyConnected2D
from zoo.layers.minibatch import MinibatchDiscrimination
from zoo.layers.on_shell import OnShell
from zoo.layers.quantiles import ConditionalQuantiles, NormalScores, around

__all__ = [
    "BatchLastConv2D",
    "BatchLastDense",
    "Categories",
    "BoxCox",
    "ConditionalQuantiles",
    "Dropout",
    "InPaintingAttention",
    "InverseBoxCox",
    "LocallyConnected2D",
    "MinibatchDiscrimination",
    "NormalScores",
    "OnShell",
    "around",
]
