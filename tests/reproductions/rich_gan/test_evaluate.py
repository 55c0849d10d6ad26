import json

import matplotlib.image
import numpy as np
import pytest

from reproductions.rich_gan import data, efficiencies, evaluate, observables, simulate
from reproductions.rich_gan.config import Config
from reproductions.rich_gan.constants import DLLS
from reproductions.rich_gan.headline import headline
from reproductions.rich_gan.room import ROOM
from tests.fakes.generator import Fake
from zoo.data import distributions
from zoo.errors import InputError
from zoo.headline import table
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
    monkeypatch.setattr(efficiencies, "RESAMPLINGS", 2)
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
    assert [row["events"]["reference"] for row in metrics["slices"]["P"]] == [1000] * 4  # all 4,000, not the rooms' few
    assert "Slices of nspdhits" in table
    assert "published, muons    0.0039    0.0053    0.0096    0.0183    0.0346    0.0637    0.1096" in table


def test_what_fails_at_one_momentum_is_in_its_slice(parts, sample):
    test = parts["test"]
    generated = evaluate.sampled(Fake(sample), test, 0)
    fast = test["P"] > np.quantile(test["P"], 0.75)
    generated["RichDLLk"] = np.where(fast & data.informed(generated), generated["RichDLLk"] + 20, generated["RichDLLk"])
    found = evaluate._by_room(generated, parts, 0)
    pulls = [row["observables"]["RichDLLk"]["mean_pull"] for row in found["slices"]["P"]]
    assert max(map(abs, pulls[:-1])) < 4 < 10 < pulls[-1]
    worst = max(found["measures"]["observables"].items(), key=lambda one: one[1]["ks"]["value"])
    assert worst[0] == "RichDLLk"


def test_weighted_tracks_are_not_judged_as_if_they_had_no_weights(
    parts, sample, pions, calibration_file, tmp_path, monkeypatch
):
    monkeypatch.setattr(evaluate, "SAVED", 300)
    monkeypatch.setattr(efficiencies, "RESAMPLINGS", 2)
    weighted = parts | {"test": parts["test"] | {"weight": parts["test"]["weight"] / 2}}
    metrics = evaluate.evaluate(Fake(sample), weighted, Config(), tmp_path / "out", seed=0)
    assert (metrics["classifier_auc"], metrics["measures"], metrics["slices"]) == (None, None, {})
    assert "weighted tracks: not judged by trees" in evaluate.format_table(metrics)
    line = table([{"name": "run", "headline": headline(Config(), metrics)}])
    assert f"largest weighted KS distance of a DLL: {max(metrics['ks'][name] for name in DLLS):.2g}" in line
    assert set(evaluate.compared(Fake(sample), weighted, Config())) == {
        f"|ratio - 1| at {level}" for level in ("5%", "25%", "75%", "95%")
    }
    with pytest.raises(InputError, match="has weights, which these measures do not know"):
        evaluate.layout(str(calibration_file), {})


def test_a_worse_separation_is_seen(kaons, pions):
    worse = kaons | {"RichDLLk": kaons["RichDLLk"] - 10}
    found = evaluate.separations(worse, kaons, "kaon")
    values = [m.value for row in found["difference"] for m in row if not np.isnan(m.value)]
    assert len(values) > 20
    assert np.mean(values) < -0.05
    assert found["mean"]["value"] == pytest.approx(np.mean(np.abs(values)))
    without = np.sort(np.abs(values))[:-1]
    assert found["mean_without_largest"]["value"] == pytest.approx(np.mean(without))
    same = evaluate.separations(kaons, kaons, "kaon")
    assert same["mean"]["value"] == 0
    assert evaluate.separations(kaons, kaons, "pion") is None


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
    np.testing.assert_array_equal(found["P"], kaons["P"][:300])


def test_an_undefined_area_is_no_number():
    few, many = ((np.arange(float(n)), np.ones(n)) for n in (10, 100))
    assert np.isnan(evaluate._area_difference(few, many, many[0]).value)
    assert evaluate._area_difference(many, many, many[0]) == Measurement(0.0, pytest.approx(0.0408, rel=0.02))


def test_background_whose_weights_cancel_makes_no_difference_of_areas():
    rng = np.random.default_rng(1)
    signal, background, pions = rng.normal(1, 1, 4000), rng.normal(-3, 1, 1000), rng.normal(0, 1, 5000)
    mixed = np.concatenate([signal, background, background])
    weight = np.repeat([1.0, 0.5, -0.5], [4000, 1000, 1000])
    found = evaluate._area_difference((mixed, weight), (signal, np.ones(4000)), pions)
    assert found.value == pytest.approx(0, abs=1e-9)
    assert abs(evaluate._area_difference((mixed, np.ones(6000)), (signal, np.ones(4000)), pions).value) > 0.1


def test_the_layout_of_the_room_can_be_compared(kaons_file, kaons):
    found = evaluate.layout(str(kaons_file), {})
    assert set(found.conditions) == {"P", "eta", "nspdhits"}
    share = 1 - found.observables["informed"].mean()
    assert 0 < share < 0.2
    assert np.isnan(found.observables["RichDLLk"]).mean() == pytest.approx(share)
