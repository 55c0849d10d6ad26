"""TPC pad rows (Maevskiy et al., arXiv:2012.04595): the response of 8 pads x 16 time buckets to a track segment."""
