import json

import matplotlib.image
import numpy as np
import pytest
from scipy.stats import norm

from reproductions.rich_gan import data, evaluate, observables, simulate
from reproductions.rich_gan.config import Config
from reproductions.rich_gan.constants import DLLS
from reproductions.rich_gan.room import ROOM
from tests.fakes.generator import Fake
from zoo.data import distributions
from zoo.metrics import Measurement

FIGURES = {"overview", "regions", "separation", *(f"ratio_{name}" for name in DLLS)}


@pytest.fixture(scope="module")
def parts(kaons):
    """All of the embedded tracks are held out or trained on."""
    return {"train": data.take(kaons, slice(4000)), "test": data.take(kaons, slice(4000, 8000))}


def another(tracks, kaons):
    """A perfect generator: for each track the DLLs of another one of nearly the same momentum."""
    order = np.argsort(kaons["P"])
    place = np.clip(np.searchsorted(kaons["P"][order], tracks["P"]) + 1, 0, len(order) - 1)
    return {name: kaons[name][order[place]] for name in DLLS}


@pytest.fixture
def sample(kaons):
    return lambda n, seed, batch_size, **asked: another(asked, kaons)


@pytest.fixture
def evaluated(sample, parts, pions, tmp_path, monkeypatch):
    monkeypatch.setattr(evaluate, "JUDGED", 500)
    monkeypatch.setattr(evaluate, "SAVED", 300)
    monkeypatch.setattr(evaluate, "SEEDS", 1)
    monkeypatch.setattr(evaluate, "RESAMPLINGS", 2)
    return tmp_path / "out", evaluate.evaluate(Fake(sample), parts, Config(), tmp_path / "out", seed=0)


def test_what_is_written(evaluated, parts):
    out, metrics = evaluated
    written = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
    assert written == {"metrics.json", "distributions.h5", *(f"figures/{name}.png" for name in FIGURES)}
    assert json.loads((out / "metrics.json").read_text()) == metrics
    for name in FIGURES:
        assert matplotlib.image.imread(out / "figures" / f"{name}.png").std() > 0.02
    saved = distributions.read(out / "distributions.h5")
    assert set(saved.conditions) == {"P", "eta", "nspdhits"}
    for name, counts in observables.histograms(parts["test"]).items():
        np.testing.assert_array_equal(saved.reference[name], counts)
    assert sum(counts.sum() for counts in saved.generated.values()) == 5 * 300
    table = evaluate.format_table(metrics)
    assert f"{metrics['classifier_auc']['auc']['value']:.4f} ± " in table
    assert f"held out against held out {metrics['classifier_auc']['null']['value']:.4f} ± " in table
    assert "95 % quantile of 100 projections" in table
    assert [len(metrics["at"][name]) for name in ("P", "eta", "nspdhits")] == [evaluate.SLICES] * 3
    assert "  nspdhits " in table
    assert "published, muons    0.0039    0.0053    0.0096    0.0183    0.0346    0.0637    0.1096" in table


def test_what_fails_at_one_momentum_is_in_its_slice(parts, sample):
    test = parts["test"]
    generated = evaluate.sampled(sample, test, 0)
    fast = test["P"] > np.quantile(test["P"], 1 - 1 / evaluate.SLICES)
    generated["RichDLLk"] = np.where(fast & data.informed(generated), generated["RichDLLk"] + 20, generated["RichDLLk"])
    pulls = [row["observables"]["RichDLLk"]["mean_pull"] for row in evaluate.fixed_condition(generated, test, 0)["P"]]
    assert max(map(abs, pulls[:-1])) < 4 < 10 < pulls[-1]
    assert evaluate.fixed_condition({**generated, "weight": generated["weight"] / 2}, test, 0) == {}


