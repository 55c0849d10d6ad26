import json

import keras
import matplotlib.image
import numpy as np
import pytest

from reproductions.tpc_gan import data, evaluate, observables
from reproductions.tpc_gan.config import Config
from reproductions.tpc_gan.simulate import draw_parameters, simulate
from zoo.data import distributions
from zoo.errors import InputError
from zoo.generator import Generator

FIGURES = ("amplitudes", "examples", "overview", "profiles", "resolution")


@pytest.fixture(scope="module")
def events():
    return data.load(data.SAMPLE)


@pytest.fixture(scope="module")
def again(events):
    """Other responses to the same segments: a perfect generator's."""
    return {**events, "amplitude": simulate(events["parameters"], 11)}


def test_the_score_has_950_terms_and_vanishes_for_equal_samples(events):
    terms = observables.profile_terms(events, events)
    assert np.isfinite(terms).sum() == 950
    assert observables.score(events, events) < 1e-12


def test_a_term_as_by_hand(events, again):
    x, other = (observables.variables(one["parameters"])["dip_angle"] for one in (events, again))
    edges = np.linspace(min(x.min(), other.min()), max(x.max(), other.max()), 20)
    bands = []
    for one in (events, again):
        y = observables.observed(one)["time_variance"][(x >= edges[4]) & (x < edges[5])]
        n = len(y)
        fourth = np.mean((y - y.mean()) ** 4)
        squared = y.var() / (n - 1) + (fourth - y.var() ** 2) / n / (4 * y.var())
        bands.append((y.mean() - y.std(), squared))
    (a, da), (b, db) = bands
    expected = (a - b) ** 2 / (da + db)
    assert observables.profile_terms(events, again)[3, 1, 4, 1] == pytest.approx(expected, rel=1e-3)


def test_the_score_of_independent_real_samples_is_about_its_terms():
    one, two = (draw_parameters(1500, seed) for seed in (3, 4))
    sets = [{"parameters": p, "amplitude": simulate(p, seed)} for seed, p in enumerate((one, two))]
    assert 750 < observables.score(*sets) < 1250


def test_the_score_notices_a_shift(events, again):
    moved = {**again, "amplitude": np.roll(again["amplitude"], 1, axis=2)}
    assert observables.score(again, events) < 950
    assert observables.score(moved, events) > 5000


def test_bands_of_known_numbers(random):
    x = np.repeat([0.5, 1.5], 50_000)
    values = np.where(x < 1, 3, -1) + np.where(x < 1, 0.5, 2) * random.normal(size=100_000)
    values[7] = np.nan
    mean, std, mean_error, std_error = observables.bands(x, values, np.array([0.0, 1, 2, 3]))
    np.testing.assert_allclose(mean[:2], [3, -1], atol=0.05)
    np.testing.assert_allclose(std[:2], [0.5, 2], rtol=0.02)
    np.testing.assert_allclose(mean_error[:2], std[:2] / np.sqrt(50_000), rtol=1e-3)
    np.testing.assert_allclose(std_error[:2], std[:2] / np.sqrt(100_000), rtol=0.05)  # of a normal distribution
    assert np.isnan(mean[2])


def test_histograms_count_every_response(events):
    columns = {"amplitude": events["amplitude"], **data.conditions(events["parameters"])}
    counts = observables.histograms(columns)
    assert set(counts) == set(observables.EDGES)
    assert all(content.sum() == 2000 for content in counts.values())
    for name, content in counts.items():
        assert content.max() < 700, name
        assert content[0] + content[-1] < 200, name
    columns["amplitude"] = np.zeros_like(events["amplitude"])
    empty = observables.histograms(columns)
    assert empty["pad_residual"].sum() == 0
    assert empty["digits"][0] == 2000


def test_a_network_tells_what_differs_from_what_does_not(events, again, monkeypatch):
    monkeypatch.setattr(evaluate, "CNN_EPOCHS", 3)
    monkeypatch.setattr(evaluate, "SEEDS", 2)
    names = ("train", "test", "validation")
    cuts = (slice(1200), slice(1200, 1600), slice(1600, 2000))
    parts = {name: data.take(events, part) for name, part in zip(names, cuts, strict=True)}

    def made(asked, seed):
        return {**asked, "amplitude": simulate(asked["parameters"], seed)}

    def shifted(asked, seed):
        return {**asked, "amplitude": np.roll(made(asked, seed)["amplitude"], 1, axis=2)}

    for truth in (made, lambda asked, _: asked):
        same, _ = evaluate.cnn_auc(truth, parts, seed=1)
        assert abs(same["auc"].value - 0.5) < 4 * same["auc"].uncertainty
        assert (same["events"], same["few"]) == (600, 150)
    other, bins = evaluate.cnn_auc(shifted, parts, seed=1)
    assert other["auc"].value > 0.9
    assert other["auc_few"].value < other["auc"].value
    assert all(len(areas) == evaluate.AUC_BINS for areas in bins.values())


def test_a_hit_is_where_the_track_is(events):
    found = evaluate.hit(events)
    for name in ("pad", "time"):
        assert abs(found[name]["bias"].value) < 5 * found[name]["bias"].uncertainty
    assert 0.05 < found["pad"]["resolution"].value < 0.1
    binned = evaluate.resolution(events)["time"]["dip_angle"]
    assert binned["resolution"][0].value > 2 * binned["resolution"][5].value  # worse at large angles
    moved = {**events, "amplitude": np.roll(events["amplitude"], 1, axis=1)}
    assert evaluate.hit(moved)["pad"]["bias"].value == pytest.approx(1, abs=0.02)


