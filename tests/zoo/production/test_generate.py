"""Folders of a model's events: the sample of one file, whoever makes which part of it."""

import json

import h5py
import numpy as np
import pytest

import zoo
from zoo.__main__ import main
from zoo.data import hdf5
from zoo.errors import InputError
from zoo.production import formats

EVENTS = 700


def generate(out, *options, energy=("log:1:100",), events=EVENTS):
    main(["generate", "toy", "-n", str(events), "--seed", "3", "-o", str(out), "--energy", *energy, *options])


def read(path):
    with h5py.File(path) as file:
        return {name: dataset[:] for name, dataset in file.items()}


@pytest.fixture
def one(toy_weights, tmp_path):
    """The sample as one file."""
    generate(tmp_path / "one.h5")
    return read(tmp_path / "one.h5")


def assert_same(found, expected, **tolerance):
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, **{"rtol": 0, "atol": 0} | tolerance)


@pytest.mark.parametrize(
    ("per_file", "shards", "batch"), [(256, 1, 256), (100, 7, 32), (699, 2, 1024), (1000, 1, 1024)]
)
def test_the_folder_reads_as_the_file_of_the_same_seed(one, tmp_path, per_file, shards, batch):
    out = tmp_path / "out"
    for i in range(shards, 0, -1):
        assert not (out / "events.h5").exists()
        generate(out, "--events-per-file", str(per_file), "--shard", f"{i}/{shards}", "--batch-size", str(batch))
    found = read(out / "events.h5")
    np.testing.assert_array_equal(found["energy"], one["energy"])
    assert_same(found, one, rtol=1e-5, atol=1e-3)
    assert len(list(out.glob("events-*"))) == -(-EVENTS // per_file)


def test_batches_of_the_same_sizes_make_the_same_bits(one, tmp_path, capsys):
    generate(tmp_path / "one.h5", "--batch-size", "256", "--overwrite")
    generate(tmp_path / "out", "--batch-size", "256", "--events-per-file", "512")
    assert_same(read(tmp_path / "out" / "events.h5"), read(tmp_path / "one.h5"))
    assert capsys.readouterr().out.splitlines()[-1] == f"{tmp_path / 'out'}: 700 events"


def test_processes_beside_this_one_make_the_sample(one, tmp_path):
    pytest.importorskip("distributed")
    generate(tmp_path / "out", "--events-per-file", "350", "--jobs", "1")
    assert_same(read(tmp_path / "out" / "events.h5"), one, rtol=1e-5, atol=1e-3)
    main(["verify", str(tmp_path / "out")])


def test_the_manifest_says_what_the_events_depend_on(toy_weights, tmp_path):
    generate(tmp_path / "out", "--events-per-file", "400")
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    weights = json.loads((toy_weights / "card.json").read_text())["sha256"]["generator.keras"]
    assert manifest["plan"] == {
        "model": "toy",
        "version": 1,
        "weights": weights,
        "seed": 3,
        "conditions": {"energy": {"low": [1.0], "high": [100.0], "logarithmic": [True]}},
        "events": EVENTS,
        "events_per_file": 400,
        "format": "hdf5",
        "suffix": ".h5",
        "units": "energy GeV, layer_0 MeV, layer_1 MeV",
    }
    assert [(one["name"], one["first"], one["events"]) for one in manifest["files"]] == [
        ("events-00000.h5", 0, 400),
        ("events-00001.h5", 400, 300),
    ]
    with h5py.File(tmp_path / "out" / "events-00001.h5") as file:
        assert file.attrs["first_event"] == 400
    with h5py.File(tmp_path / "out" / "events.h5") as file:
        assert file.attrs["seed"] == 3
        assert "first_event" not in file.attrs


def test_a_file_that_goes_missing_reads_as_nan_and_is_made_again(toy_weights, tmp_path, capsys):
    out = tmp_path / "out"
    generate(out, "--events-per-file", "400")
    expected = read(out / "events.h5")
    (out / "events-00001.h5").unlink()
    assert np.isnan(read(out / "events.h5")["energy"][400:]).all()
    with pytest.raises(InputError, match="out: 1 faults, the command that made it makes what is missing or damaged"):
        main(["verify", str(out)])
    assert capsys.readouterr().out.splitlines()[-1] == f"{out / 'events-00001.h5'}: is missing"
    generate(out, "--events-per-file", "400")
    assert_same(read(out / "events.h5"), expected)
    main(["verify", str(out)])
    assert capsys.readouterr().out.splitlines()[-1] == f"{out}: 700 events, all as they were written"


@pytest.mark.parametrize("damage", [lambda path: path.unlink(), lambda path: path.write_bytes(b"no HDF5")])
def test_the_file_that_shows_all_others_is_verified_too(toy_weights, tmp_path, damage):
    out = tmp_path / "out"
    generate(out, "--events-per-file", "400")
    damage(out / "events.h5")
    with pytest.raises(InputError, match="out: 1 faults"):
        main(["verify", str(out)])
    generate(out, "--events-per-file", "400")
    main(["verify", str(out)])


def test_numbers_below_0_may_have_an_exponent(toy_weights, tmp_path):
    with pytest.raises(InputError, match="energy is -50 GeV, expected no negative number"):
        generate(tmp_path / "a.h5", energy=("-5e1",))


def test_another_model_is_refused(toy_weights, tmp_path):
    out = tmp_path / "out"
    generate(out, "--events-per-file", "400")
    card = json.loads((toy_weights / "card.json").read_text())
    card["sha256"]["generator.keras"] = "0" * 64
    (toy_weights / "card.json").write_text(json.dumps(card))
    (out / "events-00001.h5").unlink()
    with pytest.raises(InputError, match='out: holds events of weights "[0-9a-f]{64}", expected weights "0{64}", or'):
        generate(out, "--events-per-file", "400")


def test_a_model_that_changes_in_the_midst_is_refused(toy_weights, tmp_path):
    out = tmp_path / "out"
    generate(out, "--events-per-file", "400", "--shard", "1/2")
    (toy_weights / "generator.keras").write_bytes(b"another")
    from zoo.production.generate import _loaded

    _loaded.cache_clear()
    with pytest.raises(InputError, match="generator.keras: is not the file that its card describes"):
        generate(out, "--events-per-file", "400", "--shard", "2/2")
    assert not (out / "events-00001.h5").exists()


@pytest.mark.parametrize("suffix", ["h5", "parquet", "root"])
def test_particles_of_another_program_are_what_events_are_asked_to_be(toy_weights, tmp_path, suffix):
    energy = np.linspace(1, 100, EVENTS, dtype=np.float32)
    with formats.FORMATS[{"h5": "hdf5"}.get(suffix, suffix)].appending(tmp_path / f"in.{suffix}", {}) as append:
        append({"energy": energy, "other": energy[:, None] * [1, 2]})
    options = ["generate", "toy", "--conditions", str(tmp_path / f"in.{suffix}"), "--seed", "3"]
    main([*options, "-o", str(tmp_path / "out"), "--events-per-file", "300"])
    found = read(tmp_path / "out" / "events.h5")
    np.testing.assert_array_equal(found["energy"][:, 0], energy)
    expected = zoo.load("toy").sample(EVENTS, seed=3, energy=energy)
    np.testing.assert_allclose(found["layer_1"], expected["layer_1"], rtol=1e-5, atol=1e-3)
    main([*options, "-o", str(tmp_path / "one.h5"), "-n", "10"])
    np.testing.assert_array_equal(read(tmp_path / "one.h5")["energy"][:, 0], energy[:10])


def test_another_file_of_conditions_is_refused(toy_weights, tmp_path):
    for name, value in (("a.h5", 5), ("b.h5", 6)):
        hdf5.write(tmp_path / name, {"energy": np.full(10, value)}, {})
    options = ["generate", "toy", "-o", str(tmp_path / "out"), "--events-per-file", "5", "--conditions"]
    main([*options, str(tmp_path / "a.h5")])
    main([*options, str(tmp_path / "a.h5")])
    with pytest.raises(InputError, match=r'out: holds events of conditions \{"file": "a.h5"'):
        main([*options, str(tmp_path / "b.h5")])
    with pytest.raises(InputError, match=r"a.h5: all conditions are given already, expected one to read"):
        main([*options, str(tmp_path / "a.h5"), "--energy", "5"])


def test_without_conditions_their_flags_are_needed(toy_weights, tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["generate", "toy", "-o", str(tmp_path / "out")])
    assert "the following arguments are required: --energy, -n, or --conditions" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--jobs 2", "--jobs shares out files, expected --events-per-file with it"),
        ("--shard 1/2", "--shard shares out files, expected --events-per-file with it"),
        ("--events-per-file 0", "--events-per-file is 0, expected at least 1"),
        ("--events-per-file 9 --jobs 0", "--jobs is 0, expected at least 1"),
        ("--events-per-file 9 --shard 3/2", "--shard is 3/2, expected I/N with I from 1 to N"),
        ("--events-per-file 9 --shard 0/2", "--shard is 0/2, expected I/N"),
        ("--events-per-file 9 --shard two", "--shard is two, expected I/N"),
        ("--events-per-file 9 --overwrite", "--overwrite replaces a file, expected a new folder, or one to go on in"),
        ("--format csv", "--format is csv, expected hdf5"),
    ],
)
def test_nonsense_makes_no_folder(toy_weights, tmp_path, options, message):
    with pytest.raises(InputError, match=message):
        generate(tmp_path / "out", *options.split())
    assert not (tmp_path / "out").exists()
