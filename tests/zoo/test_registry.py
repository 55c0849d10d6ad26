import json
import shutil

import numpy as np
import pytest

import zoo
from zoo import registry
from zoo.errors import InputError


@pytest.fixture(autouse=True)
def no_checkout(monkeypatch, tmp_path):
    monkeypatch.setattr(registry, "CHECKOUT", tmp_path / "checkout")


def copy(folder, to):
    """A model under another place or name, with the name in its card."""
    shutil.copytree(folder, to)
    card = json.loads((to / "card.json").read_text()) | {"name": to.name, "title": f"in {to.parent.name}"}
    (to / "card.json").write_text(json.dumps(card))


def test_models_are_listed_from_every_place_once_by_pattern(toy_weights, tmp_path):
    copy(toy_weights, tmp_path / "checkout" / "toy")
    copy(toy_weights, tmp_path / "checkout" / "calogan_gamma")
    copy(toy_weights, tmp_path / "cache" / "hep-generative-zoo" / "calogan_eplus")
    (toy_weights.parent / "no_model").mkdir()
    assert zoo.list_models() == ["calogan_eplus", "calogan_gamma", "toy"]
    assert zoo.list_models("calogan*") == ["calogan_eplus", "calogan_gamma"]
    assert zoo.list_models("tpc*") == []


def test_the_environment_comes_before_the_checkout_and_the_checkout_before_the_cache(
    toy_weights, tmp_path, monkeypatch
):
    copy(toy_weights, tmp_path / "checkout" / "toy")
    copy(toy_weights, tmp_path / "cache" / "hep-generative-zoo" / "toy")
    assert registry.find("toy") == toy_weights
    monkeypatch.delenv("ZOO_WEIGHTS")
    assert registry.find("toy") == tmp_path / "checkout" / "toy"
    shutil.rmtree(tmp_path / "checkout")
    assert registry.find("toy") == tmp_path / "cache" / "hep-generative-zoo" / "toy"


def test_an_unknown_name_lists_what_exists_and_the_closest(toy_weights, tmp_path, monkeypatch):
    copy(toy_weights, tmp_path / "checkout" / "calogan_piplus")
    with pytest.raises(InputError, match="named 'calogan_pion', did you mean 'calogan_piplus'. Models: .*, toy"):
        zoo.load("calogan_pion")
    with pytest.raises(InputError, match="named 'xyz'. Models: calogan_piplus, toy"):
        zoo.describe("xyz")
    shutil.rmtree(tmp_path / "checkout")
    monkeypatch.delenv("ZOO_WEIGHTS")
    with pytest.raises(InputError, match="Models: none .looked in .*checkout"):
        zoo.load("toy")


def test_a_name_or_a_folder_loads_and_samples(toy_weights, toy_model, monkeypatch):
    by_name = zoo.load("toy")
    monkeypatch.delenv("ZOO_WEIGHTS")
    by_path = zoo.load(toy_weights)
    events = by_name.sample(5, energy=50.0, seed=1)
    again = by_path.sample(5, energy=50.0, seed=1)
    for name, values in events.items():
        np.testing.assert_array_equal(values, again[name])
    assert by_name.card["title"] == "Two layers of cells"


def test_a_version_is_loaded_or_refused(toy_weights):
    assert zoo.load("toy@1").name == "toy"  # a card of the time before versions
    card = json.loads((toy_weights / "card.json").read_text())
    (toy_weights / "card.json").write_text(json.dumps(card | {"version": 12}))
    assert zoo.load("toy@12").card["version"] == 12
    assert zoo.load(f"{toy_weights}@12").name == "toy"
    assert registry.verified("toy@12", "distributions.h5").parent == toy_weights
    for ask in (zoo.load, zoo.describe, registry.find):
        with pytest.raises(InputError, match=f"^{toy_weights}: is version 12 of toy, expected version 1$"):
            ask("toy@1")
    with pytest.raises(InputError, match="no model named 'tot', did you mean 'toy'"):
        zoo.load("tot@1")
    with pytest.raises(InputError, match="no model named 'toy@new'"):
        zoo.load("toy@new")


def test_a_folder_may_have_an_at_in_its_name(toy_weights, tmp_path):
    copy(toy_weights, tmp_path / "toy@7")
    assert registry.find(tmp_path / "toy@7") == tmp_path / "toy@7"
    with pytest.raises(InputError, match="is version 1 of toy@7, expected version 2"):
        zoo.load(f"{tmp_path / 'toy@7'}@2")


def test_a_card_is_read_once(toy_weights, monkeypatch):
    opened = []
    read = registry._read
    monkeypatch.setattr(registry, "_read", lambda path: opened.append(path) or read(path))
    zoo.load("toy")
    assert opened == [toy_weights / "card.json"]


def test_another_file_than_the_cards_is_refused(toy_weights):
    path = toy_weights / "generator.keras"
    content = bytearray(path.read_bytes())
    expected = zoo.registry.read_card("toy")["sha256"]["generator.keras"]
    content[100] ^= 1
    path.write_bytes(content)
    with pytest.raises(InputError, match=f"{path}: .* expected sha256 {expected}, found [0-9a-f]{{64}}"):
        zoo.load("toy")
    path.unlink()
    with pytest.raises(InputError, match=f"{path}: no such file"):
        zoo.load("toy")


def test_any_file_of_the_card_can_be_verified(toy_weights):
    assert registry.verified("toy", "distributions.h5") == toy_weights / "distributions.h5"
    (toy_weights / "extra").touch()
    with pytest.raises(InputError, match="expected sha256 None"):
        registry.verified("toy", "extra")


@pytest.mark.parametrize(
    ("text", "message"), [("{", "is not JSON"), ('{"name": "toy"}', "lacks title, reproduction, paper")]
)
def test_a_broken_card_is_a_sentence(toy_weights, text, message):
    (toy_weights / "card.json").write_text(text)
    with pytest.raises(InputError, match=f"card.json: {message}"):
        zoo.describe("toy")


def test_describe_shows_the_card(toy_weights):
    card = json.loads((toy_weights / "card.json").read_text())
    (toy_weights / "card.json").write_text(json.dumps(card | {"version": 2, "licence": "CC BY 4.0"}))
    page = zoo.describe("toy")
    for expected in (
        "toy: Two layers of cells\nNot a detector.\n  version: 2\n  licence: CC BY 4.0\n",
        "  authors: A. Author, B. Author",
        "  energy: GeV, trained on 1 to 100",
        "  layer_0: (2, 3) MeV",
        "  z: 8 standard normal numbers",
        "  command: python -m toys",
        "    joined 1\n      name: a.h5\n      seed: 1\n    joined 2\n      name: b.h5\n      seed: 2",
        "  score\n    value: 0.05\n    uncertainty: 0.01",
    ):
        assert f"{expected}\n" in f"{page}\n"
