import numpy as np
import pytest
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

from zoo.errors import InputError
from zoo.metrics import classifier_auc
from zoo.metrics.classifier import roc_area

RNG = np.random.default_rng(0)


def normal(n: int, shift: float = 0.0) -> np.ndarray:
    return RNG.normal(shift, 1, (n, 3))


@pytest.mark.parametrize("classifier", ["boosting", "network"])
def test_equal_parents_cannot_be_told_apart(classifier):
    area = classifier_auc(normal(600), normal(300), seed=0, classifier=classifier)
    assert abs(area.value - 0.5) < 4 * area.uncertainty
    assert 0.01 < area.uncertainty < 0.03


@pytest.mark.parametrize("classifier", ["boosting", "network"])
def test_disjoint_samples_can(classifier):
    x, y = RNG.uniform(0, 1, (300, 3)), RNG.uniform(2, 3, (200, 3))
    assert classifier_auc(x, y, seed=0, classifier=classifier) == pytest.approx((1, 0), abs=0.01)


def test_shifted_samples_reach_the_best_area_there_is():
    x, y = normal(3000), normal(3000, 0.5)
    best = norm.cdf(0.5 * np.sqrt(3) / np.sqrt(2))
    area = classifier_auc(x, y, seed=0, classifier="network")
    assert area.value == pytest.approx(best, abs=4 * area.uncertainty)


def test_trees_see_what_is_undefined():
    x, y = normal(300), normal(300)
    y[:, 1] = np.nan
    assert classifier_auc(x, y, seed=0).value > 0.99


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