@pytest.fixture(scope="module")
def evaluated(events, small, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs")
    parts = {"train": data.take(events, slice(800)), "validation": data.take(events, slice(800, 900))}
    parts["test"] = data.take(events, slice(900, 1500))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evaluate, "CNN_EPOCHS", 1)
        patch.setattr(evaluate, "SEEDS", 1)
        patch.setattr(evaluate, "REPEATS", 2)
        patch.setattr(evaluate, "SAVED", 2400)
        return out, parts, evaluate.evaluate(small, parts, Config(), out, seed=4)


def test_what_is_written(evaluated, small):
    out, parts, metrics = evaluated
    assert json.loads((out / "metrics.json").read_text()) == metrics
    written = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
    assert written == {"metrics.json", "distributions.h5", *(f"figures/{name}.png" for name in FIGURES)}
    for name in FIGURES:
        assert matplotlib.image.imread(out / "figures" / f"{name}.png").std() > 0.02
    saved = distributions.read(out / "distributions.h5")
    assert saved.attributes["generated"] == 2400
    assert saved.reference["digits"].sum() == 600
    conditions = saved.conditions
    assert not set(conditions["dip_angle"]) & set(parts["test"]["parameters"][:, 1])  # no real event is given away
    same = observables.histograms({**conditions, **small.sample(2400, saved.attributes["seed"], **conditions)})
    for name, counts in same.items():
        assert np.abs(counts - saved.generated[name]).sum() <= 4, name


def test_metrics_of_an_untrained_generator(evaluated):
    _, _, metrics = evaluated
    assert metrics["events"] == {"train": 800, "validation": 100, "test": 600}
    found = metrics["score"]
    assert found["generated"]["value"] > 10 * found["simulator"]["value"]
    assert found["simulator"]["value"] < found["real"]["value"] + 5 * found["real"]["uncertainty"]
    assert found["generated_apart"]["value"] > 10 * found["simulator"]["value"]
    trees = metrics["moments_auc"]
    assert trees["auc"]["value"] > 0.95
    assert abs(trees["null"]["value"] - 0.5) < 4 * trees["null"]["uncertainty"]
    assert abs(metrics["cnn_auc"]["real"]["auc"]["value"] - 0.5) < 4 * metrics["cnn_auc"]["real"]["auc"]["uncertainty"]
    table = evaluate.format_table(metrics)
    assert max(map(len, table.splitlines())) <= 120
    assert f"{found['generated']['value']:.0f} ± {found['generated']['uncertainty']:.0f}" in table


def test_without_the_threshold_more_is_left(small, events):
    parameters = events["parameters"][:50]
    cut = evaluate.sampled(small, parameters, 1)
    whole = evaluate.sampled(evaluate.without_threshold(small), parameters, 1)
    np.testing.assert_allclose(cut, np.where(whole >= 1, whole, 0), rtol=1e-5)
    assert ((whole > 0) & (whole < 1)).any()


def test_a_diverged_generator_is_refused_and_leaves_nothing(small, events, tmp_path):
    diverged = Generator(keras.models.clone_model(small.model), small.card)
    for variable in diverged.model.trainable_variables:
        variable.assign(np.nan * variable)
    parts = dict.fromkeys(("train", "validation", "test"), data.take(events, slice(200)))
    with pytest.raises(InputError, match="amplitude of event 0 holds nan, expected finite numbers"):
        evaluate.evaluate(diverged, parts, Config(), tmp_path / "out", seed=0)
    assert not (tmp_path / "out").exists()
    parts["test"] = data.take(events, slice(50))
    with pytest.raises(InputError, match="50 events are held out, expected at least 100"):
        evaluate.evaluate(small, parts, Config(), tmp_path / "out", seed=0)


def test_the_truth_is_not_told_from_the_truth_whatever_the_segments(events):
    """The events' own segments would give twins away: with these the area is far below a half."""
    parts = {"test": data.take(events, slice(500)), "validation": data.take(events, slice(500, 600))}
    parts["train"] = data.take(events, slice(600, 2000))
    test, others = parts["test"], evaluate._others(parts)
    assert len(others["amplitude"]) == 500

    def made(asked, seed):
        return evaluate._table({**asked, "amplitude": simulate(asked["parameters"], seed)})

    twins = evaluate.classifier_test(made(test, 5), evaluate._table(test), seed=1, seeds=1, curve=())
    assert twins["pull"] < -3
    tables = made(others, 5), evaluate._table(test), evaluate._table(others)
    apart = evaluate.classifier_test(*tables, seed=1, seeds=1, curve=())
    assert abs(apart["pull"]) < 3


def test_scores_at_the_same_and_at_other_segments_are_two_things(events):
    """A perfect generator has the score of real events, if it is compared as they are, and a smaller one if not."""
    parts = dict(
        zip(("train", "validation", "test"), (data.take(events, slice(i, None, 3)) for i in range(3)), strict=True)
    )

    def perfect(asked, seed):
        return {**asked, "amplitude": simulate(asked["parameters"], seed + 40)}

    real = evaluate._apart(parts, lambda asked, _: asked, 1)
    apart = evaluate._apart(parts, perfect, 1)
    same = observables.score(perfect(parts["test"], 1), parts["test"])
    assert apart == pytest.approx(real, rel=0.2)
    assert same < 0.7 * real


def test_the_layout_of_the_room_can_be_compared():
    found = evaluate.layout(str(data.SAMPLE), {})
    assert set(found.conditions) == set(evaluate.VARIABLES)
    assert found.cells.shape == (found.events, 128)
    assert "time_variance" in found.observables
