import functools

import pytest

from benchmarks import contenders
from benchmarks.contenders import Cost
from zoo.errors import InputError


def test_medians_leave_the_first_round_out():
    class Fake:
        def __init__(self, *costs):
            self.costs = list(costs)

        def cost(self, size, calls):
            assert (size, calls) == (8, 2)
            return self.costs.pop(0)

    first = Fake(Cost(100, 100), Cost(1, 9), Cost(3, 5), Cost(2, 7))
    second = Fake(Cost(0, 0), Cost(4, 4), Cost(4, 4), Cost(4, 4))
    assert contenders.compete({"a": first, "b": second}, 8, 2, repeats=3) == {"a": Cost(2, 7), "b": Cost(4, 4)}
    with pytest.raises(InputError, match="--repeats is 0, expected at least 1"):
        contenders.compete({}, 8, 2, repeats=0)


def test_a_contender_is_timed_in_its_own_process():
    contender = contenders.Contender(functools.partial, bytearray)  # a run of size n writes n bytes
    cost = contender.cost(100_000_000, calls=2)
    assert 0 < cost.cpu < 10
    assert cost.wall > 0
    assert 1e8 < contender.peak_memory() < 1e9


def test_table_is_markdown():
    assert (
        contenders.table([["batch", "ms"], ["1", "10.25"]]) == "| batch | ms    |\n|-------|-------|\n| 1     | 10.25 |"
    )
