import shutil

import h5py
import hypothesis.extra.numpy
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ks_2samp

from reproductions.ecal_gan import data, observables
from zoo.data import hdf5
from zoo.data import held_out as sample_held_out
from zoo.errors import InputError


def arrays(showers, n=10):
    point = np.column_stack([showers["point"][:n], np.zeros(n, np.float32)])
    return {
        "EnergyDeposit": showers["energy"][:n],
        "ParticleMomentum": showers["momentum"][:n],
        "ParticlePoint": point,
    }


def test_the_sample_is_of_the_papers_beam(showers):
    assert showers["energy"].shape[1:] == (30, 30)
    assert all(values.dtype == np.float32 for values in showers.values())
    beam = data.beam_energy(showers["momentum"])
    assert beam.min() >= 1
    assert beam.max() <= 100.01
    assert np.mean(np.log(beam)) == pytest.approx(np.log(100) / 2, abs=4 * np.log(100) / np.sqrt(12 * len(beam)))
    angles = np.degrees(np.arctan(showers["momentum"][:, :2] / showers["momentum"][:, 2:]))
    for axis, expected in enumerate((20, 10)):
        assert angles[:, axis].std() == pytest.approx(expected, abs=4 * expected / np.sqrt(2 * len(beam)))
    assert np.abs(showers["point"]).max() <= 5
    assert showers["point"].std(axis=0) == pytest.approx(10 / np.sqrt(12), rel=0.15)


def test_the_scintillator_has_14_to_15_percent_of_the_energy(showers):
    """As in the published showers, whose energies are 14.4 % on average."""
    response = showers["energy"].sum(axis=(1, 2)) / data.beam_energy(showers["momentum"]) / 1000
    assert 0.14 < np.median(response) < 0.15


def test_npz_and_hdf5_are_the_same(showers, tmp_path):
    hdf5.write(tmp_path / "a.h5", arrays(showers), {})
    school = arrays(showers)
    school["EnergyDeposit"] = school["EnergyDeposit"][..., None]
    school["ParticlePoint"] = school["ParticlePoint"][:, :2]
    np.savez(tmp_path / "a.npz", **school, ParticlePDG=np.full(10, 11))
    one, other = data.load(tmp_path / "a.h5", 7), data.load(tmp_path / "a.npz", 7)
    assert one.keys() == other.keys() == {"energy", "momentum", "point"}
    for name, values in one.items():
        np.testing.assert_array_equal(values, other[name])
        assert len(values) == 7


def write(path, content):
    if path.suffix == ".h5":
        hdf5.write(path, content, {})
    else:
        with path.open("wb") as file:  # np.savez would add .npz to .NPZ
            np.savez(file, **content)
    return path


@pytest.mark.parametrize("name", ["a.h5", "a.npz", "a.NPZ"])
@pytest.mark.parametrize("axis", [1, 3])
def test_an_axis_of_one_and_points_of_two_columns_are_read(showers, tmp_path, name, axis):
    content = arrays(showers)
    content["EnergyDeposit"] = np.expand_dims(content["EnergyDeposit"], axis)
    content["ParticlePoint"] = content["ParticlePoint"][:, :2]
    found = data.load(write(tmp_path / name, content))
    for key, values in found.items():
        np.testing.assert_array_equal(values, showers[key][:10])


@pytest.mark.parametrize("name", ["a.h5", "a.npz"])
@pytest.mark.parametrize(
    ("key", "change", "message"),
    [
        (
            "EnergyDeposit",
            lambda x: np.moveaxis(x, 0, 2),
            r"'EnergyDeposit' has shape \(30, 30, 10\), expected \(N, 30",
        ),
        ("EnergyDeposit", lambda x: np.stack([x] * 3, axis=1), r"has shape \(10, 3, 30, 30\), expected \(N, 30, 30\)"),
        ("ParticlePoint", lambda x: np.float32(3), r"'ParticlePoint' has shape \(\), expected \(N, 3\)"),
        ("ParticlePoint", lambda x: x.astype("S8"), r"'ParticlePoint' holds \|S8, expected numbers"),
        ("ParticleMomentum", lambda x: x.astype(complex), "'ParticleMomentum' holds complex128, expected numbers"),
        (
            "EnergyDeposit",
            lambda x: x * (np.arange(10) != 4)[:, None, None],
            "1 of 10 showers .* the first is shower 4",
        ),
    ],
)
def test_other_forms_and_unwritten_showers_are_refused(showers, tmp_path, name, key, change, message):
    content = arrays(showers)
    content[key] = change(content[key])
    if name == "a.h5" and key == "ParticlePoint" and content[key].shape == ():
        with h5py.File(tmp_path / name, "w") as file:
            file.update(content)
    else:
        write(tmp_path / name, content)
    with pytest.raises(InputError, match=message):
        data.load(tmp_path / name)


