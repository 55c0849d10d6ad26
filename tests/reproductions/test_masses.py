"""Masses stand in the code as numbers, for `particle` takes half a second to read its table, which --help has not."""

import pytest
from particle import Particle

from reproductions.mfc_cgan import matrix_element
from reproductions.mfc_cgan import simulate as force_carriers
from reproductions.rich_gan.constants import MASSES
from reproductions.tpc_gan import simulate as pad_rows

PDG = {"electron": 11, "muon": 13, "pion": 211, "kaon": 321, "proton": 2212}
GEV = [
    *((f"rich_gan {name}", MASSES[name], pdg) for name, pdg in PDG.items()),
    ("mfc_cgan muon", force_carriers.MUON, 13),
    ("mfc_cgan electron", matrix_element.ELECTRON, 11),
    ("mfc_cgan proton", matrix_element.PROTON, 2212),
    ("tpc_gan pion", pad_rows.PION, 211),
    ("tpc_gan electron", pad_rows.ELECTRON, 11),
]


@pytest.mark.parametrize(("gev", "pdg"), [row[1:] for row in GEV], ids=[row[0] for row in GEV])
def test_masses_are_those_of_the_particle_data_group(gev, pdg):
    assert gev == pytest.approx(Particle.from_pdgid(pdg).mass / 1000, rel=1e-5)
