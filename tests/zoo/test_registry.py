import json
import shutil
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import zoo
from zoo import registry
from zoo.data.files import sha256
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
    with pytest.raises(InputError, match=r"it is a folder without card\.json, and .* release` makes a model of a run"):
        zoo.load(tmp_path)
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


def test_a_version_is_taken_from_the_first_place_that_has_it(toy_weights, tmp_path, monkeypatch):
    card = json.loads((toy_weights / "card.json").read_text())
    (tmp_path / "newer" / "toy").mkdir(parents=True)
    (tmp_path / "newer" / "toy" / "card.json").write_text(json.dumps(card | {"version": 2}))
    monkeypatch.setenv("ZOO_WEIGHTS", f"{tmp_path / 'newer'}:{toy_weights.parent}")
    assert registry.find("toy") == registry.find("toy@2") == tmp_path / "newer" / "toy"
    assert registry.find("toy@1") == toy_weights
    with pytest.raises(InputError, match="newer/toy: is version 2 of toy; .* is version 1 of toy, expected version 3"):
        registry.find("toy@3")


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
    with pytest.raises(InputError, match="toy: generator.keras is not here: name a server in .ZOO_DOWNLOADS"):
        zoo.load("toy")


def test_any_file_of_the_card_can_be_verified(toy_weights):
    assert registry.verified("toy", "distributions.h5") == toy_weights / "distributions.h5"
    (toy_weights / "extra").touch()
    with pytest.raises(InputError, match="expected sha256 None"):
        registry.verified("toy", "extra")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not JSON"),
        ("\xff", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[]", "is not a card"),
        ('{"name": "toy"}', "lacks title, reproduction, paper"),
    ],
)
def test_a_broken_card_is_a_sentence(toy_weights, text, message):
    (toy_weights / "card.json").write_text(text, encoding="latin-1")
    for use in (zoo.describe, zoo.load):
        with pytest.raises(InputError, match=f"card.json: {message}"):
            use("toy")


def test_a_folder_in_place_of_a_card_is_no_model(toy_weights):
    (toy_weights / "card.json").unlink()
    (toy_weights / "card.json").mkdir()
    with pytest.raises(InputError, match="no model named 'toy'"):
        zoo.describe("toy")


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (["title"], 5, "title is '5', expected a text"),
        (["paper"], "of toys", "paper is 'of toys', expected names with values"),
        (["latent", "z"], "8", "latent z is '8', expected a number of inputs"),
        (["latent", "z"], True, "latent z is 'True', expected"),
        (["conditions"], ["energy"], "conditions is .*, expected names"),
        (["conditions", "energy"], [1, 100], "conditions energy is .*, expected names"),
        (["conditions", "energy", "range"], None, "conditions energy lacks range"),
        (["conditions", "energy", "unit"], None, "conditions energy lacks unit"),
        (["conditions", "energy", "shape"], None, "conditions energy lacks shape"),
        (["conditions", "energy", "range"], [1], r"conditions energy: range is '\[1\]', expected \[low, high\]"),
        (["conditions", "energy", "range"], [1, "x"], "conditions energy: range is"),
        (["conditions", "energy", "range"], [1, float("nan")], "conditions energy: range is"),
        (["conditions", "energy", "shape"], [2], r"conditions energy: range is '\[1, 100\]', expected .* of the shape"),
        (["conditions", "energy", "shape"], [2, 2], "conditions energy: shape is"),
        (["conditions", "energy", "unit"], 1, "conditions energy: unit is '1', expected a text"),
        (["outputs", "layer_0", "shape"], None, "outputs layer_0 lacks shape"),
        (["outputs", "layer_0", "shape"], "2, 3", "outputs layer_0: shape is '2, 3', expected a list of sizes"),
        (["outputs", "layer_0", "shape"], [2, 0], "outputs layer_0: shape is"),
        (["outputs", "layer_0", "axes"], ["cells"], "outputs layer_0: axes is .*, expected a text for each axis"),
        (["outputs", "layer_0", "axes"], "xy", "outputs layer_0: axes is 'xy', expected a text for each axis"),
        (["sha256"], {"generator.keras": 5}, "sha256 generator.keras is '5', expected a text"),
        (["sha256"], {"overview.png": ""}, "sha256 lacks generator.keras"),
        (["metrics"], [1], "metrics is .*, expected names"),
        (["headline"], "good", "headline is 'good', expected names"),
        (["training", "start"], "before", "training: start is 'before', expected names"),
        (["paper", "authors"], [], r"paper: authors is '\[\]', expected a list of names"),
        (["paper", "title"], None, "paper: title is 'None', expected a text"),
        (["conditions", "energy", "angle"], 5, r"conditions energy: angle is '5', expected \[low, high\]"),
        (
            ["conditions"],
            {"batch-size": {"unit": "", "range": [1, 2], "shape": []}},
            "conditions has batch_size, which",
        ),
    ],
)
def test_a_card_of_another_form_says_what_is_wrong(toy_weights, path, value, message):
    card = json.loads((toy_weights / "card.json").read_text())
    place = card
    for key in path[:-1]:
        place = place[key]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    (toy_weights / "card.json").write_text(json.dumps(card))
    for use in (zoo.describe, zoo.load):
        with pytest.raises(InputError, match=f"card.json: {message}"):
            use("toy")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["shape", "unit", "range", "z"]), inner)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*registry.NEEDED, "training", "data", "metrics"]), json_values, min_size=1))
