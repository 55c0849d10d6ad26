import json

import numpy as np
import pytest

from reproductions.ecal_gan import data, evaluate, observables
from reproductions.ecal_gan.config import Config
from tests.fakes.generator import Fake
from zoo.data import distributions
from zoo.errors import InputError


@pytest.fixture(autouse=True, scope="module")
def one_seed():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evaluate, "SEEDS", 1)
        yield


@pytest.fixture(scope="module")
def parts(showers):
    return {
        "train": data.take(showers, slice(60)),
        "validation": data.take(showers, slice(60, 70)),
        "test": data.take(showers, slice(70, 200)),
    }


def sampler(energy):
    return lambda n, seed, **asked: {"energy": energy[:n]}


@pytest.fixture(scope="module")
def judged(parts, tmp_path_factory):
    """The truth judged against itself."""
    out = tmp_path_factory.mktemp("evaluation")
    return out, evaluate.evaluate(Fake(sampler(parts["test"]["energy"])), parts, Config(), out, seed=1)


def test_observables_are_in_cm_and_fractions(showers):
    found = observables.observables(showers)
    assert set(found) == set(observables.OBSERVABLES)
    assert np.median(found["width_trans"]) == pytest.approx(2.1, abs=0.3)  # a third of a Moliere radius or more
    assert np.median(found["width_long"]) > np.median(found["width_trans"])
    assert np.abs(np.median(found["delta_x"])) < 0.3
    one = {"energy": np.zeros((1, 30, 30)), "momentum": np.array([[0, 0, 10.0]]), "point": np.zeros((1, 2))}
    one["energy"][0, 15, 15] = 900
    one["energy"][0, 16, 15] = 500
    values = observables.observables(one)
    assert values["delta_x"][0] == pytest.approx(1 + 2 * 5 / 14)
    assert values["response"][0] == pytest.approx(0.14)
    assert values["occupancy"][0] == pytest.approx(2 / 900)


def test_truth_is_not_told_from_itself(judged):
    _, metrics = judged
    ours = metrics["generated"]
    assert all(distance["value"] == 0 for distance in ours["ks"].values())
    assert ours["mean"]["value"] == ours["occupancy"]["value"] == 0
    assert ours["prd_auc"] == ours["prd_auc_null"]
    for test in ("auc_shapes", "auc_cells"):  # what is compared are halves, so the truth is its own null
        assert ours[test]["auc"] == ours[test]["null"]
        assert abs(ours[test]["auc"]["value"] - 0.5) < 4 * ours[test]["auc"]["uncertainty"]
        assert ours[test]["pull"] == 0
    for rows in metrics["slices"].values():
        assert sum(row["events"]["reference"] for row in rows) == 130
        assert all(one["ks"]["value"] == one["pull"] == 0 for row in rows for one in row["observables"].values())
    for told in ("depth_x", "depth_y", "point_x", "azimuth"):
        both = metrics["conditions"]
        assert both["generated"][told] == both["reference"][told]
    assert metrics["published"]["asymmetry_trans"] == pytest.approx(0.116, abs=1e-3)


def test_showers_point_where_their_electrons_flew(judged):
    told = judged[1]["conditions"]["reference"]
    for axis in "xy":
        assert told[f"depth_{axis}"]["value"] == pytest.approx(105, abs=25)
        assert abs(told[f"point_{axis}"]["value"] - 1) < 4 * told[f"point_{axis}"]["uncertainty"]
    assert told["azimuth"]["value"] < 10