shapes = hypothesis.extra.numpy.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=31)
anything = st.tuples(shapes, st.sampled_from(["f2", "f8", "i4", "U3", "S2", "O", "?", "c8"]))


@given(st.dictionaries(st.sampled_from([*data.NAMES, "other"]), anything), st.binary(max_size=60), st.integers(0, 500))
def test_whatever_an_archive_holds_the_answer_is_a_sentence(tmp_path_factory, content, damage, place):
    path = tmp_path_factory.mktemp("any") / "a.npz"
    made = {name: np.zeros(shape[:2], kind) for name, (shape, kind) in content.items()}
    np.savez_compressed(path, **made)
    whole = path.read_bytes()
    for text in (whole, whole[:place] + damage + whole[place:], damage):
        path.write_bytes(text)
        with pytest.raises(InputError, match=str(path)):
            data.load(path)


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("EnergyDeposit", lambda x: x / 1000, "median of deposit / energy is 0.00014.*must be in MeV"),
        ("ParticleMomentum", lambda x: x * [1, 1, -1], r"ParticleMomentum\[0, 2\] is -.* GeV, expected a positive pz"),
        ("EnergyDeposit", lambda x: x - 1, "EnergyDeposit.*"),
        ("ParticlePoint", lambda x: x * np.nan, "ParticlePoint.*"),
        ("EnergyDeposit", lambda x: x[:, :20], "EnergyDeposit.*"),
        ("ParticlePoint", lambda x: x[:4], "10.*4|4.*10"),
        ("EnergyDeposit", lambda x: x * 1000, "median of deposit / energy is"),
        ("EnergyDeposit", lambda x: x * np.float32(1e30), r"EnergyDeposit.* MeV, expected at most 7e\+06"),
    ],
)
@pytest.mark.parametrize("suffix", [".h5", ".npz"])
def test_what_is_no_shower_is_refused(showers, tmp_path, name, change, message, suffix):
    wrong = arrays(showers)
    wrong[name] = change(wrong[name]).astype(np.float32)
    path = tmp_path / f"wrong{suffix}"
    if suffix == ".h5":
        hdf5.write(path, wrong, {})
    else:
        np.savez(path, **wrong)
    with pytest.raises(InputError, match=message) as error:
        data.load(path)
    assert str(path) in str(error.value)


