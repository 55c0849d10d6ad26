import numpy as np
import pytest
from scipy.stats import ks_2samp

from zoo.metrics import projected_kolmogorov_smirnov, weighted_kolmogorov_smirnov, weighted_quantiles


def test_weights_of_one_give_scipys_distance(random):
    x, y = random.normal(size=300).round(1), random.normal(0.3, 1, 200).round(1)
    found = weighted_kolmogorov_smirnov(x, y, np.ones(300), np.ones(200))
    assert found == pytest.approx(ks_2samp(x, y).statistic, abs=1e-12)


def test_a_weight_is_so_many_events(random):
    x, y, w = random.normal(size=50), random.normal(size=60), random.integers(1, 4, 50)
    repeated = weighted_kolmogorov_smirnov(np.repeat(x, w), y, np.ones(w.sum()), np.ones(60))
    assert weighted_kolmogorov_smirnov(x, y, w, np.ones(60)) == pytest.approx(repeated)


def test_negative_weights_take_the_background_away(random):
    signal, background = random.normal(0, 1, 20_000), random.normal(4, 1, 20_000)
    contaminated = np.concatenate([signal[:10_000], background[:5000], background[5000:10_000]])
    weights = np.repeat([1.0, 1.0, -1.0], [10_000, 5000, 5000])
    pure = signal[10_000:]
    ones = np.ones(len(pure))
    assert weighted_kolmogorov_smirnov(contaminated, pure, weights, ones) < 0.03
    assert weighted_kolmogorov_smirnov(contaminated, pure, np.abs(weights), ones) > 0.3


def test_projections_find_what_marginal_distributions_hide(random):
    y = random.normal(size=(4000, 2))
    x = random.multivariate_normal([0, 0], [[1, 0.9], [0.9, 1]], 4000)
    ones = np.ones(4000)
    assert weighted_kolmogorov_smirnov(x[:, 0], y[:, 0], ones, ones) < 0.05
    found = projected_kolmogorov_smirnov(x, y, ones, ones, seed=1)
    # along (1, -1) the widths are sqrt(0.1) and 1: two normal distributions with a distance of 0.27
    assert found["quantile"].value == pytest.approx(0.27, abs=0.05)
    assert found["mean_floor"].value < found["mean"].value < found["quantile"].value
    # a feature that never varies is no division by zero
    constant = np.column_stack([y[:, 0], np.ones(4000)])
    same = projected_kolmogorov_smirnov(constant, constant, ones, ones, seed=1)
    assert same["quantile"].value == pytest.approx(0, abs=1e-9)


def test_mean_and_quantile_of_projections_scatter_as_they_say_and_equal_parents_are_at_the_floor(random):
    ones = np.ones(600)
    found = []
    for seed in range(20):
        x, y = random.normal(0.1, 1, (600, 3)), random.normal(size=(600, 3))
        found.append(projected_kolmogorov_smirnov(x, y, ones, ones, seed=seed, projections=40, resamplings=8))
    for name in ("mean", "quantile"):
        values, uncertainties = np.transpose([one[name] for one in found])
        assert 0.6 < uncertainties.mean() / values.std(ddof=1) < 1.7
    same = projected_kolmogorov_smirnov(*random.normal(size=(2, 600, 3)), ones, ones, seed=1, projections=40)
    for name in ("mean", "quantile"):
        assert abs(same[name].value - same[f"{name}_floor"].value) < 4 * same[f"{name}_floor"].uncertainty


def test_quantiles_of_equal_weights_are_numpys(random):
    values, levels = random.normal(size=1001), np.array([0.1, 0.5, 0.9])
    found = weighted_quantiles(values, np.full(1001, 0.3), levels)
    np.testing.assert_allclose(found, np.quantile(values, levels, method="hazen"), atol=1e-9)


def test_quantiles_follow_the_weights():
    values, weights = np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 1.0, 1.0, 7.0])
    assert weighted_quantiles(values, weights, np.array([0.65]))[0] == pytest.approx(4.0)
    negative = weighted_quantiles(np.arange(6.0), np.array([1, -0.5, 1, 1, -0.2, 1]), np.linspace(0.1, 0.9, 9))
    assert (np.diff(negative) >= 0).all()
