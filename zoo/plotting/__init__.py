"""One look for the figures of all papers."""

from zoo.plotting.panels import Quotient, comparison, histograms, image, limits, matrix, quotient, ratio
from zoo.plotting.style import DIVERGING, SEQUENTIAL, STYLES, figure

__all__ = [
    "DIVERGING",
    "Quotient",
    "SEQUENTIAL",
    "STYLES",
    "comparison",
    "figure",
    "histograms",
    "image",
    "limits",
    "matrix",
    "quotient",
    "ratio",
]