def test_files_that_are_none_are_refused(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        data.load(tmp_path / "none.npz")
    (tmp_path / "folder.npz").mkdir()
    with pytest.raises(InputError, match="is a folder, expected an .npz file"):
        data.load(tmp_path / "folder.npz")
    (tmp_path / "text.npz").write_text("no")
    with pytest.raises(InputError, match="is truncated or not an .npz file"):
        data.load(tmp_path / "text.npz")
    np.savez(tmp_path / "half.npz", EnergyDeposit=np.ones((3, 30, 30)))
    with pytest.raises(InputError, match="ParticleMomentum, ParticlePoint is missing"):
        data.load(tmp_path / "half.npz")
    with pytest.raises(InputError, match="0 events .* were asked for"):
        data.load(tmp_path / "half.npz", 0)


def test_parts_are_disjoint_and_all(showers):
    parts = data.split(showers, seed=3)
    lengths = [len(part["point"]) for part in parts.values()]
    n = len(showers["point"])
    assert lengths == pytest.approx([0.5 * n, 0.1 * n, 0.4 * n], abs=1)
    everything = np.concatenate([part["momentum"] for part in parts.values()])
    np.testing.assert_array_equal(np.sort(everything, axis=0), np.sort(showers["momentum"], axis=0))
    again = data.split(showers, seed=3)
    np.testing.assert_array_equal(parts["test"]["energy"], again["test"]["energy"])


@pytest.mark.parametrize("copied", [False, True])
def test_the_embedded_showers_are_trained_on_and_others_held_out(copied, tmp_path):
    parts = data.parts_of(shutil.copy(data.SAMPLE, tmp_path / "a.h5") if copied else None, 50, seed=3)
    assert [len(part["point"]) for part in parts.values()] == [45, 5, 50]
    np.testing.assert_array_equal(parts["test"]["energy"], data.load(data.HELD_OUT, 50)["energy"])
    everything = np.concatenate([parts[name]["momentum"] for name in ("train", "validation")])
    np.testing.assert_array_equal(np.sort(everything, axis=0), np.sort(data.load(None, 50)["momentum"], axis=0))
    of_a_file = data.parts_of(data.HELD_OUT, 50, seed=3)
    assert [len(part["point"]) for part in of_a_file.values()] == [25, 5, 20]


def test_both_samples_are_of_one_calorimeter_and_beam():
    """Their tables for carbon were made twice: the second time by `reproductions.ecal_gan.carbon`."""
    one, (other,) = hdf5.attributes(data.SAMPLE), hdf5.attributes(data.HELD_OUT)["origins"]
    beside = {"events", "seed", "command", "cpu_seconds", "date"}
    assert one["seed"] != other["seed"]
    assert all(other[name] == one[name] for name in one.keys() - beside)
    values = [observables.observables(data.load(path)) for path in (data.SAMPLE, data.HELD_OUT)]
    for name in observables.OBSERVABLES:
        assert ks_2samp(values[0][name], values[1][name]).pvalue > 1e-4


def test_a_mirrored_shower_lies_where_its_mirrored_track_points(showers):
    made = data.mirrored(showers, np.random.default_rng(1))
    cells = np.arange(30) - 14.5
    for axis in (0, 1):
        turned = made["momentum"][:, axis] != showers["momentum"][:, axis]
        assert 0.3 < turned.mean() < 0.7
        sign = np.where(turned, -1, 1)
        np.testing.assert_array_equal(made["point"][:, axis], sign * showers["point"][:, axis])
        centres = [one["energy"].sum(axis=2 - axis) @ cells for one in (made, showers)]
        np.testing.assert_allclose(centres[0], sign * centres[1], rtol=1e-3, atol=1)
    np.testing.assert_array_equal(made["momentum"][:, 2], showers["momentum"][:, 2])
    np.testing.assert_allclose(made["energy"].sum((1, 2)), showers["energy"].sum((1, 2)), rtol=1e-5)


def test_packing_keeps_energies_to_two_per_mille(showers, tmp_path, monkeypatch):
    hdf5.write(tmp_path / "all.h5", arrays(showers), {"seed": 5})
    arguments = [str(tmp_path / "all.h5"), "--out", str(tmp_path / "small.h5"), "--events", "4"]
    monkeypatch.setattr("sys.argv", ["data", *arguments])
    data.main()
    np.testing.assert_allclose(data.load(tmp_path / "small.h5")["energy"], showers["energy"][:4], rtol=2.0**-9)
    with h5py.File(tmp_path / "small.h5") as file:
        assert file.attrs["seed"] == 5
        assert file.attrs["packed"].startswith("first 4 showers of all.h5")
    arguments[2] = str(tmp_path / "held_out.h5")
    digits = "5" * 64
    monkeypatch.setattr("sys.argv", ["data", *arguments, "--held-out-of", digits, "--split-seed", "7"])
    data.main()
    for of, seed, whether in ((digits, 7, True), (digits, 1, False), ("6" * 64, 7, False)):
        card = {"data": {"sha256": of}, "training": {"seed": seed}}
        assert sample_held_out.belongs(tmp_path / "held_out.h5", card) == whether