def test_ratios_of_a_shifted_sample_are_known(random):
    """DLLs of N(0, 1), generated ones of N(0.1, 1): at the median the efficiency is Phi(0.1) for 1/2."""
    number = 40_000
    tracks = {name: random.uniform(1, 2, number).astype(np.float32) for name in ("P", "eta", "nspdhits")}
    tracks["weight"] = np.ones(number, np.float32)
    reference = tracks | {name: random.normal(size=number).astype(np.float32) for name in DLLS}
    generated = tracks | {name: random.normal(0.1, 1, number).astype(np.float32) for name in DLLS}
    found = evaluate.ratios(generated, reference)
    for level in evaluate.LEVELS:
        cells = [m for one in found.values() for feature in one.values() for m in feature["q"][str(level)]]
        assert len(cells) == 5 * 4 * 10
        expected = norm.sf(norm.ppf(level) - 0.1) / (1 - level)
        pulls = [(m.value - expected) / m.uncertainty for m in cells]
        assert abs(np.mean(pulls)) < 0.3
        # the thresholds are quantiles of the reference: its efficiency does not fluctuate, and pulls are smaller than 1
        assert 0.5 < np.std(pulls) < 1.2
    mean = evaluate.summary(found)
    assert mean["0.5"]["value"] == pytest.approx(norm.cdf(0.1) * 2 - 1, rel=0.2)
    nothing = evaluate.summary(evaluate.ratios(reference, reference))
    assert all(nothing[str(level)]["value"] < 1e-12 for level in evaluate.LEVELS)


def test_no_information_is_no_number(random):
    """A tenth of the tracks at -999: as a threshold of the 5 % quantile all pass it, whatever the others do."""
    number = 20_000
    tracks = {name: random.uniform(1, 2, number).astype(np.float32) for name in ("P", "eta", "nspdhits")}
    tracks["weight"] = np.ones(number, np.float32)
    there = random.uniform(size=number) > 0.1

    def dlls(shift):
        return {name: np.where(there, random.normal(shift, 1, number), -999).astype(np.float32) for name in DLLS}

    reference, shifted = tracks | dlls(0), tracks | dlls(-0.3)
    cells = evaluate.ratios(shifted, reference)["RichDLLk"]["P"]["q"]["0.05"]
    expected = norm.sf(norm.ppf(0.05) + 0.3) / 0.95
    assert np.mean([m.value for m in cells]) == pytest.approx(expected, abs=0.01)
    # a projection in units of the spread that -999 makes would be one of "no information" against all others
    few = {name: data.take(one, slice(2000)) for name, one in (("g", shifted), ("r", reference))}
    distance = evaluate.kolmogorov(few["g"], few["r"], seed=1)["projections"]
    assert distance["quantile"].value > distance["quantile_floor"].value + 0.05


def test_the_uncertainty_of_the_mean_ratio_is_its_spread_over_samples(random, monkeypatch):
    monkeypatch.setattr(evaluate, "RESAMPLINGS", 10)
    found = []
    for seed in range(8):
        tracks = {name: random.uniform(1, 2, 4000).astype(np.float32) for name in ("P", "eta", "nspdhits")}
        tracks["weight"] = np.ones(4000, np.float32)
        one = {name: random.normal(size=4000).astype(np.float32) for name in DLLS[:1]}  # five times the same DLL
        other = random.normal(0.5, 1, 4000).astype(np.float32)
        generated, reference = (tracks | dict.fromkeys(DLLS, values) for values in (other, one[DLLS[0]]))
        ratio = evaluate.ratios(generated, reference)
        found.append(evaluate.resampled(generated, reference, ratio, seed)["0.5"])
    spread = np.std([one["value"] for one in found], ddof=1)
    assert 0.5 < np.mean([one["uncertainty"] for one in found]) / spread < 2


