import json
import math
from types import SimpleNamespace

import matplotlib.image
import numpy as np
import pytest

from reproductions.calogan import data, evaluate, observables
from reproductions.calogan.config import Config
from reproductions.calogan.published import load
from zoo.data import distributions
from zoo.errors import InputError

FIGURES = ("correlations", "histograms", "mean_images", "nearest_neighbours", "overview", "response")


def toy(n: int, energy: np.ndarray, seed: int, width: float = 1.5) -> dict[str, np.ndarray]:
    """Something like showers: Gaussian blobs with 12, 80 and 8 % of the energy and noise from cell to cell."""
    rng = np.random.default_rng(seed)
    layers = {}
    for (layer, (rows, columns)), share in zip(data.SHAPES.items(), (0.12, 0.8, 0.08), strict=True):
        x, y = (np.arange(size) + 0.5 - size / 2 for size in (rows, columns))
        blob = np.exp(-(x[:, None] ** 2 + y**2) / (2 * width**2))
        cells = rng.gamma(0.5, 2, (n, rows, columns)) * 1000 * energy[:, None, None] * share * blob / blob.sum()
        layers[layer] = np.where(cells > 0.1, cells, 0).astype(np.float32)
    return layers


def showers(n: int, seed: int) -> dict[str, np.ndarray]:
    energy = np.random.default_rng(seed).uniform(1, 100, n).astype(np.float32)
    return {"energy": energy, **toy(n, energy, seed)}


@pytest.fixture(autouse=True, scope="module")
def one_seed():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evaluate, "SEEDS", 1)
        yield


@pytest.fixture(scope="module")
def splits():
    return {"train": showers(300, 1), "validation": showers(50, 2), "test": showers(150, 3)}


