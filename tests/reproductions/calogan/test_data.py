import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reproductions.calogan import data
from zoo.data import hdf5
from zoo.errors import InputError

LAYERS = tuple(data.SHAPES)


@pytest.fixture
def showers(random):
    """Twenty showers of no particular particle in the layout of a file: all the energy in random cells."""
    energy = random.uniform(1, 100, (20, 1)).astype(np.float32)
    cells = random.dirichlet(np.full(504, 0.1), 20) * 1000 * energy
    parts = np.split(cells.astype(np.float32), (288, 432), axis=1)
    layers = {name: part.reshape(20, *data.SHAPES[name]) for name, part in zip(LAYERS, parts, strict=True)}
    return {"energy": energy, **layers, "overflow": np.zeros((20, 3), np.float32)}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "showers.h5"


@pytest.mark.parametrize(("particle", "fraction"), [("piplus", 0.26), ("eplus", 0.994), ("gamma", 0.994)])
def test_the_embedded_samples_are_showers(particle, fraction):
    showers = data.load(None, particle)
    n = len(showers["energy"])
    assert n >= 4000
    assert {name: values.shape for name, values in showers.items()} == {
        "energy": (n,),
        **{name: (n, *shape) for name, shape in data.SHAPES.items()},
    }
    assert showers["energy"].min() >= 1
    assert showers["energy"].max() <= 100
    # uniform, so the mean is 50.5 within 4 standard deviations
    assert showers["energy"].mean() == pytest.approx(50.5, abs=4 * 99 / 12**0.5 / n**0.5)
    deposits = sum(showers[name].sum(axis=(1, 2)) for name in LAYERS)
    assert np.median(deposits / showers["energy"] / 1000) == pytest.approx(fraction, abs=0.02)
    attributes = hdf5.attributes(data.SAMPLE / f"{particle}.h5")
    assert "FTFP_BERT" in attributes["generator"]
    assert attributes["data"] == "stand-in tables"
    assert f"first {n} events" in attributes["packed"]


def test_a_file_is_read_without_its_overflow_and_with_or_without_it(path, showers):
    hdf5.write(path, showers, {})
    found = data.load(path, "eplus")
    np.testing.assert_array_equal(found.pop("energy"), showers["energy"][:, 0])
    for name in LAYERS:
        np.testing.assert_array_equal(found.pop(name), showers[name])
    assert found == {}
    del showers["overflow"]
    hdf5.write(path, showers, {})
    assert len(data.load(path, "eplus", events=5)["energy"]) == 5


def test_double_precision_and_single_showers_are_read(path, showers):
    hdf5.write(path, {name: values[:1].astype(np.float64) for name, values in showers.items()}, {})
    assert data.load(path, "gamma")["layer_0"].dtype == np.float32


def test_energies_layers_or_both_in_the_wrong_unit_are_told_apart(path, showers):
    def scaled(energy, layers):
        factors = {"energy": energy, **dict.fromkeys(LAYERS, layers)}
        hdf5.write(path, {name: values * factors.get(name, 1) for name, values in showers.items()}, {})
        return data.load(path, "eplus")

    with pytest.raises(InputError, match=r"showers.h5: energy\[\d+\] is \d{5}.*: looks like MeV, expected GeV"):
        scaled(energy=1000, layers=1)
    with pytest.raises(InputError, match="looks like MeV, expected GeV"):
        scaled(energy=1000, layers=1e-3)
    with pytest.raises(InputError, match=r"add up to 0.001 of the energy \(median\): they look like GeV, expected MeV"):
        scaled(energy=1, layers=1e-3)
    with pytest.raises(
        InputError, match=r"add up to 1e\+03 of the energy \(median\): they look like keV, expected MeV"
    ):
        scaled(energy=1, layers=1000)
    with pytest.raises(InputError, match="add up to 0 .* they look empty, expected MeV"):
        scaled(energy=1, layers=0)
    scaled(energy=1, layers=0.01)  # a calorimeter with hadrons in it, not a mistake


def test_every_embedded_shower_alone_has_the_right_units_and_none_would_in_gev():
    for particle in data.PARTICLES:
        showers = data.load(None, particle)
        fraction = sum(showers[name].sum(axis=(1, 2)) for name in LAYERS) / showers["energy"] / 1000
        assert np.mean((fraction > data.LEAST_DEPOSIT) & (fraction < data.LARGEST_DEPOSIT)) > 0.999
        assert (fraction / 1000 < data.LEAST_DEPOSIT).all()
        assert np.mean(fraction * 1000 > data.LARGEST_DEPOSIT) > 0.999


