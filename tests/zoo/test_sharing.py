import json
import shutil
import sys
import zipfile

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import zoo
from zoo import registry, sharing
from zoo.__main__ import main
from zoo.errors import InputError


@pytest.fixture
def packed(toy_weights, tmp_path, monkeypatch):
    """The zip file of the model "toy", on a machine without it and with an empty cache."""
    path = sharing.pack("toy", tmp_path / "toy.zip")
    monkeypatch.delenv("ZOO_WEIGHTS")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return path


def rewritten(path, change):
    """The zip file with its {name: content} as `change` makes it."""
    with zipfile.ZipFile(path) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in change(contents).items():
            archive.writestr(name, content)


def with_card(path, **values):
    def change(contents):
        card = json.loads(contents["toy/card.json"]) | values
        return contents | {"toy/card.json": json.dumps(card).encode()}

    rewritten(path, change)


def test_a_model_that_was_packed_loads_elsewhere(packed, toy_weights, capsys):
    expected = zoo.load(toy_weights).sample(3, seed=1, energy=5.0)
    shutil.rmtree(toy_weights)
    with pytest.raises(InputError, match="there is no model named 'toy'"):
        zoo.load("toy")
    main(["add", str(packed)])
    assert capsys.readouterr().out.endswith('zoo.load("toy") loads it\n')
    events = zoo.load("toy").sample(3, seed=1, energy=5.0)
    for name, values in expected.items():
        np.testing.assert_array_equal(events[name], values)
    with pytest.raises(InputError, match=r"toy: exists already \(--overwrite replaces it\)"):
        main(["add", str(packed)])
    main(["add", str(packed), "--overwrite"])


def test_one_that_is_not_found_by_its_name_is_loaded_by_its_folder(packed, tmp_path, capsys):
    main(["add", str(packed), "--to", str(tmp_path / "models")])
    folder = tmp_path / "models" / "toy"
    assert capsys.readouterr().out == f'{folder}: zoo.load("{folder}") loads it\n'
    assert zoo.load(folder).name == "toy"


def test_the_same_model_gives_the_same_file(packed, toy_weights, tmp_path):
    again = sharing.pack(toy_weights, tmp_path / "again.zip")
    assert again.read_bytes() == packed.read_bytes()
    with pytest.raises(InputError, match="again.zip: exists already, expected a new file"):
        sharing.pack(toy_weights, again)


def test_a_folder_that_somebody_zipped_is_taken_too(packed, tmp_path):
    rewritten(packed, lambda contents: {name: one for name, one in contents.items() if "README" not in name})
    assert sharing.add(packed) == tmp_path / "cache" / "hep-generative-zoo" / "toy"


def test_onnx_comes_along_and_samples_without_keras(toy_weights, tmp_path, monkeypatch):
    pytest.importorskip("onnx")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    expected = zoo.load("toy").sample(3, seed=1, energy=5.0)
    main(["pack", "toy", "-o", str(tmp_path / "toy.zip"), "--onnx"])
    shutil.rmtree(toy_weights)
    folder = sharing.add(tmp_path / "toy.zip", tmp_path / "models")
    monkeypatch.setattr("zoo.export.runtime.cached_model", None)  # nothing is made
    monkeypatch.setitem(sys.modules, "zoo.generator", None)  # and Keras not asked
    events = zoo.load(folder, runtime="onnx").sample(3, seed=1, energy=5.0)
    for name, values in expected.items():
        np.testing.assert_allclose(events[name], values, rtol=1e-5, atol=1e-5)
    (folder / "model.onnx").write_bytes(b"damaged")
    with pytest.raises(InputError, match="model.onnx: is not the file that its card describes"):
        zoo.load(folder, runtime="onnx")


