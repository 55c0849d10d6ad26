"""One look for the figures of all papers."""

from zoo.plotting.panels import histograms, image, matrix
from zoo.plotting.style import DIVERGING, SEQUENTIAL, STYLES, figure

__all__ = ["DIVERGING", "SEQUENTIAL", "STYLES", "figure", "histograms", "image", "matrix"]