@pytest.mark.parametrize("particle", data.PARTICLES)
def test_geant4_leaves_energy_in_layers_0_and_1(particle):
    """What the limits of unwritten showers rest on."""
    showers = data.load(None, particle)
    empty = {name: np.mean(~showers[name].any(axis=(1, 2))) for name in LAYERS}
    assert empty["layer_0"] == empty["layer_1"] == 0
    assert 0 < empty["layer_2"] < 0.03


@pytest.mark.parametrize(
    ("layers", "rows", "message"),
    [
        (
            LAYERS,
            slice(12, None),
            "8 of 20 showers have nothing in layer_0, layer_1 and layer_2, the first is shower 12",
        ),
        (LAYERS, slice(7, 8), "1 of 20 showers have nothing in layer_0, layer_1 and layer_2, the first is shower 7"),
        (["layer_0"], slice(3, 5), "2 of 20 showers have nothing in layer_0, the first is shower 3: were they never"),
        (["layer_1"], slice(3, 4), "1 of 20 showers have nothing in layer_1"),
        (["layer_2"], slice(None), "20 of 20 showers have nothing in layer_2"),
        (["layer_2"], slice(0, 10), None),
    ],
)
def test_showers_that_were_never_written_are_refused_with_their_number(path, showers, layers, rows, message):
    for name in layers:
        showers[name][rows] = 0
    hdf5.write(path, showers, {})
    if message is None:
        assert len(data.load(path, "eplus")["energy"]) == 20
    else:
        with pytest.raises(InputError, match=f"^{path}: {message}"):
            data.load(path, "eplus")


def test_a_single_shower_of_too_much_energy_is_refused(path, showers):
    showers["layer_1"][11] *= 1000
    hdf5.write(path, showers, {})
    with pytest.raises(
        InputError, match="shower 11 has .* MeV in its cells, .* GeV of energy, expected at most 10 times"
    ):
        data.load(path, "eplus")


def test_particles_are_named_as_any_language_writes_texts(path, showers):
    for name in (np.bytes_(b"eplus"), np.array(["eplus"], h5py.string_dtype())):
        hdf5.write(path, showers, {"particle": name})
        assert len(data.load(path, "eplus")["energy"]) == 20


def test_the_layout_of_the_calochallenge_is_named(path):
    hdf5.write(path, {"incident_energies": np.ones((5, 1)), "showers": np.ones((5, 504))}, {})
    with pytest.raises(InputError, match=r"there is incident_energies, showers \(the layout of the CaloChallenge"):
        data.load(path, "eplus")


numbers = st.floats(width=32) | st.sampled_from([0, 1e-3, 1000, 3e38])


@given(st.dictionaries(st.sampled_from(["energy", *LAYERS]), st.lists(numbers, min_size=3, max_size=3), min_size=1))
def test_whatever_numbers_a_file_holds_the_answer_is_showers_or_a_sentence(tmp_path_factory, numbers):
    path = tmp_path_factory.mktemp("any") / "a.h5"
    shapes = {"energy": (1,), **data.SHAPES}
    arrays = {name: np.full((3, *shape), 1, np.float32) for name, shape in shapes.items()}
    for name, values in numbers.items():
        arrays[name] *= np.float32(values).reshape(3, *[1] * len(shapes[name]))
    hdf5.write(path, arrays, {})
    try:
        found = data.load(path, "eplus")
    except InputError as error:
        assert str(path) in str(error)
    else:
        assert found["energy"].min() > 0
        assert all(np.isfinite(found[name]).all() and found["layer_0"].any(axis=(1, 2)).all() for name in LAYERS)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda showers: showers.pop("layer_1"), "'layer_1' is missing, there is energy, layer_0, layer_2, overflow"),
        (
            lambda showers: showers.update(layer_2=showers["layer_2"][:, ::2]),
            r"'layer_2' has shape .* expected \(N, 12, 6\)",
        ),
        (
            lambda showers: showers.update(energy=showers["energy"][:, 0]),
            r"'energy' has shape \(20,\), expected \(N, 1\)",
        ),
        (lambda showers: showers["energy"].__setitem__(3, -5), r"energy\[3, 0\] is -5 GeV, expected at least 0.001"),
        (lambda showers: showers["energy"].__setitem__(3, 0), r"energy\[3, 0\] is 0 GeV"),
        (lambda showers: showers["layer_0"].__setitem__((1, 2, 3), np.nan), r"layer_0\[1, 2, 3\] is nan MeV"),
        (
            lambda showers: showers["layer_0"].__setitem__((1, 2, 3), -1),
            r"layer_0\[1, 2, 3\] is -1 MeV, expected at least 0",
        ),
    ],
)
def test_bad_files_are_one_sentence_that_names_file_and_dataset(path, showers, change, message):
    change(showers)
    hdf5.write(path, showers, {})
    with pytest.raises(InputError, match=f"^{path}: .*{message}"):
        data.load(path, "eplus")


