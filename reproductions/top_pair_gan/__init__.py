"""Top pairs (Butter, Plehn, Winterhalder, arXiv:1907.03764): the six partons of hadronic t tbar events at 14 TeV."""