def test_weights_count_as_tracks(kaons):
    """Twice the same tracks with half the weight have the same efficiencies."""
    generated = kaons | {name: kaons[name] + 1 for name in DLLS}
    doubled = {name: np.tile(values, 2) for name, values in generated.items()}
    doubled["weight"] /= 2
    one, two = (evaluate._efficiency_ratios(tracks, kaons, "RichDLLk") for tracks in (generated, doubled))
    np.testing.assert_allclose([m.value for m in two], [m.value for m in one], rtol=1e-6)
    background = {name: np.concatenate([values, values[:2000]]) for name, values in generated.items()}
    background["RichDLLk"][-2000:] = 500.0
    cancelled = {name: np.concatenate([values, values[-2000:]]) for name, values in background.items()}
    cancelled["weight"][-2000:] = -1
    three = evaluate._efficiency_ratios(cancelled, kaons, "RichDLLk")
    np.testing.assert_allclose([m.value for m in three], [m.value for m in one], rtol=1e-6)


def test_a_worse_separation_is_seen(kaons, pions):
    worse = kaons | {"RichDLLk": kaons["RichDLLk"] - 10}
    found = evaluate.separations(worse, kaons, "kaon", seed=0)
    values = [m.value for row in found["difference"] for m in row if not np.isnan(m.value)]
    assert len(values) > 20
    assert np.mean(values) < -0.05
    assert found["mean"]["value"] == pytest.approx(np.mean(np.abs(values)))
    without = np.sort(np.abs(values))[:-1]
    assert found["mean_without_largest"]["value"] == pytest.approx(np.mean(without))
    same = evaluate.separations(kaons, kaons, "kaon", seed=0)
    assert same["mean"]["value"] == 0
    assert evaluate.separations(kaons, kaons, "pion", seed=0) is None


def test_the_classifier_sees_broken_ties(kaons, monkeypatch):
    monkeypatch.setattr(evaluate, "SEEDS", 1)
    rng = np.random.default_rng(1)
    blurred = kaons | {name: kaons[name] + rng.normal(0, 0.3, 8000).astype(np.float32) for name in DLLS}
    found = evaluate.classifier(blurred, kaons, seed=1)
    assert found["pull"] > 5
    same = evaluate.classifier(kaons, kaons, seed=1)
    assert same["auc"] == same["null"]
    assert abs(same["auc"].value - 0.5) < 4 * same["auc"].uncertainty
    assert evaluate.ties(blurred)["k = p = bt"] == 0 < evaluate.ties(kaons)["k = p = bt"]


def test_the_score_is_least_for_the_truth(kaons, sample):
    same = kaons | another(kaons, kaons)
    worse = kaons | {name: kaons[name] * 2 for name in DLLS}
    assert observables.score(kaons, kaons) == pytest.approx(0, abs=1e-12)
    assert observables.score(same, kaons) < observables.score(worse, kaons)


def test_fresh_tracks_are_new(kaons, monkeypatch):
    asked = []

    def generate(*arguments):
        asked.append(arguments)
        return [data.take(kaons, slice(100)), data.take(kaons, slice(100, 300))]

    monkeypatch.setattr(simulate, "generate", generate)
    found = ROOM.fresh(Config(), 5)
    assert asked == [("kaon", 120_000, 5, "spectrum")]
    np.testing.assert_array_equal(found["test"]["P"], kaons["P"][:300])
    assert len(found["train"]["P"]) == 0


def test_an_undefined_area_is_no_number():
    few, many = np.arange(10.0), np.arange(100.0)
    assert np.isnan(evaluate._area_difference(few, many, many).value)
    assert evaluate._area_difference(many, many, many) == Measurement(0.0, pytest.approx(0.0408, rel=0.02))


def test_the_layout_of_the_room_can_be_compared(kaons_file, kaons):
    found = evaluate.layout(str(kaons_file), {})
    assert set(found.conditions) == {"P", "eta", "nspdhits"}
    share = 1 - found.observables["informed"].mean()
    assert 0 < share < 0.2
    assert np.isnan(found.observables["RichDLLk"]).mean() == pytest.approx(share)
