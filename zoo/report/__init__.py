"""Pages to look at: a model, several beside each other, a training run, a file beside its reference.

Each is one HTML file that needs nothing else, no network and no script to be read.
"""

from zoo.report.page import evaluation, model, write
from zoo.report.panel import Panel
from zoo.report.subject import Subject, describe_run, subject

__all__ = ["Panel", "Subject", "describe_run", "evaluation", "model", "subject", "write"]
