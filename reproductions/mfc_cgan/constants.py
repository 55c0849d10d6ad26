"""What all files of this room share: the features of an event, the beam energies, the muon's mass."""

MUON = 0.1056583745  # GeV
FEATURES = ("mu_E", "mu_pT", "mu_eta", "mfc_E", "mfc_pT", "mfc_eta")
ENERGIES = (50.0, 75.0, 100.0, 125.0, 150.0, 175.0, 200.0)  # GeV, the paper's

AT_ONCE = 8192  # events generated in one batch
