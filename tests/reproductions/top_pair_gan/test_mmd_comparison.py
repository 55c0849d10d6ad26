import dataclasses
import json

import h5py
import numpy as np
import pytest

from reproductions.top_pair_gan import data, mmd_comparison, train
from zoo.errors import InputError
from zoo.training import runs

TINY = {"events": 500, "units": 4, "depth": 1, "batch_size": 16, "epochs": 1, "iterations_per_epoch": 2, "jit": False}


def configurations(folder, seeds=(1,), **changes):
    return [mmd_comparison.configurations(data.SAMPLE, folder, seed, **TINY | changes) for seed in seeds]


def test_the_ways_differ_in_nothing_but_the_masses(tmp_path):
    (configs,) = configurations(tmp_path)
    expected = {"kernel", "kernel_widths", "whole_truth", "lambda_mmd", "mapping", "out"}
    paper = dataclasses.asdict(configs["Breit-Wigner"])
    for config in configs.values():
        assert {name for name, value in dataclasses.asdict(config).items() if value != paper[name]} <= expected
    assert len({config.out for config in configs.values()}) == len(mmd_comparison.WAYS)
    assert configs["no MMD"].lambda_mmd == 0 != configs["Gaussian"].lambda_mmd


def test_all_ways_start_from_the_same_networks(tmp_path):
    (configs,) = configurations(tmp_path, learning_rate=1e-12, average=0.0)
    weights = [mmd_comparison.trained(configs[way]).model.get_weights() for way in ("no MMD", "Gaussian")]
    for one, other in zip(*weights, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-7)


def test_the_generator_is_that_of_the_last_epoch(tmp_path):
    (configs,) = configurations(tmp_path, epochs=2, learning_rate=0.1)
    generator = mmd_comparison.trained(configs["Gaussian"])
    with h5py.File(configs["Gaussian"].folder / runs.CHECKPOINT) as file:
        saved = []
        file.visititems(lambda name, item: saved.append(item[()]) if isinstance(item, h5py.Dataset) else None)
    for value in generator.model.get_weights():
        assert any(value.shape == one.shape and np.array_equal(value, one) for one in saved)


def test_a_comparison_is_drawn_printed_and_not_repeated(tmp_path, monkeypatch):
    ways = {name: mmd_comparison.WAYS[name] for name in ("Gaussian", "mapping, no MMD")}
    monkeypatch.setattr(mmd_comparison, "WAYS", ways)
    (configs, others) = configurations(tmp_path, seeds=(1, 2))
    drawn = {}
    draw = mmd_comparison.draw
    monkeypatch.setattr(mmd_comparison, "draw", lambda path, found: (drawn.update(found), draw(path, found)))
    peaks = mmd_comparison.compare([configs, others], tmp_path, events=200)
    assert (tmp_path / "peaks.png").stat().st_size > 10_000
    assert json.loads((tmp_path / "peaks.json").read_text()) == peaks
    assert list(peaks["m_t"]) == [*ways, "held out"]
    assert all(len(found) == 2 for found in peaks["m_t"].values())
    assert peaks["m_t"]["held out"][0]["median"]["value"] == pytest.approx(173, abs=0.5)
    assert peaks["m_wplus"]["mapping, no MMD"][1]["iqr"]["value"] < 10
    assert peaks["m_wplus"]["Gaussian"][1]["near"]["value"] < 0.3
    mean = np.mean([one["iqr"]["value"] for one in peaks["m_t"]["Gaussian"]])
    assert f"{mean:.3f} ± " in mmd_comparison.format_table(peaks)
    assert np.sum(drawn["m_wplus"]["held out"][0]) * 1.0 == pytest.approx(1, abs=0.02)  # bins of 1 GeV

    monkeypatch.setattr(train, "train", lambda config: pytest.fail("trains again"))
    assert mmd_comparison.compare([configs, others], tmp_path, events=200) == peaks


def test_interrupted_trainings_go_on_and_others_are_refused(tmp_path, assert_same_weights):
    (whole,) = configurations(tmp_path / "whole", epochs=2)
    mmd_comparison.trained(whole["Gaussian"])
    (half,) = configurations(tmp_path / "half")
    mmd_comparison.trained(half["Gaussian"])
    (rest,) = configurations(tmp_path / "half", epochs=2)
    mmd_comparison.trained(rest["Gaussian"])
    assert len(runs.read_history(rest["Gaussian"].folder)) == 2
    assert_same_weights(whole["Gaussian"].folder, rest["Gaussian"].folder)
    (other,) = configurations(tmp_path / "half", epochs=2, units=5)
    with pytest.raises(InputError, match="holds another training, expected that of this command"):
        mmd_comparison.trained(other["Gaussian"])
