import h5py
import numpy as np
import pytest

from reproductions.ecal_gan import data
from zoo.data import hdf5
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


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("EnergyDeposit", lambda x: x / 1000, "median of deposit / energy is 0.00014.*must be in MeV"),
        ("ParticleMomentum", lambda x: x * [1, 1, -1], r"ParticleMomentum\[0, 2\] is -.* GeV, expected a positive pz"),
        ("EnergyDeposit", lambda x: x - 1, "EnergyDeposit.*"),
        ("ParticlePoint", lambda x: x * np.nan, "ParticlePoint.*"),
        ("EnergyDeposit", lambda x: x[:, :20], "EnergyDeposit.*"),
        ("ParticlePoint", lambda x: x[:4], "10.*4|4.*10"),
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
