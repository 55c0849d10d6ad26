import sys

import h5py
import numpy as np
import pytest

from zoo import evaluation
from zoo.errors import InputError
from zoo.evaluation import calochallenge

XML = """<Bins>
 <Bin pid="22" name="photon">
  <Layer id="0" r_edges="0,10,20" n_bin_alpha="1" />
  <Layer id="1" r_edges="" n_bin_alpha="1" />
  <Layer id="2" r_edges="0,10,30,60" n_bin_alpha="4" />
 </Bin>
 <Bin pid="211" name="pion"><Layer id="0" r_edges="0,5" n_bin_alpha="1" /></Bin>
</Bins>"""


@pytest.fixture
def columns(random):
    return {"mass": random.normal(size=30), "pt": random.normal(size=(30, 1)), "p": random.normal(size=(30, 2))}


def test_a_table_is_the_same_from_every_format(columns, tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        for name, values in columns.items():
            file[name] = values
        file["names"] = np.array([b"not", b"numbers"])
    np.savez(tmp_path / "a.npz", **columns)
    for name in ("a.h5", "a.npz"):
        found = evaluation.read(str(tmp_path / name), options={"conditions": ["pt"]})
        assert set(found.observables) == {"mass", "p_0", "p_1"}
        np.testing.assert_array_equal(found.conditions["pt"], columns["pt"][:, 0])
        np.testing.assert_array_equal(found.observables["p_1"], columns["p"][:, 1])
        assert found.events == 30


def test_parquet_and_root_are_read_if_their_packages_are_there(columns, tmp_path):
    flat = {name: values[:, 0] if values.ndim == 2 else values for name, values in columns.items()}
    pyarrow, uproot = pytest.importorskip("pyarrow"), pytest.importorskip("uproot")
    from pyarrow import parquet

    parquet.write_table(pyarrow.table(flat), tmp_path / "a.parquet")
    with uproot.recreate(tmp_path / "a.root") as file:
        file.mktree("events", {name: "float64" for name in flat})
        file["events"].extend(flat)
    for name in ("a.parquet", "a.root", "a.root:events"):
        found = evaluation.read(str(tmp_path / name))
        np.testing.assert_array_equal(found.observables["mass"], flat["mass"])
    with pytest.raises(InputError, match="has no tree nothing; there is events"):
        evaluation.read(str(tmp_path / "a.root:nothing"))


@pytest.mark.parametrize(("package", "name"), [("pyarrow", "a.parquet"), ("uproot", "a.root")])
def test_a_missing_package_is_named(package, name, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(InputError, match=f"needs {package}: pip install {package}"):
        evaluation.read(str(tmp_path / name))


@pytest.mark.parametrize(
    ("arrays", "options", "message"),
    [
        ({"a": np.zeros(3), "b": np.zeros(4)}, {}, "a has 3 events and b 4, expected as many"),
        ({"a": np.zeros((3, 2, 2))}, {}, r"holds a, expected columns of numbers"),
        ({"a": np.zeros(0)}, {}, "holds no events"),
        ({"a": np.array([0, np.inf])}, {}, "a of event 1 is inf, expected a float32 or NaN"),
        ({"a": np.array([0, -1e300])}, {}, r"a of event 1 is -1e\+300, expected a float32 or NaN"),
        ({"a": np.zeros(3)}, {"conditions": ["e"]}, "has no column e, there are a"),
        ({"a": np.zeros(3)}, {"conditions": ["a"]}, "holds no observable besides the conditions"),
    ],
)
def test_what_is_no_table_is_one_sentence(arrays, options, message, tmp_path):
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(InputError, match=message):
        evaluation.read(str(tmp_path / "a.npz"), options=options)


@pytest.mark.parametrize(
    ("name", "message"), [("a.h5", "is a zip archive, such as .npz or .keras"), ("a.npz", "cannot be read as .npz")]
)
def test_a_broken_file_is_one_sentence(name, message, tmp_path):
    (tmp_path / name).write_bytes(b"PK\x03\x04 no such thing")
    with pytest.raises(InputError, match=message):
        evaluation.read(str(tmp_path / name))
    with pytest.raises(InputError, match="no such file"):
        evaluation.read(str(tmp_path / f"x{name}"))
    with pytest.raises(InputError, match="ends in '.txt'"):
        (tmp_path / "a.txt").write_text("")
        evaluation.read(str(tmp_path / "a.txt"))


def test_a_rooms_layout_is_a_function(monkeypatch):
    expected = evaluation.Sample({"a": np.zeros(3)}, {})
    monkeypatch.setattr(calochallenge, "layout", lambda path, options: expected, raising=False)
    assert evaluation.read("anything", "zoo.evaluation.calochallenge:layout") is expected
    unknown = "there is no layout 'calogan', expected table, calochallenge or MODULE:FUNCTION"
    with pytest.raises(InputError, match=unknown):
        evaluation.read("a.h5", "calogan")
    with pytest.raises(InputError, match="cannot be imported"):
        evaluation.read("a.h5", "zoo.evaluation:nothing")
    with pytest.raises(InputError, match="--layout :: cannot be imported"):
        evaluation.read("a.h5", ":")
    with pytest.raises(InputError, match="--layout os:system: is not a function of path and options"):
        evaluation.read("a.h5", "os:system")
    monkeypatch.setattr(calochallenge, "layout", lambda path, options: {"a": np.zeros(3)})
    with pytest.raises(InputError, match="calochallenge:layout: gave a dict, expected a Sample"):
        evaluation.read("a.h5", "zoo.evaluation.calochallenge:layout")


@pytest.fixture
def showers(tmp_path, random):
    """Ten showers of 14 cells: energy in the second ring and the third angle of layer 2 only."""
    (tmp_path / "binning.xml").write_text(XML)
    cells = np.zeros((10, 14))
    cells[:, 0] = 100
    cells[:, 2 + 2 * 3 + 1] = 300
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["incident_energies"], file["showers"] = np.full((10, 1), 1000.0), cells
    return tmp_path


def test_the_calochallenges_cells_are_where_its_geometry_says(showers):
    options = {"geometry": str(showers / "binning.xml"), "particle": "photon"}
    found = evaluation.read(str(showers / "a.h5"), "calochallenge", options)
    np.testing.assert_allclose(found.conditions["energy"], 1)
    expected = {"response": 0.4, "share_0": 0.1, "share_2": 0.3, "occupancy_0": 0.5, "occupancy_2": 1 / 12}
    # ring 10 to 30 mm has its middle at 20, the third of four angles at 225 degrees
    expected |= {"mean_x_2": -20 / np.sqrt(2), "mean_y_2": -20 / np.sqrt(2), "mean_r_2": 20, "spread_r_2": 0}
    for name, value in expected.items():
        np.testing.assert_allclose(found.observables[name], value, atol=1e-6, err_msg=name)
    assert "mean_x_0" not in found.observables  # one angle knows no direction
    assert found.cells.shape == (10, 14)


def test_wrong_showers_and_geometries_are_one_sentence(showers):
    xml, path = str(showers / "binning.xml"), str(showers / "a.h5")

    def read(particle="photon", file=path, geometry=xml):
        return evaluation.read(file, "calochallenge", {"geometry": geometry, "particle": particle})

    with pytest.raises(InputError, match="describes photon, pion, expected --particle to be one of them, it is None"):
        read(None)
    with pytest.raises(InputError, match=r"showers \(10, 14\), expected \(N, 1\) and \(N, 1\)"):
        read("pion")
    with pytest.raises(InputError, match="needs --geometry"):
        read(geometry=None)
    (showers / "bad.xml").write_text("<Bins>")
    with pytest.raises(InputError, match="is no XML"):
        read(geometry=str(showers / "bad.xml"))
    (showers / "bad.xml").write_text(XML.replace('"0,10,20"', '"0,x"'))
    with pytest.raises(InputError, match="a Layer of photon has id, r_edges or n_bin_alpha wrong"):
        read(geometry=str(showers / "bad.xml"))
    for change, message in (
        (lambda file: file["showers"].__setitem__((3, 3), np.nan), "showers hold NaN"),
        (lambda file: file["incident_energies"].__setitem__(2, 0), "incident energy of shower 2 is 0"),
        (lambda file: file.__delitem__("showers"), "showers is missing, there is incident_energies"),
    ):
        with h5py.File(path, "r+") as file:
            if "showers" in file:
                file["showers"][3, 3] = 0
            change(file)
        with pytest.raises(InputError, match=message):
            read()


def test_a_layer_without_energy_has_no_centre():
    layers = [calochallenge.Layer(0, np.array([0.0, 1, 2]), 2)]
    found = calochallenge.observables(np.zeros((2, 4)), np.ones(2), layers)
    assert np.isnan(found["mean_r_0"]).all()
    assert (found["response"] == 0).all()
