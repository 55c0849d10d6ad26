"""One look for the figures of all papers."""

from zoo.plotting.panels import comparison, histograms, image, matrix, ratio
from zoo.plotting.style import DIVERGING, SEQUENTIAL, STYLES, figure

__all__ = ["DIVERGING", "SEQUENTIAL", "STYLES", "comparison", "figure", "histograms", "image", "matrix", "ratio"]
