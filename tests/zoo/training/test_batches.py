import numpy as np
import pytest

from zoo.errors import InputError
from zoo.training.batches import Batches


def arrays(n=23):
    return {"a": np.arange(n), "b": np.arange(n) * 10.0}


def epoch(batches):
    return [batches[i] for i in range(len(batches))]


def test_batches_are_full_disjoint_and_keep_events_together():
    batches = epoch(Batches(arrays(), batch_size=5, seed=0))
    assert len(batches) == 4
    events = np.concatenate([batch["a"] for batch in batches])
    assert len(events) == len(set(events)) == 20
    for batch in batches:
        np.testing.assert_array_equal(batch["b"], batch["a"] * 10)


def test_order_depends_on_seed_and_epoch_alone():
    first = Batches(arrays(), batch_size=5, seed=0)
    order = [batch["a"].tolist() for batch in epoch(first)]
    first.on_epoch_end()
    second = [batch["a"].tolist() for batch in epoch(first)]
    assert order != second
    resumed = Batches(arrays(), 5, seed=0)
    resumed.start(1)
    assert [batch["a"].tolist() for batch in epoch(resumed)] == second
    assert [batch["a"].tolist() for batch in epoch(Batches(arrays(), 5, seed=1))] != order


def test_augmentation_is_reproducible_and_differs_from_batch_to_batch():
    def jitter(batch, rng):
        return {"noise": rng.random(2)}

    noise = [batch["noise"].tolist() for batch in epoch(Batches(arrays(), 5, seed=0, augment=jitter))]
    assert noise == [batch["noise"].tolist() for batch in epoch(Batches(arrays(), 5, seed=0, augment=jitter))]
    assert noise[0] != noise[1]


def test_an_epoch_of_another_length_goes_on_where_the_last_one_stopped():
    passes = Batches(arrays(), batch_size=5, seed=0)
    expected = [batch["a"].tolist() for batch in epoch(passes)]
    passes.on_epoch_end()
    expected += [batch["a"].tolist() for batch in epoch(passes)]

    short = Batches(arrays(), batch_size=5, seed=0, length=3)
    found = [batch["a"].tolist() for batch in epoch(short)]
    short.on_epoch_end()
    found += [batch["a"].tolist() for batch in epoch(short)]
    assert found == expected[:6]
    resumed = Batches(arrays(), batch_size=5, seed=0, length=3)
    resumed.start(1)
    assert resumed[1]["a"].tolist() == expected[4]
    assert len(Batches(arrays(), batch_size=5, seed=0, length=9)) == 9


def test_fewer_events_than_a_batch_takes_are_refused():
    with pytest.raises(InputError, match="23 events to train on, expected at least one batch of 24"):
        Batches(arrays(), batch_size=24, seed=0)


def test_the_rest_of_an_epoch_is_what_was_left_of_it():
    whole = Batches(arrays(), batch_size=5, seed=0)
    whole.start(3)
    expected = [batch["a"].tolist() for batch in epoch(whole)]
    rest = whole.rest(1)
    assert len(rest) == 3
    assert [batch["a"].tolist() for batch in epoch(rest)] == expected[1:]