def test_another_particle_than_the_file_says_is_refused(path, showers):
    hdf5.write(path, showers, {"particle": "eplus"})
    assert len(data.load(path, "eplus")["energy"]) == 20
    with pytest.raises(InputError, match="holds showers of eplus, expected gamma"):
        data.load(path, "gamma")
    with pytest.raises(InputError, match="there is no particle 'muon', expected one of eplus, gamma, piplus"):
        data.load(None, "muon")


def test_a_missing_file_and_too_few_events(path):
    with pytest.raises(InputError, match="showers.h5: no such file"):
        data.load(path, "eplus")
    with pytest.raises(InputError, match="eplus.h5: holds 4000 events, expected at least 1000000"):
        data.load(None, "eplus", events=1_000_000)


def test_split_is_80_10_10_and_keeps_energy_and_cells_together():
    showers = {"energy": np.arange(50, dtype=np.float32), "layer_0": np.arange(50, dtype=np.float32).reshape(50, 1, 1)}
    parts = data.split(showers, seed=1)
    assert {name: len(part["energy"]) for name, part in parts.items()} == {"train": 40, "validation": 5, "test": 5}
    for part in parts.values():
        np.testing.assert_array_equal(part["energy"], part["layer_0"][:, 0, 0])
    assert sorted(np.concatenate([part["energy"] for part in parts.values()])) == list(range(50))


def test_packing_rounds_deposits_keeps_cells_and_energies_and_says_so(path, tmp_path, showers, monkeypatch):
    showers["layer_0"][0, 0, 0] = 1e-41  # Geant4 leaves such cells
    hdf5.write(path, showers, {"particle": "eplus", "generator": "Geant4"})
    out = tmp_path / "packed.h5"
    monkeypatch.setattr(sys, "argv", ["data", "pack", str(path), "--out", str(out), "--events", "15"])
    data.main()
    with h5py.File(out) as file:
        packed = {name: dataset[:] for name, dataset in file.items()}
        assert file.attrs["generator"] == "Geant4"
        assert file.attrs["packed"] == "first 15 events of showers.h5, deposits rounded to 10 mantissa bits"
    np.testing.assert_array_equal(packed["energy"], showers["energy"][:15])
    for name in LAYERS:
        np.testing.assert_array_equal(packed[name] > 0, showers[name][:15] > 0)
        np.testing.assert_allclose(packed[name], showers[name][:15], rtol=2**-11, atol=1e-38)
    assert not np.array_equal(packed["layer_0"], showers["layer_0"][:15])
    before = path.read_bytes()
    with pytest.raises(InputError, match="showers.h5: exists, expected a new file"):
        data.pack(path, path, 5)
    assert path.read_bytes() == before


def test_joining_keeps_what_each_file_holds_out(tmp_path, showers, monkeypatch):
    sources = [tmp_path / "first.h5", tmp_path / "more.h5", tmp_path / "odd.h5"]
    files = [showers, data.take(showers, slice(0, 10)), data.take(showers, slice(0, 13))]
    for index, (source, events) in enumerate(zip(sources, files, strict=True)):
        energy = events["energy"] + np.float32(200 * index)  # tells the showers apart
        hdf5.write(source, {**events, "energy": energy}, {"particle": "eplus", "seed": index})
    out = tmp_path / "joined.h5"
    monkeypatch.setattr(sys, "argv", ["data", "join", *map(str, sources), "--out", str(out), "--seed", "3"])
    data.main()
    joined = data.load(out, "eplus")
    assert len(joined["energy"]) == 43
    separate = [data.split(data.load(source, "eplus"), 3) for source in sources]
    for name, part in data.split(joined, 3).items():
        expected = np.concatenate([parts[name]["energy"] for parts in separate])
        assert len(set(part["energy"]) ^ set(expected)) <= 2  # 43 showers do not split evenly
        for energy, cells in zip(part["energy"], part["layer_1"], strict=True):
            index, found = divmod(energy, 200)
            row = np.abs(files[int(index)]["energy"][:, 0] - found).argmin()
            np.testing.assert_array_equal(cells, files[int(index)]["layer_1"][row])
    assert [(origin["name"], origin["events"], origin["seed"]) for origin in hdf5.attributes(out)["joined"]] == [
        ("first.h5", 20, 0),
        ("more.h5", 10, 1),
        ("odd.h5", 13, 2),
    ]


