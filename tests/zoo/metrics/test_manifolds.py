from pathlib import Path

import numpy as np
import pytest

from zoo.errors import InputError
from zoo.metrics import copies, holes, nearest_neighbours, precision_recall_density_coverage


def test_numbers_are_those_of_prdc():
    """prdc 0.2, compute_prdc(nearest_k=5), run once on the features in sample.npz in units of the real spread."""
    with np.load(Path(__file__).with_name("sample.npz")) as file:
        found = precision_recall_density_coverage(file["generated"].astype(float), file["real"].astype(float))
    expected = {"precision": 0.972, "recall": 0.99333333, "density": 0.97146667, "coverage": 0.96533333}
    assert {name: one.value for name, one in found.items()} == pytest.approx(expected, abs=1e-6)


def test_single_precision_and_another_origin_change_nothing(random):
    x, y = random.normal(size=(2, 400, 3))
    expected = precision_recall_density_coverage(x, y)
    found = precision_recall_density_coverage(*((one + 100).astype(np.float32) for one in (x, y)))
    for name, value in expected.items():
        assert found[name].value == pytest.approx(value.value, abs=0.01)


def test_a_missing_mode_costs_recall_and_coverage_and_an_invented_one_precision_and_density(random):
    low, high = random.normal(0, 1, (400, 2)), random.normal(20, 1, (400, 2))
    both = np.concatenate([random.normal(0, 1, (400, 2)), random.normal(20, 1, (400, 2))])
    missing = precision_recall_density_coverage(low, both)
    assert missing["recall"].value < 0.55
    assert missing["coverage"].value < 0.55
    assert missing["precision"].value > 0.9
    invented = precision_recall_density_coverage(both, high)
    assert invented["precision"].value < 0.55
    assert invented["density"].value < 0.6
    assert invented["recall"].value > 0.9


def test_uncertainties_are_the_spread_to_a_factor_of_two(random):
    toys = [precision_recall_density_coverage(*random.normal(size=(2, 200, 4))) for _ in range(30)]
    for name in toys[0]:
        values, uncertainties = np.transpose([toy[name] for toy in toys])
        assert 0.4 < uncertainties.mean() / values.std(ddof=1) < 2.5, name
        assert name != "density" or values.mean() == pytest.approx(1, abs=0.03)


def test_those_that_repeat_themselves_or_copy_are_nearer_than_true_ones(random):
    """Events of half the spread in two dimensions are half as far apart; copies with a small error hardly at all."""
    true, other = random.normal(size=(2, 4000, 2))
    for one, (diversity, distance) in ((other, (1, 1)), (other / 2, (0.5, None)), (true + 1e-4 * other, (1, 0.01))):
        found = nearest_neighbours(one, true, seed=1)
        assert found["diversity"].value == pytest.approx(diversity, abs=4 * found["diversity"].uncertainty)
        assert distance is None or found["distance"].value == pytest.approx(distance, abs=0.08)
    assert np.isnan(nearest_neighbours(other, np.round(true), seed=1)["diversity"].value)


def test_a_hole_is_found_where_nothing_is_generated(random):
    """Of a square with a tenth cut out a tenth of the true events, but for its rim, have nobody near."""
    true, truth, other = random.uniform(size=(3, 3000, 2))
    whole, cut = holes(other, true, truth), holes(other[np.abs(other[:, 0] - 0.5) > 0.05], true, truth)
    assert abs(whole["pull"]) < 4
    assert 0 < whole["floor"].value < 0.03
    assert cut["pull"] > 5
    assert 0.03 < cut["value"] < 0.12


def test_copies_of_training_events_are_told_from_those_of_a_wrong_generator(random):
    """A generator of another width is no copy; of one that repeats a tenth of its training a twentieth is in excess."""
    training, held_out, other = random.normal(size=(3, 2000, 3))
    for wrong in (other, 0.5 * other, other + 1):
        assert abs(copies(wrong, training, held_out, seed=1)["pull"]) < 4
    repeated = np.concatenate([training[:200] + 1e-3 * other[:200], other[200:]])
    found = copies(repeated, training, held_out, seed=1)
    assert found["share"].value == pytest.approx(0.55, abs=0.05)
    assert found["p"] < 1e-3
    fewer = copies(other, training, held_out[:500], seed=1)
    assert fewer["expected"] == 0.8
    assert abs(fewer["pull"]) < 4


def test_the_uncertainty_of_copies_is_their_spread(random):
    pulls = [copies(*random.normal(size=(3, 100, 2)), seed=1)["pull"] for _ in range(60)]
    assert 0.75 < np.std(pulls) < 1.3


def test_what_cannot_be_compared_is_refused():
    ones = np.ones((20, 2))
    with pytest.raises(InputError, match="expected the same features"):
        precision_recall_density_coverage(ones, ones[:, :1])
    with pytest.raises(InputError, match="20 and 5 events are too small, expected 7 each"):
        precision_recall_density_coverage(ones, ones[:5])
    with pytest.raises(InputError, match="not finite"):
        precision_recall_density_coverage(ones * np.nan, ones)
