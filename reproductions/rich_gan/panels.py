"""What the report of a RICH GAN calls its histograms: see zoo.report.panel."""

from reproductions.rich_gan.constants import DLLS
from reproductions.rich_gan.figures import LEGEND, SYMBOLS
from zoo.data.distributions import Distributions
from zoo.report.panel import Panel

__all__ = ["LEGEND", "panels"]
SPEEDS = {"slow": "tracks below 20 GeV", "fast": "tracks above 20 GeV"}


def panels(saved: Distributions) -> dict[str, Panel]:
    """The DLLs of slow and fast tracks; the first and last bin hold all beyond."""
    return {
        f"{name} {speed}": Panel(SYMBOLS[name], log_y=True, group=group)
        for speed, group in SPEEDS.items()
        for name in DLLS
    }
