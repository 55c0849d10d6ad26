"""Samples of many files that are one sample, made by one process, by many or by a cluster: see README.md here."""
