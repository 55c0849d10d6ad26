"""What the report of a top-pair GAN calls its histograms: see zoo.report.panel."""

from reproductions.top_pair_gan.figures import LEGEND
from reproductions.top_pair_gan.observables import OBSERVABLES
from zoo.data.distributions import Distributions
from zoo.report.panel import Panel

__all__ = ["LEGEND", "panels"]


def panels(saved: Distributions) -> dict[str, Panel]:
    """All observables; energies and momenta fall steeply."""
    steep = ("e_", "pt_", "m_tt")
    return {name: Panel(one.label, one.unit, log_y=name.startswith(steep)) for name, one in OBSERVABLES.items()}
