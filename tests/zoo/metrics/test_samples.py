import math

import numpy as np
import pytest
from scipy import stats

from zoo.metrics import bootstrap, kolmogorov_smirnov, wasserstein

RNG = np.random.default_rng(0)
X, Y = RNG.normal(0, 1, 400), RNG.normal(0.5, 2, 300)


@pytest.mark.parametrize("distance", [kolmogorov_smirnov, wasserstein])
def test_identical_samples(distance):
    assert distance(X, X, seed=0).value == 0


def test_disjoint_samples():
    assert kolmogorov_smirnov(X, X + 100, seed=0) == (1, 0)
    assert wasserstein(X, X + 100, seed=0).value == pytest.approx(100)


def test_values_are_those_of_scipy():
    assert kolmogorov_smirnov(X, Y, seed=0).value == pytest.approx(stats.ks_2samp(X, Y).statistic)
    assert wasserstein(X, Y, seed=0).value == pytest.approx(stats.wasserstein_distance(X, Y))


@pytest.mark.parametrize("distance", [kolmogorov_smirnov, wasserstein])
def test_undefined_values_are_dropped(distance):
    with_nan = np.concatenate([X, [np.nan, np.nan]])
    assert distance(with_nan, Y, seed=0) == distance(X, Y, seed=0)
    assert math.isnan(distance(np.full(3, np.nan), Y, seed=0).value)


def test_the_seed_decides():
    assert wasserstein(X, Y, seed=1) == wasserstein(X, Y, seed=1)
    assert wasserstein(X, Y, seed=1) != wasserstein(X, Y, seed=2)


def test_bootstrap_of_a_mean_gives_its_standard_error():
    value, uncertainty = bootstrap(np.mean, X, seed=0, resamplings=2000)
    assert value == X.mean()
    assert uncertainty == pytest.approx(X.std() / np.sqrt(len(X)), rel=0.06)


def test_uncertainty_of_a_shift():
    # the Wasserstein distance of shifted normal samples fluctuates as the difference of their means
    found = wasserstein(X, RNG.normal(3, 1, 400), seed=0, resamplings=300)
    assert found.uncertainty == pytest.approx(np.sqrt(2 / 400), rel=0.15)
