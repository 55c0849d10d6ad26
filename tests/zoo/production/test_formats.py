"""What every format keeps of the events, read back by others' readers and by `zoo evaluate`'s."""

import json

import h5py
import numpy as np
import pytest

from zoo import evaluation
from zoo.__main__ import main
from zoo.data import hdf5, tables
from zoo.errors import InputError
from zoo.production import formats

EVENTS = 50
# The toy's layer_0 as two rings of three angles, layer_1 as one ring of four.
XML = """<Bins><Bin name="toy"><Layer id="0" r_edges="0,1,2" n_bin_alpha="3" />
<Layer id="1" r_edges="0,1" n_bin_alpha="4" /></Bin></Bins>"""


def generate(out, *options):
    main(["generate", "toy", "-n", str(EVENTS), "--energy", "1", "100", "-o", str(out), *options])
    return out


@pytest.fixture
def expected(toy_weights, tmp_path):
    with h5py.File(generate(tmp_path / "a.h5")) as file:
        return {name: dataset[:] for name, dataset in file.items()}


@pytest.mark.parametrize(("suffix", "package"), [(".parquet", "pyarrow"), (".root", "uproot")])
def test_events_come_back_from_parquet_and_root(expected, tmp_path, suffix, package):
    pytest.importorskip(package)
    with tables.opened(str(generate(tmp_path / f"a{suffix}"))) as columns:
        assert set(columns) == set(expected)
        np.testing.assert_array_equal(columns["energy"][:], expected["energy"][:, 0])
        for name in ("layer_0", "layer_1"):
            np.testing.assert_array_equal(columns[name][:], expected[name])
            assert columns[name][:].dtype == np.float32


def test_files_say_where_events_come_from(expected, tmp_path):
    from pyarrow import parquet

    uproot = pytest.importorskip("uproot")
    generate(tmp_path / "a.parquet", "--seed", "7")
    generate(tmp_path / "a.root", "--seed", "7")
    metadata = parquet.read_schema(tmp_path / "a.parquet").metadata
    assert metadata[b"seed"] == b"7"
    with uproot.open(tmp_path / "a.root") as file:
        attributes = json.loads(str(file["attributes"]))
        assert attributes["seed"] == 7
        assert {key.encode(): str(value).encode() for key, value in attributes.items()}.items() <= metadata.items()


def test_zoo_evaluate_reads_parquet_and_root(expected, tmp_path):
    for suffix in ("parquet", "root"):
        pytest.importorskip({"parquet": "pyarrow", "root": "uproot"}[suffix])
        found = evaluation.read(str(generate(tmp_path / f"a.{suffix}")), options={"conditions": ["energy"]})
        assert set(found.observables) == {f"layer_1_{i}" for i in range(4)}
        np.testing.assert_array_equal(found.observables["layer_1_2"], expected["layer_1"][:, 2])


def test_zoo_evaluate_reads_the_layout_of_the_calochallenge(expected, tmp_path):
    (tmp_path / "binning.xml").write_text(XML)
    path = generate(tmp_path / "a.hdf5", "--format", "calochallenge")
    found = evaluation.read(str(path), "calochallenge", {"geometry": str(tmp_path / "binning.xml")})
    np.testing.assert_allclose(found.conditions["energy"], expected["energy"][:, 0], rtol=1e-6)
    cells = np.concatenate([expected[name].reshape(EVENTS, -1) for name in ("layer_0", "layer_1")], axis=1)
    np.testing.assert_allclose(
        found.observables["response"], cells.sum(axis=1) / (1000 * expected["energy"][:, 0]), rtol=1e-4
    )
    with h5py.File(path) as file:
        np.testing.assert_array_equal(file["showers"], cells)
        assert file["incident_energies"].shape == (EVENTS, 1)


@pytest.mark.parametrize("format", ["parquet", "root", "calochallenge"])
def test_folders_are_made_of_every_format(expected, tmp_path, format):
    out = generate(tmp_path / "out", "--events-per-file", "20", "--format", format)
    suffix = formats.FORMATS[format].suffix
    assert len(list(out.glob(f"events-*{suffix}"))) == 3
    assert (out / f"events{suffix}").exists() == (format == "calochallenge")
    main(["verify", str(out)])
    with tables.opened(str(out / f"events-00001{suffix}")) as columns:
        name = "showers" if format == "calochallenge" else "layer_1"
        np.testing.assert_allclose(columns[name][:][:, -4:], expected["layer_1"][20:40], rtol=1e-5, atol=1e-3)


def test_a_full_disk_leaves_no_file(tmp_path, monkeypatch):
    pytest.importorskip("uproot")
    arrays = {"x": np.zeros((5, 1), np.float32)}
    for name in ("parquet", "root"):
        path = tmp_path / f"a{formats.FORMATS[name].suffix}"
        with pytest.raises(InputError, match="cannot be written"), formats.FORMATS[name].appending(path, {}) as append:
            append(arrays)
            raise OSError(28, "No space left on device")
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("change", "fits"),
    [
        ({}, True),
        ({"conditions": {"energy": {"unit": "MeV", "shape": []}}}, False),
        ({"conditions": {}}, False),
        ({"outputs": {"x": {"unit": "GeV", "shape": [3]}}}, False),
    ],
)
def test_only_showers_fit_the_calochallenge(toy_card, change, fits):
    if fits:
        formats.is_showers(toy_card | change)
    else:
        with pytest.raises(InputError, match="toy does not fit CaloChallenge's layout, expected the condition energy"):
            formats.is_showers(toy_card | change)


@pytest.mark.parametrize("size", [1, 100, 10**9])
def test_what_is_held_back_is_written_in_the_end(tmp_path, size):
    pieces = []
    with formats.buffered(pieces.append, size) as append:
        for i in range(10):
            append({"x": np.full(3, i)})
    np.testing.assert_array_equal(np.concatenate([piece["x"] for piece in pieces]), np.repeat(np.arange(10), 3))
    assert len(pieces) == {1: 10, 100: 2, 10**9: 1}[size]


def test_the_virtual_file_has_the_events_of_all(tmp_path):
    parts = {"a.h5": np.arange(3), "b.h5": np.arange(3, 5)}
    for name, values in parts.items():
        hdf5.write(tmp_path / name, {"x": values}, {"seed": 1})
    hdf5.virtual(tmp_path / "all.h5", {name: len(values) for name, values in parts.items()})
    (tmp_path / "elsewhere").mkdir()
    for path in [*tmp_path.glob("*.h5")]:
        path.rename(tmp_path / "elsewhere" / path.name)
    with h5py.File(tmp_path / "elsewhere" / "all.h5") as file:
        np.testing.assert_array_equal(file["x"], np.arange(5))
        assert dict(file.attrs) == {"seed": 1}
