"""Anybody's sample against anybody's reference: ``python -m zoo evaluate``."""

from zoo.evaluation.compare import compare, format_table
from zoo.evaluation.layouts import LAYOUTS, Sample, read
from zoo.evaluation.measures import by_room, format_by_room, format_test, measures

__all__ = [
    "LAYOUTS",
    "Sample",
    "by_room",
    "compare",
    "format_by_room",
    "format_table",
    "format_test",
    "measures",
    "read",
]
