import numpy as np
import pytest
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

from zoo.errors import InputError
from zoo.metrics import classifier, classifier_auc, classifier_test, halves, reweighting, transfer
from zoo.metrics.classifier import density_ratio, roc_area

RNG = np.random.default_rng(0)


def normal(n: int, shift: float = 0.0) -> np.ndarray:
    return RNG.normal(shift, 1, (n, 3))


@pytest.mark.parametrize("kind", ["boosting", "network"])
def test_equal_parents_cannot_be_told_apart(kind):
    area = classifier_auc(normal(600), normal(300), seed=0, classifier=kind)
    assert abs(area.value - 0.5) < 4 * area.uncertainty
    assert 0.01 < area.uncertainty < 0.03


@pytest.mark.parametrize("kind", ["boosting", "network"])
def test_disjoint_samples_can(kind):
    x, y = RNG.uniform(0, 1, (300, 3)), RNG.uniform(2, 3, (200, 3))
    assert classifier_auc(x, y, seed=0, classifier=kind) == pytest.approx((1, 0), abs=0.01)


def test_shifted_samples_reach_the_best_area_there_is():
    x, y = normal(3000), normal(3000, 0.5)
    best = norm.cdf(0.5 * np.sqrt(3) / np.sqrt(2))
    area = classifier_auc(x, y, seed=0, classifier="network")
    assert area.value == pytest.approx(best, abs=4 * area.uncertainty)


def test_trees_see_what_is_undefined():
    x, y = normal(300), normal(300)
    y[:, 1] = np.nan
    assert classifier_auc(x, y, seed=0).value > 0.99


def test_what_is_hardly_ever_defined_is_told_by_that_alone():
    x, y = (np.column_stack([normal(300), np.full((300, 2), np.nan)]) for _ in range(2))
    y[7, -1] = 5.0
    assert classifier_auc(x, y, seed=0).value == pytest.approx(0.5, abs=0.1)
    assert density_ratio(x, y, x, seed=0).mean() == pytest.approx(1, abs=0.2)


def test_the_seed_decides():
    x, y = normal(60), normal(60)
    assert classifier_auc(x, y, seed=1) == classifier_auc(x, y, seed=1)
    assert classifier_auc(x, y, seed=1) != classifier_auc(x, y, seed=2)


def test_roc_area_is_that_of_sklearn_ties_included():
    positive, negative = np.round(RNG.normal(1, 1, 80), 1), np.round(RNG.normal(0, 1, 120), 1)
    area, _ = roc_area(positive, negative)
    label = np.repeat([1, 0], [80, 120])
    assert area == pytest.approx(roc_auc_score(label, np.concatenate([positive, negative])))


def test_its_variance_is_the_spread_of_repetitions():
    toys = [roc_area(RNG.normal(1, 1, 80), RNG.normal(0, 1, 120)) for _ in range(2000)]
    areas, variances = np.transpose(toys)
    assert variances.mean() == pytest.approx(areas.var(), rel=0.1)


def test_bad_input():
    with pytest.raises(InputError, match="same features"):
        classifier_auc(normal(20), normal(20)[:, :2], seed=0)
    with pytest.raises(InputError, match="samples of 20 and 4 events are too small, expected at least 6 each"):
        classifier_auc(normal(20), normal(4), seed=0)


def test_a_weight_is_so_many_events():
    positive, negative = np.round(RNG.normal(1, 1, 80), 1), np.round(RNG.normal(0, 1, 120), 1)
    weights = RNG.integers(1, 4, 80)
    area, _ = roc_area(positive, negative, weights)
    assert area == pytest.approx(roc_area(np.repeat(positive, weights), negative)[0])


def test_the_variance_with_weights_is_the_spread_of_repetitions():
    def toy():
        return roc_area(RNG.normal(1, 1, 80), RNG.normal(0, 1, 120), RNG.uniform(0.2, 3, 80))

    areas, variances = np.transpose([toy() for _ in range(2000)])
    assert variances.mean() == pytest.approx(areas.var(), rel=0.1)


def twins(n: int) -> tuple[np.ndarray, ...]:
    """Events (n, 5) of equal parents: a value, which knows nothing of them, and the same four conditions."""
    condition = RNG.uniform(0, 1, (n, 4))
    return tuple(np.column_stack([RNG.normal(0, 1, n), condition]) for _ in range(2))


def test_twins_of_one_condition_are_below_a_half_and_halves_tear_them_apart():
    x, y = twins(400)
    assert classifier_auc(x, y, seed=1).value < 0.4
    one, other = halves(400, seed=2)
    assert not set(one) & set(other)
    found = classifier_test(x[one], y[other], y[one], seed=1, seeds=1, curve=())
    assert abs(found["auc"].value - 0.5) < 3 * found["auc"].uncertainty
    assert abs(found["pull"]) < 3


