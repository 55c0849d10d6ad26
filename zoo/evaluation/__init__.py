"""Anybody's sample against anybody's reference: ``python -m zoo evaluate``."""

from zoo.evaluation.compare import compare, format_table
from zoo.evaluation.layouts import LAYOUTS, Sample, read

__all__ = ["LAYOUTS", "Sample", "compare", "format_table", "read"]
