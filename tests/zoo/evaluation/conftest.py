"""Measures as they are: the tests of the rooms make them quick for a whole session."""

import sys

import pytest

from zoo.evaluation import measures


@pytest.fixture(scope="module", autouse=True)
def whole_measures():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys.modules[measures.__module__], "LEAST_EVENTS", 100)
        patch.setattr(sys.modules[measures.__module__], "ROOM_EVENTS", 10_000)
        yield