def test_files_of_two_particles_and_one_file_twice_are_not_joined(tmp_path, showers):
    first, second = tmp_path / "first.h5", tmp_path / "second.h5"
    hdf5.write(first, showers, {"particle": "eplus"})
    hdf5.write(second, showers, {"particle": "gamma"})
    with pytest.raises(InputError, match="hold showers of eplus and gamma, not one"):
        data.join([first, second], tmp_path / "out.h5", 1)
    with pytest.raises(InputError, match="one file is given twice"):
        data.join([first, first], tmp_path / "out.h5", 1)
    with pytest.raises(InputError, match="seed is -1, expected at least 0"):
        data.join([first], tmp_path / "out.h5", -1)
    assert not (tmp_path / "out.h5").exists()
    before = second.read_bytes()
    with pytest.raises(InputError, match="second.h5: exists, expected a new file"):
        data.join([first], second, 1)
    assert second.read_bytes() == before


def test_a_file_that_names_no_particle_is_joined_with_one_that_does(tmp_path, showers):
    for name, attributes in (("theirs.h5", {}), ("ours.h5", {"particle": "gamma"})):
        hdf5.write(tmp_path / name, showers, attributes)
    data.join([tmp_path / "theirs.h5", tmp_path / "ours.h5"], tmp_path / "out.h5", 1)
    assert hdf5.attributes(tmp_path / "out.h5")["particle"] == "gamma"


def test_what_a_training_held_out_becomes_a_sample_with_new_showers(tmp_path, showers, monkeypatch):
    full, more, out = tmp_path / "full.h5", tmp_path / "more.h5", tmp_path / "held_out.h5"
    hdf5.write(full, showers, {"particle": "eplus"})
    new = {**data.take(showers, slice(0, 7)), "energy": showers["energy"][:7] + np.float32(200)}
    hdf5.write(more, new, {"particle": "eplus", "seed": 9})
    arguments = ["hold-out", str(full), "--more", str(more), "--of", "ab" * 32, "--seed", "3", "--out", str(out)]
    monkeypatch.setattr(sys, "argv", ["data", *arguments])
    data.main()
    expected = data.split(data.load(full, "eplus"), 3)["test"]["energy"]
    found = data.load(out, "eplus")
    np.testing.assert_array_equal(np.sort(found["energy"][:-7]), np.sort(expected))
    np.testing.assert_array_equal(found["energy"][-7:], new["energy"][:, 0])
    row = np.abs(showers["energy"][:, 0] - found["energy"][0]).argmin()
    np.testing.assert_allclose(found["layer_1"][0], showers["layer_1"][row], rtol=2**-11)
    told = hdf5.attributes(out)
    assert [one["taken"] for one in told["origins"]] == ["test part of its split", "all"]
    assert (told["split_events"], told["split_seed"], told["held_out_of"]) == (len(showers["energy"]), 3, "ab" * 32)


def test_showers_beyond_the_training_stand_one_behind_the_other(tmp_path, showers, monkeypatch):
    for name, particle in (("a.h5", "eplus"), ("b.h5", "eplus"), ("c.h5", "gamma")):
        hdf5.write(tmp_path / name, showers, {"particle": particle})
    paths = [str(tmp_path / name) for name in ("a.h5", "b.h5", "c.h5")]
    monkeypatch.setattr(sys, "argv", ["data", "beyond", *paths[:2], "--out", str(tmp_path / "out.h5")])
    data.main()
    assert len(data.load(tmp_path / "out.h5", "eplus")["energy"]) == 2 * len(showers["energy"])
    with pytest.raises(InputError, match="hold showers of eplus and gamma, expected one particle"):
        data.beyond([*map(Path, paths)], tmp_path / "other.h5")
