"""LHCb's electromagnetic calorimeter (Chekalina et al., arXiv:1812.01319): electrons in 30 x 30 cells."""