def test_whatever_a_card_holds_it_is_a_page_or_a_sentence(tmp_path_factory, toy_card, changes):
    folder = tmp_path_factory.mktemp("model")
    (folder / "card.json").write_text(json.dumps({**toy_card, "sha256": {"generator.keras": ""}, **changes}))
    try:
        assert isinstance(zoo.describe(folder), str)
    except InputError as error:
        assert str(folder / "card.json") in str(error)


@pytest.mark.parametrize("name", ["x" * 5000, "a\0b", "", ".", "/", "nowhere/at/all"])
def test_what_is_no_name_is_a_sentence(toy_weights, name):
    with pytest.raises(InputError, match="there is no model named"):
        zoo.load(name)
    with pytest.raises(InputError, match="the model is 5, expected a name or a folder"):
        zoo.load(5)


def test_loading_reads_the_card_and_searches_once(toy_weights, monkeypatch):
    calls = []

    def counted(name, real):
        return lambda *args: calls.append(name) or real(*args)

    for name in ("_folders", "_read"):
        monkeypatch.setattr(registry, name, counted(name, getattr(registry, name)))
    zoo.load("toy")
    assert calls == ["_folders", "_read"]


def stored(model, folder):
    """`model` in place of the toy's, with its hash in the card."""
    model.save(folder / "generator.keras")
    rehash(folder)


def rehash(folder):
    card = json.loads((folder / "card.json").read_text())
    card["sha256"]["generator.keras"] = sha256(folder / "generator.keras")
    (folder / "card.json").write_text(json.dumps(card))


def rewritten(folder, change):
    """The configuration in generator.keras, changed."""
    path = folder / "generator.keras"
    with zipfile.ZipFile(path) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    config = json.loads(parts["config.json"])
    change(config["config"])
    with zipfile.ZipFile(path, "w") as file:
        for name, part in (parts | {"config.json": json.dumps(config).encode()}).items():
            file.writestr(name, part)
    rehash(folder)


def renamed(config):
    for layer in config["layers"]:
        if layer["class_name"] == "Dense":
            layer |= {"class_name": "Nowhere", "module": "zoo.layers", "registered_name": "zoo>Nowhere"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (renamed, "it has a layer Nowhere, which neither Keras nor this version of the zoo knows"),
        (lambda config: config["layers"].pop(), "cannot be loaded as a generator"),
        (lambda config: config.pop("layers"), "cannot be loaded as a"),
    ],
)
def test_a_model_that_lacks_a_layer_is_a_sentence(toy_weights, change, message):
    rewritten(toy_weights, change)
    with pytest.raises(InputError, match=f"generator.keras: .*{message}") as caught:
        zoo.load("toy")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500


def test_models_of_other_kinds_are_a_sentence(toy_weights):
    import keras

    z, energy = keras.Input((8,), name="z"), keras.Input((1,), name="energy")
    double = keras.layers.Lambda(lambda x: 2 * x, output_shape=(8,))
    stored(keras.Model({"z": z, "energy": energy}, {"layer_0": double(z)}), toy_weights)
    with pytest.raises(InputError, match="generator.keras: .*it has a Lambda layer, code that is not run") as caught:
        zoo.load("toy")
    assert "\n" not in str(caught.value)
    stored(keras.Model({"z": z, "energy": energy}, keras.layers.Dense(3)(z)), toy_weights)
    with pytest.raises(InputError, match="generator.keras: cannot be loaded as a generator"):
        zoo.load("toy")


def test_describe_shows_the_card(toy_weights):
    card = json.loads((toy_weights / "card.json").read_text())
    (toy_weights / "card.json").write_text(json.dumps(card | {"version": 2, "licence": "CC BY 4.0"}))
    page = zoo.describe("toy")
    for expected in (
        "toy: Two layers of cells\nNot a detector.\n  version: 2\n  licence: CC BY 4.0\n",
        "  authors: A. Author, B. Author",
        "  energy: GeV, trained on 1 to 100",
        "  layer_0: (2, 3) MeV: rows; columns",
        "  layer_1: (4,) MeV",
        "  z: 8 standard normal numbers",
        "  command: python -m toys",
        "    joined 1\n      name: a.h5\n      seed: 1\n    joined 2\n      name: b.h5\n      seed: 2",
        "  score: 0.050 ± 0.010",
    ):
        assert f"{expected}\n" in f"{page}\n"


def test_describe_has_the_digits_that_mean_something_and_no_folders_of_another_machine(toy_weights):
    card = json.loads((toy_weights / "card.json").read_text())
    start = {"command": "python -m toys --out /root/x/first.h5", "config": {"depth": 1}}
    card["training"] = {"command": "python -m toys --data /root/x/a.h5 --start runs/first", "start": start}
    card["metrics"] = {
        "score": {"value": 0.015522302594035864, "uncertainty": 0.00123, "floor": 0.0110987, "expected": 0.0123456},
        "nothing": {"value": None, "uncertainty": None},
        "fpd": {"value": 0.00288, "uncertainty": 0.00074, "floor": {"value": 0.00298, "uncertainty": 0.00071}},
        "many": [[{"value": 0.51234, "uncertainty": 0.0123}]],
    }
    (toy_weights / "card.json").write_text(json.dumps(card))
    page = zoo.describe("toy")
    assert "command: python -m toys --data a.h5 --start runs/first\n" in page
    assert "command: python -m toys --out first.h5\n" in page
    assert "score: 0.0155 ± 0.0012 (floor 0.011)\n    expected: 0.01235\n" in page
    assert "nothing: undefined\n" in page
    assert "many: 0.512 ± 0.012" in page
    assert "fpd: 0.0029 ± 0.0007 (floor 0.0030 ± 0.0007)" in page
    assert "config" not in page
