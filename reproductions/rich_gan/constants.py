"""What data, networks and detector share: names, particles, radiators."""

from typing import NamedTuple

CONDITIONS = ("P", "eta", "nspdhits")
DLLS = ("RichDLLe", "RichDLLmu", "RichDLLk", "RichDLLp", "RichDLLbt")
NO_INFORMATION = -999.0  # the value of all DLLs of a track that crosses no radiator
# GeV, PDG 2024
MASSES = {"electron": 0.000510999, "muon": 0.1056584, "pion": 0.1395704, "kaon": 0.493677, "proton": 0.9382721}
PARTICLES = tuple(MASSES)


class Radiator(NamedTuple):
    """A gas and the detector behind it. What says "fitted" comes from `python -m reproductions.rich_gan.validate`."""

    refraction: float  # index
    photons: float  # detected, of a track at the speed of light whose ring is all inside; fitted
    resolution: float  # rad, of one photon's angle: emission point, chromatic dispersion, pixel; fitted
    scattering: float  # rad GeV: the direction of the track adds this / P; fitted
    background: float  # photons / rad^2 in the plane of angles at REFERENCE_HITS; fitted
    largest: float  # rad, up to which the reconstruction looks for photons


# C4F10 and CF4: n from arXiv:1211.6759, section 1. It measured 1.6 and 0.7 mrad, and 20 and 16 photons.
RADIATORS = (
    Radiator(1.0014, 22.5, 1.4e-3, 1.1e-3, 1400.0, 0.070),  # RICH1
    Radiator(1.0005, 22.0, 0.54e-3, 3e-3, 4000.0, 0.045),  # RICH2
)

AT_ONCE = 8192  # tracks generated in one batch