def test_pulls_of_equal_parents_scatter_by_about_one(monkeypatch):
    from sklearn.linear_model import LogisticRegression

    monkeypatch.setattr(classifier, "_model", lambda *_: LogisticRegression())  # fast
    pulls = [
        classifier_test(normal(150), normal(150), normal(150), seed=i, seeds=1, curve=())["pull"] for i in range(100)
    ]
    assert abs(np.mean(pulls)) < 4 / np.sqrt(100)
    assert 0.6 < np.std(pulls) < 1.4


def test_more_events_tell_more():
    """A shift that few events hide: the curve rises while its null stays."""
    x, y, truth = normal(2000, 0.3), normal(2000), normal(2000)
    found = classifier_test(x, y, truth, seed=1, seeds=2, classifier="network", curve=(0.05,))
    assert found["curve"][0]["events"] == 100
    assert found["curve"][0]["auc"].uncertainty > 3 * found["auc"].uncertainty
    assert found["events"] == 2000
    assert found["auc"].value == pytest.approx(norm.cdf(0.3 * np.sqrt(3) / np.sqrt(2)), abs=0.04)
    assert found["pull"] > 5
    assert abs(found["null"].value - 0.5) < 4 * found["null"].uncertainty
    assert 0 < found["seed_spread"] < 0.02
    assert "64 and 32" in found["classifier"]
    assert "2 seeds" in found["classifier"]
    alone = classifier_test(x[:300], y[:300], seed=1, seeds=1, curve=())
    assert alone["null"] == (0.5, 0.0)
    assert np.isnan(alone["seed_spread"])


def test_few_events_have_no_curve():
    """Rooms ask for ten held-out events at least, and are judged after hours of training."""
    found = classifier_test(normal(10), normal(10), normal(10), seed=1, seeds=1)
    assert [row["events"] for row in found["curve"]] == [10]


def test_weights_are_the_ratio_of_the_densities():
    """N(0.5, 1) for N(0, 1) in one feature: exp(0.125 - x / 2)."""
    x, y, events = (RNG.normal(shift, 1, (6000, 1)) for shift in (0.5, 0, 0.5))
    found = density_ratio(x, y, events, seed=1, classifier="network")
    middle = np.abs(events[:, 0]) < 1.5
    expected = np.exp(0.125 - events[:, 0] / 2)
    assert np.mean(np.abs(found[middle] / expected[middle] - 1)) < 0.1
    assert density_ratio(RNG.normal(0, 1, (6000, 1)), y, events, seed=1).std() < 0.1


def test_reweighting_closes_what_the_classifier_saw():
    found = reweighting(normal(6000, 0.3), normal(6000), seed=1, classifier="network")
    assert found["ks"]["before"] > 0.1
    assert found["ks"]["after"] < 2 * found["ks"]["floor"]
    assert found["auc"]["before"].value > 0.58
    assert abs(found["auc"]["after"].value - 0.5) < 0.03
    # Of weights exp(0.135 - 0.3 sum x) of three features the variance is exp(0.27) - 1, in tails that 2000 events hide.
    assert 0.7 < found["spread"] / np.sqrt(np.expm1(0.27)) < 1.1
    assert 0.95 < found["effective"] / np.exp(-0.27) < 1.2


def test_the_network_of_the_calochallenge_learns_too():
    x, y = normal(200), normal(200, 2.0)
    assert classifier_auc(x, y, seed=0, classifier="calochallenge").value > 0.95


@pytest.mark.parametrize("kind", ["boosting", "network"])
def test_what_is_learnt_from_one_pair_is_judged_on_others(kind):
    """Normal samples a distance d apart: area Phi(d / sqrt 2), accuracy Phi(d / 2); swapped; and equal."""
    learnt = normal(2000), normal(2000, 1.0)
    pairs = [(normal(400), normal(500, 1.0)), (normal(400, 1.0), normal(400)), (normal(300), normal(400))]
    apart, swapped, same = transfer(learnt, pairs, seed=0, classifier=kind, seeds=2)
    area, accuracy = norm.cdf(np.sqrt(3 / 2)), norm.cdf(np.sqrt(3) / 2)
    for found, expected in ((apart, (area, accuracy)), (swapped, (1 - area, 1 - accuracy)), (same, (0.5, 0.5))):
        for one, best in zip((found["auc"], found["accuracy"]), expected, strict=True):
            assert one.value == pytest.approx(best, abs=0.01 + 4 * one.uncertainty)
            assert 0.005 < one.uncertainty < 0.03