@pytest.fixture(scope="module")
def evaluated(splits, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs")
    beyond = {"energy": np.repeat(np.float32([120, 150]), 40)}
    beyond |= toy(80, beyond["energy"], 5)
    return out, evaluate.judge(toy, {**splits, "beyond": beyond}, "gamma", out, seed=4, events=400)


def test_energies_of_the_training_are_asked_for_once_while_they_last(splits, tmp_path):
    asked = []

    def stop(n, energy, seed):
        asked.append(energy)
        raise InputError("seen enough")

    for events in (300, 310):
        with pytest.raises(InputError, match="seen enough"):
            evaluate.judge(stop, splits, "gamma", tmp_path, seed=0, events=events)
    np.testing.assert_array_equal(np.sort(asked[0]), np.sort(splits["train"]["energy"]))
    assert set(asked[1]) < set(asked[0])


def test_score_tells_samples_apart():
    reference = showers(2000, 1)
    same = observables.score(showers(2000, 2), reference)
    narrow = observables.score(toy(2000, reference["energy"], 2, width=1.2), reference)
    assert observables.score(reference, reference).value == 0
    assert same.value < 0.02
    assert narrow.value > same.value + 5 * narrow.uncertainty


def test_score_of_a_generator_that_gives_nothing():
    reference = showers(100, 1)
    nothing = {layer: np.zeros_like(reference[layer]) for layer in data.SHAPES}
    assert 0.5 < observables.score(nothing, reference).value <= 1
    diverged = {layer: np.full_like(reference[layer], np.nan) for layer in data.SHAPES}
    assert 0.5 < observables.score(diverged, reference).value <= 1


def test_histograms_count_every_shower_whose_observable_is_in_range():
    counts = observables.histograms(showers(200, 1))
    assert list(counts) == list(load())
    assert all(len(counts[name]) == len(observable.edges) - 1 for name, observable in load().items())
    assert counts["fraction_layer_1"].sum() == 200
    np.testing.assert_array_equal(counts["depth"], [0, 0, 200])


def test_what_is_written(evaluated):
    out, metrics = evaluated
    written = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
    assert written == {"metrics.json", "distributions.h5", *(f"figures/{name}.png" for name in FIGURES)}
    assert json.loads((out / "metrics.json").read_text()) == metrics
    for name in FIGURES:
        assert matplotlib.image.imread(out / "figures" / f"{name}.png").std() > 0.02


def test_metrics_of_a_perfect_generator(evaluated):
    _, metrics = evaluated
    assert metrics["events"] == {"generated": 400, "reference": 150, "training": 300}
    mean = metrics["mean"]["gan_geant4"]
    assert abs(mean["value"] - mean["floor"]) < 3 * mean["uncertainty"]
    for test in metrics["classifier_auc"].values():
        for area in (test["auc"], test["null"]):
            assert abs(area["value"] - 0.5) < 4 * area["uncertainty"]
        assert abs(test["pull"]) < 4
    for key in ("to_training", "to_own"):
        ratio = metrics["nearest_neighbours"][key]
        assert abs(ratio["value"] - 1) < 4 * ratio["uncertainty"]
    for point in metrics["response"]:
        assert point["reference"] is not None
        assert abs(point["generated"]["mean"]["value"] - 1) < 5 * point["generated"]["mean"]["uncertainty"]
    for pair in metrics["correlations"].values():
        spread = math.hypot(*(pair[source]["uncertainty"] for source in ("generated", "reference")))
        assert abs(pair["generated"]["value"] - pair["reference"]["value"]) < 5 * spread


def test_at_fixed_energy_a_perfect_generator_is_at_the_floors(evaluated):
    _, metrics = evaluated
    rows = metrics["slices"]["energy"]
    assert [(row["low"], row["high"]) for row in rows] == [(1, 10), (10, 30), (30, 60), (60, 100)]
    assert sum(row["events"]["generated"] for row in rows) == 400
    last = rows[-1]
    pulls = [one["mean_pull"] for one in last["observables"].values()]
    assert {"response", "e_layer_0", "sparsity_layer_0", "shower_depth"} <= set(last["observables"])
    assert np.abs(pulls).max() < 4
    found = last["correlations"]
    assert abs(found["mean"]["value"] - found["mean_floor"]["value"]) < 5 * found["mean_floor"]["uncertainty"]
    for source in ("generated", "reference"):
        assert last["response"][source]["mean"]["value"] == pytest.approx(1, abs=0.1)
        assert last["response"][source]["core"]["value"] > 0.05
    assert "60 to 100, " in evaluate.format_table(metrics)


def test_beyond_the_training_a_perfect_generator_is_at_the_floor(evaluated):
    _, metrics = evaluated
    assert list(metrics["beyond"]) == ["120", "150"]
    for row in metrics["beyond"].values():
        assert row["events"] == {"generated": 300, "reference": 40}
        assert row["mean"]["value"] < 1.5 * row["floor"]
        ours, true = (row["response"][source] for source in ("generated", "reference"))
        assert abs(ours["value"] - true["value"]) < 4 * math.hypot(ours["uncertainty"], true["uncertainty"])
    assert "150 GeV, outside the training, 40 Geant4 showers" in evaluate.format_table(metrics)


def test_beyond_the_training_a_response_that_is_off_is_found(splits):
    beyond = {"energy": np.full(40, 120, np.float32)}
    beyond |= toy(40, beyond["energy"], 5)

    def weak(n, energy, seed):
        return {layer: 0.9 * values for layer, values in toy(n, energy, seed).items()}

    row = evaluate._beyond(weak, beyond, seed=1)["120"]
    assert row["observables"]["response"].value > 2 * row["floor"]
    assert row["response"]["generated"].value < 0.95 < row["response"]["reference"].value


def test_walks_tell_a_shower_that_follows_its_energy_from_one_that_jumps():
    rng = np.random.default_rng(1)
    noise = {name: rng.uniform(size=(evaluate.WALKS, *shape)) for name, shape in data.SHAPES.items()}

    def follows(n, energy, seed):
        return {name: 1000 * energy[:, None, None] * image ** (1 + energy[0] / 1000) for name, image in noise.items()}

    def jumps(n, energy, seed):
        return {name: 1000 * energy[:, None, None] * rng.uniform(size=image.shape) for name, image in noise.items()}

    def jumps_once(n, energy, seed):
        return {name: 1000 * energy[:, None, None] * np.roll(image, energy[0] > 50, 0) for name, image in noise.items()}

    smooth, rough, once = (evaluate._walk(sample, 1) for sample in (follows, jumps, jumps_once))
    assert smooth["largest"] < 0.01
    assert rough["mean"].value == pytest.approx(1.0, abs=0.01)
    assert once["mean"].value == pytest.approx(0.01, abs=0.001)  # one step of a hundred
    assert once["largest"] > 0.9


def test_cells_of_the_mean_shower_are_counted_that_have_its_energy():
    rng = np.random.default_rng(1)
    test = {name: rng.exponential(size=(400, *shape)) for name, shape in data.SHAPES.items()}
    found = evaluate._mean_cells({**test, "layer_1": 3 * test["layer_1"]}, test)
    assert found == {"alike": pytest.approx(1 - 144 / 504), "halves": 1.0}
    nothing = {name: np.zeros_like(images) for name, images in test.items()}
    assert evaluate._mean_cells(nothing, test)["alike"] == 0.0


def test_energies_are_those_that_are_asked_for_where_they_are_given(splits, tmp_path):
    def stop(n, energy, seed):
        raise InputError(f"{energy.min():g} to {energy.max():g}")

    with pytest.raises(InputError, match="^42 to 42$"):
        evaluate.judge(stop, {**splits, "asked": {"energy": np.full(10, 42.0)}}, "gamma", tmp_path, seed=0, events=20)


def test_the_published_gan_is_compared_too(evaluated):
    _, metrics = evaluated
    assert metrics["mean"]["published_gan_published_geant4"]["value"] == pytest.approx(0.0867, abs=1e-4)
    # toy showers are no photons
    assert metrics["mean"]["geant4_published_geant4"]["value"] > 0.3


def test_distributions_are_the_histograms(evaluated, splits):
    out, _ = evaluated
    saved = distributions.read(out / "distributions.h5")
    for name, expected in observables.histograms(splits["test"]).items():
        np.testing.assert_array_equal(saved.reference[name], expected)
    assert saved.generated["fraction_layer_1"].sum() == 400


def test_the_same_seed_gives_the_same_distributions(evaluated, splits):
    out, _ = evaluated
    energy = np.random.default_rng(4).choice(splits["train"]["energy"], 400)
    again = observables.histograms(toy(400, energy, 4))
    saved = distributions.read(out / "distributions.h5")
    np.testing.assert_array_equal(saved.conditions["energy"], energy)
    assert all((saved.generated[name] == again[name]).all() for name in again)


def test_table(evaluated):
    _, metrics = evaluated
    table = evaluate.format_table(metrics)
    assert max(map(len, table.splitlines())) <= 120
    row = next(line for line in table.splitlines() if line.startswith("mean "))
    mean = metrics["mean"]["gan_geant4"]
    assert f"{mean['value']:.4f} ± {mean['uncertainty']:.4f}" in row
    assert "0.0867 ± 0.00" in row
    assert all(name in table for name in load())


def test_a_copying_generator_is_found_out(splits, tmp_path, monkeypatch):
    monkeypatch.setattr(evaluate, "_draw", lambda *args: None)  # most of the time, and no part of the question
    train = splits["train"]

    def copy(n, energy, seed):
        nearest = np.abs(train["energy"] - energy[:, None]).argmin(axis=1)
        return {layer: train[layer][nearest] for layer in data.SHAPES}

    metrics = evaluate.judge(copy, splits, "piplus", tmp_path, seed=0, events=100)
    assert metrics["nearest_neighbours"]["to_training"]["value"] < 0.1


def test_a_generator_that_gives_nothing_gets_a_table(splits, tmp_path):
    def nothing(n, energy, seed):
        return {layer: np.zeros((n, *shape), np.float32) for layer, shape in data.SHAPES.items()}

    metrics = evaluate.judge(nothing, splits, "eplus", tmp_path, seed=0, events=60)
    width = metrics["histograms"]["lateral_width_layer_1"]
    assert width["gan_geant4"]["value"] == 1
    assert width["wasserstein"]["value"] is None
    assert metrics["correlations"]["E E_0"]["generated"]["value"] is None
    assert " - " in evaluate.format_table(metrics)


def test_bad_input_is_said_and_nothing_written(splits, tmp_path):
    small = {name: data.take(part, slice(5)) for name, part in splits.items()}
    out = tmp_path / "out"
    for sample, parts, particle, message in (
        (toy, splits, "muon", "no particle 'muon'"),
        (toy, small, "gamma", "expected at least 10"),
    ):
        with pytest.raises(InputError, match=message):
            evaluate.judge(sample, parts, particle, out, seed=0, events=20)
    assert not out.exists()


def test_ways_to_teach_are_compared_by_what_is_off():
    """Showers that are too narrow, and as a whole louder or softer, which correlates the energies of the layers."""
    parts = {"validation": showers(400, 1), "test": showers(400, 2)}

    def sample(n, seed, energy):
        gain = np.random.default_rng(seed).lognormal(0, 1.0, (n, 1, 1))
        return {name: gain * image for name, image in toy(n, energy, seed, width=1.2).items()}

    found = evaluate.compared(SimpleNamespace(conditions=["energy"], sample=sample), parts, Config(seed=5))
    assert len(found) == 10
    for name in list(found)[:5]:
        ours, truth = found[name], found[f"Geant4: {name}"]
        assert ours.value > truth.value + 2 * math.hypot(ours.uncertainty, truth.uncertainty), name
    for name in ("shapes", "cells"):
        assert found[f"Geant4: AUC of {name}"].value == pytest.approx(0.5, abs=0.1)


def test_the_layout_of_the_room_can_be_compared():
    found = evaluate.layout(str(data.SAMPLE / "eplus.h5"), {})
    assert found.cells.shape == (found.events, 504)
    assert np.median(found.observables["response"]) == pytest.approx(0.995, abs=0.01)
    assert set(found.conditions) == {"energy"}
    assert "fraction_layer_0_log" not in found.observables
    with pytest.raises(InputError, match="no such file"):
        evaluate.layout("nothing.h5", {})
