"""Particle identification by Cherenkov light, LHCb's RICH detectors: arXiv:1905.11825 and arXiv:2204.09947."""
