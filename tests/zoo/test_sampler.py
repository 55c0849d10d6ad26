import copy
import json
import logging
import pickle
import subprocess
import sys

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import zoo
from zoo import noise
from zoo.errors import InputError, NotFinite
from zoo.generator import Generator
from zoo.sampler import padded_size

EVENTS = 2 * noise.BLOCK + 30
RANGE = {"energy": [20, 80]}


class Counting(keras.layers.Layer):
    """Returns its input and notes the shape of each trace."""

    traces: list = []

    def call(self, x):
        self.traces.append(x.shape)
        return x


@pytest.fixture(scope="module")
def seen(toy_card):
    """A generator whose events are what arrives at its network: noise and energy."""
    z, energy = keras.Input((8,), name="z"), keras.Input((1,), name="energy")
    card = toy_card | {"outputs": {"both": {"shape": [9], "unit": ""}}}
    both = Counting()(keras.layers.Concatenate()([z, energy]))
    return Generator(keras.Model({"z": z, "energy": energy}, {"both": both}), card)


def shards(cuts, batches):
    """(first, n, batch size) of consecutive shards of `EVENTS`, the last first."""
    edges = [0, *sorted(cuts), EVENTS]
    pieces = zip(edges, edges[1:], batches, strict=False)
    return [(start, stop - start, size) for start, stop, size in pieces][::-1]


CUTS = st.lists(st.integers(1, EVENTS - 1), min_size=1, max_size=4, unique=True)
BATCHES = st.lists(st.sampled_from([13, 100, 512]), min_size=5, max_size=5)


@given(cuts=CUTS, batches=BATCHES, seed=st.integers(0, 2**64))
def test_a_sample_in_shards_is_the_sample(seen, cuts, batches, seed):
    energy = np.linspace(1, 100, EVENTS)
    whole = seen.sample(EVENTS, seed, energy=energy)["both"]
    for first, n, size in shards(cuts, batches):
        part = seen.sample(n, seed, size, first, energy=energy[first : first + n])["both"]
        np.testing.assert_array_equal(part, whole[first : first + n])


@given(cuts=CUTS, batches=BATCHES, seed=st.integers(0, 2**64))
def test_uniform_conditions_belong_to_events_too(seen, cuts, batches, seed):
    whole = np.concatenate([events["both"] for _, events in seen.uniform(EVENTS, seed, **RANGE)])
    for first, n, size in shards(cuts, batches):
        for conditions, events in seen.uniform(n, seed, size, first, **RANGE):
            stop = first + len(events["both"])
            np.testing.assert_array_equal(events["both"], whole[first:stop])
            np.testing.assert_array_equal(conditions["energy"], whole[first:stop, 8:])
            first = stop


def test_uniform_conditions_fill_their_ranges(seen):
    energy = np.concatenate([conditions["energy"] for conditions, _ in seen.uniform(4000, 1, **RANGE)])
    assert energy.dtype == np.float32
    assert 20 <= energy.min() < 20.2
    assert 79.8 < energy.max() <= 80
    assert energy.mean() == pytest.approx(50, abs=4 * 60 / 12**0.5 / 4000**0.5)


@pytest.mark.parametrize(
    ("ranges", "message"),
    [
        ({}, "toy needs the conditions energy, got none"),
        ({"energy": [1, 2, 3]}, r"energy has shape \(3,\), expected"),
        ({"energy": [-5, 5]}, "energy is -5 GeV, expected no negative number"),
    ],
)
def test_ranges_are_checked_before_the_first_chunk(seen, ranges, message):
    with pytest.raises(InputError, match=message):
        seen.uniform(5, **{"energy": 3} | ranges if ranges else {})


def test_sixty_numbers_of_events_are_compiled_for_a_few_sizes(seen):
    Counting.traces.clear()
    said = []
    handler = logging.Handler()
    handler.emit = lambda record: said.append(record.getMessage())
    logging.getLogger("tensorflow").addHandler(handler)
    for n in range(1, 61):
        assert len(seen.sample(n, energy=50.0)["both"]) == n
    logging.getLogger("tensorflow").removeHandler(handler)
    assert len(Counting.traces) <= 7
    assert said == []


@given(n=st.integers(0, 5000), batch_size=st.integers(1, 2048))
def test_batches_are_padded_to_less_than_twice_the_events_and_never_above_the_batch_size(n, batch_size):
    size = padded_size(n, batch_size)
    assert min(n, batch_size) <= size <= min(2 * n, batch_size)


def test_more_events_than_fit_into_memory_are_a_sentence(seen):
    with pytest.raises(InputError, match="n is 1000000000000000: so many events are 3.6e.07 GB, expected what fits"):
        seen.sample(10**15, energy=50.0)
    assert len(next(seen.iterate(10**15, energy=50.0))["both"]) == 1024


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_network_that_makes_no_numbers_is_refused(toy_card, value):
    z = keras.Input((8,), name="z")
    layer = keras.layers.Dense(3)
    model = keras.Model({"z": z}, {"x": layer(z)})
    generator = Generator(model, toy_card | {"conditions": {}, "outputs": {"x": {"shape": [3], "unit": ""}}})
    generator.sample(300, batch_size=100)
    layer.bias.assign([0, value, 0])
    with pytest.raises(NotFinite, match=f"toy: x of event 40 holds {value}, expected finite numbers"):
        generator.sample(300, batch_size=100, first=40)


def same(generator, other):
    asked = {"seed": 3, "energy": 50.0}
    for name, values in generator.sample(5, **asked).items():
        np.testing.assert_array_equal(other.sample(5, **asked)[name], values)


def test_a_loaded_generator_is_pickled_by_name_and_hash(toy_weights, toy_model):
    generator = zoo.load("toy")
    pickled = pickle.dumps(generator)
    assert len(pickled) < 1000
    same(generator, pickle.loads(pickled))
    same(generator, copy.deepcopy(generator))

    moved = toy_weights.rename(toy_weights.with_name("elsewhere"))
    with pytest.raises(InputError, match="there is no toy here whose generator.keras has the sha256 "):
        pickle.loads(pickled)
    moved.rename(toy_weights)
    card = json.loads((toy_weights / "card.json").read_text())
    card["sha256"]["generator.keras"] = "another"
    (toy_weights / "card.json").write_text(json.dumps(card))
    with pytest.raises(InputError, match="there is no toy here whose generator.keras has the sha256 "):
        copy.copy(generator)


def test_a_generator_that_nobody_saved_is_pickled_whole(toy_model, toy_card):
    generator = Generator(toy_model, toy_card)
    same(generator, pickle.loads(pickle.dumps(generator)))


FORK = """
import os, sys
import zoo

if sys.argv[1] == "parent":
    zoo.load("toy").sample(3, energy=50.0)
child = os.fork()
if not child:
    try:
        zoo.load("toy").sample(3, energy=50.0)
    except zoo.errors.InputError as error:
        print(error, flush=True)
        os._exit(3)
    os._exit(0)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="nothing forks here")
@pytest.mark.parametrize(("loads", "code"), [("parent", 3), ("child", 0)])
def test_a_child_forked_after_loading_is_refused_in_a_sentence(toy_weights, loads, code):
    done = subprocess.run([sys.executable, "-c", FORK, loads], capture_output=True, text=True, timeout=120)
    assert done.returncode == code, done.stderr
    assert done.stdout.startswith("this process was forked from one that had loaded a generator") == (code == 3)
