"""Seeds of chunks, and processes that work alone; that chunks are killed and go on is tested in test_geant4.py."""

import os
import pickle
import subprocess
import sys
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoo.production import chunks


@given(st.integers(0, 50), st.integers(0, 2**40))
def test_a_chunks_seed_depends_on_seed_stream_and_place_only(index, seed):
    first = index * 100
    assert draw(seed, "mu", first) == draw(seed, "mu", first)
    others = [draw(seed, "mu", first + 100), draw(seed + 1, "mu", first), draw(seed, "e", first)]
    assert draw(seed, "mu", first) not in others


def draw(seed, stream, first):
    return int(np.random.default_rng(chunks.seed_of(seed, stream, 100, first)).integers(2**62))


def test_work_is_done_in_another_process_and_its_output_goes_where_it_is_told(tmp_path):
    with (tmp_path / "log").open("wb") as log:
        assert chunks._alone(print, "hello", output=log) == 0
        assert chunks._alone(os._exit, 3, output=log) == 3
        assert chunks._alone(int, "no number", output=log) == 1
    text = (tmp_path / "log").read_text()
    assert text.startswith("hello\n")
    assert "ValueError: invalid literal" in text


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_process_that_works_alone_ends_with_its_parent(tmp_path):
    child = subprocess.Popen([sys.executable, "-c", chunks.ALONE], stdin=subprocess.PIPE)
    child.stdin.write(pickle.dumps(sys.path) + pickle.dumps((time.sleep, (60,))))
    child.stdin.flush()
    time.sleep(0.5)
    assert child.poll() is None
    child.stdin.close()  # as when the parent is killed
    assert child.wait(timeout=30) == 1