def test_the_readme_has_a_head_of_yaml_and_what_describe_says(toy_card):
    yaml = pytest.importorskip("yaml")
    line = {"generates": "toys: é", "taught": "score", "measure": "AUC", "value": 0.55, "uncertainty": 0.01}
    line |= {"floor": 0.5, "paper": "0.9"}
    hashes = {"generator.keras": "0" * 64}
    card = toy_card | {"version": 3, "licence": "CC BY 4.0; learnt from toys", "headline": line, "sha256": hashes}
    nothing, head, page = sharing.readme(card).split("---\n", 2)
    assert nothing == ""
    facts = yaml.safe_load(head)
    assert facts["license"] == "cc-by-4.0"
    assert facts["library_name"] == "keras"
    assert {"fast-simulation", "toy"} <= set(facts["tags"])
    (result,) = facts["model-index"][0]["results"]
    assert result["metrics"] == [{"type": "other", "name": "AUC", "value": 0.55}]
    assert result["task"]["name"] == "toys: é"
    for expected in (registry.page(card), 'zoo.load("toy@3")  # z, energy', "Licence: CC BY 4.0; learnt from toys"):
        assert expected in page
    unknown = yaml.safe_load(sharing.readme(toy_card | {"sha256": hashes}).split("---\n")[1])
    assert unknown["license"] == "other"
    assert "model-index" not in unknown


def test_every_released_model_has_a_readme():
    yaml = pytest.importorskip("yaml")
    for name in zoo.list_models():
        head = sharing.readme(registry.read_card(name)).split("---\n", 2)[1]
        assert yaml.safe_load(head)["model-index"][0]["name"] == name


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c | {"toy/run.py": b"import os"}, "run.py: too much or missing"),
        (lambda c: c | {"../evil": b""}, r"\.\./evil: too much or missing"),
        (lambda c: c | {"/etc/evil": b""}, "evil: too much or missing"),
        (lambda c: {n: v for n, v in c.items() if "keras" not in n}, "generator.keras: too much or missing"),
        (lambda c: c | {"toy/generator.keras": b"another"}, "generator.keras has the sha256 .*, its card expects"),
        (lambda c: c | {"toy/card.json": b"{"}, "card.json is not JSON"),
        (lambda c: c | {"toy/card.json": b"[]"}, "card.json is not a card"),
        (lambda c: c | {"b/card.json": b"[]"}, "has no NAME/card.json"),
        (lambda c: {n.replace("toy/", "../"): v for n, v in c.items()}, "holds the folder .. of the model 'toy'"),
        (lambda c: {}, "has no NAME/card.json"),
    ],
)
def test_what_is_no_model_is_one_sentence_and_changes_nothing(packed, tmp_path, change, message):
    rewritten(packed, change)
    before = set(tmp_path.rglob("*"))
    with pytest.raises(InputError, match=message) as refused:
        sharing.add(packed, tmp_path)
    assert "\n" not in str(refused.value)
    assert set(tmp_path.rglob("*")) == before


def test_names_that_lead_out_of_the_folder_are_refused(packed):
    with_card(packed, name="../toy")
    with pytest.raises(InputError, match=r"name is '../toy', expected letters"):
        sharing.add(packed)
    with_card(packed, name="toy", sha256={"../../x": "0", "generator.keras": "0"})
    with pytest.raises(InputError, match=r"sha256 is '../../x', expected names of files"):
        sharing.add(packed)


def test_a_bomb_is_not_unpacked(packed, monkeypatch):
    monkeypatch.setattr(sharing, "LARGEST", 100)
    with pytest.raises(InputError, match=r"holds [\d,]+ bytes, expected at most 100"):
        sharing.add(packed)


def test_what_is_no_zip_is_a_sentence(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        sharing.add(tmp_path / "nothing.zip")
    (tmp_path / "text.zip").write_text("no zip")
    with pytest.raises(InputError, match="is damaged or no zip file that `python -m zoo pack` wrote"):
        sharing.add(tmp_path / "text.zip")
    with h5py.File(tmp_path / "events.h5", "w"), pytest.raises(InputError, match="is damaged or no zip file"):
        sharing.add(tmp_path / "events.h5")


@given(st.data())
def test_a_damaged_file_is_a_sentence_or_the_model(tmp_path_factory, toy_card, data):
    folder = tmp_path_factory.mktemp("damaged")
    (folder / "toy").mkdir()
    (folder / "toy" / "generator.keras").write_bytes(b"weights" * 20)
    hashes = {"generator.keras": sharing.sha256(folder / "toy" / "generator.keras")}
    (folder / "toy" / "card.json").write_text(json.dumps(toy_card | {"sha256": hashes}))
    path = sharing.pack(folder / "toy", folder / "toy.zip")
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        added = sharing.add(path, folder / "models")
    except InputError:
        assert list((folder / "models").glob("*")) == []
    else:
        assert (added / "generator.keras").read_bytes() == b"weights" * 20
