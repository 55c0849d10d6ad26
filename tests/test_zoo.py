"""Every model in the checkout's weights/: adding a model adds its tests."""

from importlib import import_module

import numpy as np
import pytest

import zoo
from zoo import cli, headline, registry

ROOT = registry.CHECKOUT.parent
NAMES = sorted(card.parent.name for card in registry.CHECKOUT.glob("*/card.json"))

pytestmark = pytest.mark.usefixtures("only_the_checkout")


@pytest.fixture
def only_the_checkout(monkeypatch, tmp_path):
    monkeypatch.delenv("ZOO_WEIGHTS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


@pytest.fixture(scope="module", params=NAMES)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def generator(name):
    return zoo.load(registry.CHECKOUT / name)


def conditions(generator, position):
    """Each condition at a position between the lower (0) and the upper end (1) of its range, vectors along the axis."""

    def at(one):
        if one.magnitude:
            return np.append(np.zeros(one.shape[0] - 1), np.interp(position, [0, 1], one.magnitude))
        return one.low + position * (one.high - one.low) + np.zeros(one.shape)

    return {key: at(one) for key, one in generator.conditions.items()}


def test_every_folder_of_weights_is_a_model():
    assert zoo.list_models() == sorted(folder.name for folder in registry.CHECKOUT.glob("*/"))


def test_the_card_has_its_name_and_where_the_model_comes_from(name):
    card = registry.read_card(name)
    assert card["name"] == name
    assert {"title", "authors", "arxiv"} <= set(card["paper"])
    assert {"command", "seed", "version", "epochs"} <= set(card["training"])
    assert {"name", "sha256", "events", "provenance"} <= set(card["data"])
    assert card["metrics"]
    assert card["licence"].startswith("CC BY 4.0")
    assert card["title"] in zoo.describe(name)


def test_axes_have_names(name):
    for spec in registry.read_card(name)["outputs"].values():
        assert len(spec.get("axes", [])) == len(spec["shape"])


def test_its_version_is_in_the_changelog(name):
    named = (ROOT / "CHANGELOG.md").read_text().replace(",", " ").split()
    assert f"{name}@{registry.read_card(name)['version']}" in named


def test_its_headline_is_what_its_room_makes_of_its_configuration_and_metrics(name):
    card = registry.read_card(name)
    room = import_module(f"{card['reproduction']}.room").ROOM
    config = cli.from_plain(card["training"]["config"], room.config)
    assert card["headline"] == room.headline(config, card["metrics"])


def test_the_readmes_table_is_what_list_prints():
    table = headline.table(registry.read_card(name) for name in NAMES)
    assert f"\n\n{table}\n\n" in (ROOT / "README.md").read_text()


def test_every_file_is_the_one_in_the_card_and_small_enough_to_commit(name):
    files = {path.name for path in (registry.CHECKOUT / name).iterdir()} - {"card.json"}
    assert files == set(registry.read_card(name)["sha256"])
    assert {"generator.keras", "distributions.h5"} <= files
    for file in files:
        assert registry.verified(name, file).stat().st_size < 15e6


def test_events_have_the_shapes_of_the_card_and_are_finite(generator):
    events = generator.sample(20, seed=1, **conditions(generator, 0.5))
    assert {key: values.shape for key, values in events.items()} == {
        key: (20, *shape) for key, shape in generator.shapes.items()
    }
    for values in events.values():
        assert values.dtype == np.float32
        assert np.isfinite(values).all()


def test_the_seed_decides_and_the_batch_size_does_not(generator):
    middle = conditions(generator, 0.5)
    first, other = (generator.sample(20, seed=seed, **middle) for seed in (1, 2))
    again = generator.sample(20, seed=1, batch_size=8, **middle)
    for key, values in first.items():
        np.testing.assert_allclose(again[key], values, rtol=1e-3, atol=1e-3 * np.abs(values).max())
        assert not np.allclose(other[key], values)


def test_the_conditions_matter(generator):
    low, high = (generator.sample(20, seed=1, **conditions(generator, position)) for position in (0.05, 0.95))
    assert not generator.conditions or any(not np.allclose(low[key], high[key]) for key in low)
