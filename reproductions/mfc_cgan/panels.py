"""What the report of an MFC CGAN calls its histograms: see zoo.report.panel."""

from reproductions.mfc_cgan.constants import FEATURES
from reproductions.mfc_cgan.figures import LEGEND, SYMBOLS
from reproductions.mfc_cgan.observables import histogram_name
from zoo.data.distributions import Distributions
from zoo.report.panel import Panel

__all__ = ["LEGEND", "panels"]


def panels(saved: Distributions) -> dict[str, Panel]:
    """The six features at each beam energy."""
    energies = sorted({float(name.partition(" GeV ")[0]) for name in saved.generated if " GeV " in name})
    found = {}
    for energy in energies:
        for feature in FEATURES:
            label, _, unit = SYMBOLS[feature].rstrip("]").partition(" [")
            log_x, group = feature in ("mu_E", "mu_pT", "mfc_pT"), f"beam of {energy:g} GeV"
            found[histogram_name(energy, feature)] = Panel(label, unit, log_x=log_x, group=group)
    return found
