import shlex

import pytest

from zoo import example, registry
from zoo.__main__ import _options


@pytest.mark.parametrize("name", registry.list_models())
def test_examples_are_taken_and_lie_in_the_ranges(name):
    card = registry.read_card(name)
    words = shlex.split(example.command(card))
    args = _options(name, card).parse_args(words[5:])
    assert (words[4], args.events) == (name, 1000)
    for key, values in example.conditions(card).items():
        spec = card["conditions"][key]
        assert list(map(float, getattr(args, key))) == values
        low, high = ([one] if isinstance(one, int | float) else one for one in spec["range"])
        assert all(a <= x <= b for a, x, b in zip(low, values, high, strict=True))
        if "magnitude" in spec:
            assert spec["magnitude"][0] <= sum(x * x for x in values) ** 0.5 <= spec["magnitude"][1]


def test_code_names_shapes_and_units(toy_card):
    lines = example.code(toy_card).splitlines()
    assert lines[2] == 'events = zoo.load("toy@1").sample(1000, energy=50.5, seed=1)'
    assert lines[3:] == ['events["layer_0"]  # (1000, 2, 3) MeV', 'events["layer_1"]  # (1000, 4) MeV']