def test_faults_are_found(parts, tmp_path, monkeypatch):
    """Too little energy, and the showers of electrons that flew to the other side."""
    monkeypatch.setattr(evaluate, "_draw", lambda *_: None)
    wrong = 0.9 * parts["test"]["energy"][:, ::-1]
    metrics = evaluate.evaluate(Fake(sampler(wrong)), parts, Config(), tmp_path, seed=1)
    ours = metrics["generated"]
    assert ours["ks"]["response"]["value"] > 0.8
    assert ours["ks"]["delta_x"]["value"] > 3 * metrics["floor"]
    told = metrics["conditions"]
    assert told["generated"]["depth_x"]["value"] == pytest.approx(-told["reference"]["depth_x"]["value"], abs=20)
    expected = told["reference"]["depth_y"]["value"]
    assert told["generated"]["depth_y"]["value"] == pytest.approx(expected, rel=1e-3)
    assert ours["auc_shapes"]["auc"]["value"] > 0.9
    assert ours["auc_shapes"]["pull"] > 5
    assert ours["prd_auc"]["value"] < 0.5 < ours["prd_auc_null"]["value"]
    pulls = [row["observables"]["response"]["pull"] for row in metrics["slices"]["angle_degrees"][:3]]
    assert min(pulls) > 3
    row = metrics["response"]
    for one, other in zip(row["generated"], row["reference"], strict=True):
        if other["mean"]["value"]:
            assert one["mean"]["value"] == pytest.approx(0.9 * other["mean"]["value"])
            assert one["resolution"]["value"] == pytest.approx(other["resolution"]["value"])


def test_the_floor_is_the_mean_distance_of_equal_parents(random):
    n, m = 300, 200
    found = []
    for _ in range(300):
        both = np.argsort(random.uniform(size=n + m)) < n
        found.append(np.abs(np.cumsum(both) / n - np.cumsum(~both) / m).max())
    assert np.mean(found) == pytest.approx(evaluate.kolmogorov_smirnov_floor(n, m), rel=0.1)


def test_files_hold_the_metrics_the_distributions_and_the_figures(judged, parts):
    out, metrics = judged
    assert json.loads((out / "metrics.json").read_text()) == metrics
    names = {"overview", "shapes", "showers", "mean_images", "sparsity", "response"}
    assert {path.name for path in (out / "figures").iterdir()} == {f"{name}.png" for name in names}
    saved = distributions.read(out / "distributions.h5")
    for name, content in observables.histograms(parts["test"]).items():
        np.testing.assert_array_equal(saved.generated[name], content)
        np.testing.assert_array_equal(saved.reference[name], content)
    np.testing.assert_allclose(saved.conditions["momentum"], parts["test"]["momentum"])
    assert (saved.attributes["seed"], saved.attributes["generated"]) == (1, 130)
    text = evaluate.format_table(metrics)
    for word in ("width_trans", "shower library", "0.116", "PRD-AUC", "Slices of angle degrees", "azimuth", "MB"):
        assert word in text


def test_score_is_zero_for_equal_and_large_for_empty_showers(parts):
    test = parts["test"]
    assert observables.score(test, test).value == 0
    assert observables.score(test | {"energy": 0 * test["energy"]}, test).value > 0.9


def test_few_showers_are_refused_and_leave_nothing(parts, tmp_path):
    few = {**parts, "test": data.take(parts["test"], slice(20))}
    with pytest.raises(InputError, match="20 showers are held out, expected at least 50"):
        evaluate.evaluate(Fake(sampler(parts["test"]["energy"])), few, Config(), tmp_path, seed=1)
    assert list(tmp_path.iterdir()) == []


def test_the_network_on_cells_sees_what_was_asked_for(parts, tmp_path, monkeypatch):
    """And no shower's conditions are those of one of the other kind."""
    monkeypatch.setattr(evaluate, "_draw", lambda *_: None)
    seen = []
    original = evaluate.classifier_test
    monkeypatch.setattr(evaluate, "classifier_test", lambda *a, **o: seen.append(a) or original(*a, **o))
    evaluate.evaluate(Fake(sampler(parts["test"]["energy"][::-1])), parts, Config(), tmp_path, seed=1)
    for x, y, truth in seen[1::2]:
        assert x.shape[1] == y.shape[1] == 905
        np.testing.assert_array_equal(x[:, -5:], truth[:, -5:])
        assert not set(map(tuple, x[:, -5:])) & set(map(tuple, y[:, -5:]))


def test_the_layout_of_the_room_can_be_compared():
    found = evaluate.layout(str(data.SAMPLE), {})
    assert found.cells.shape == (1600, 900)
    assert set(found.observables) == set(evaluate.OBSERVABLES)
    assert np.exp(found.conditions["log_momentum"].min()) == pytest.approx(1, abs=0.1)
