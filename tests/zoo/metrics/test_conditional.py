import numpy as np
import pytest
from scipy.stats import norm, spearmanr

from zoo.metrics import rank_correlations, response, sliced
from zoo.metrics.conditional import ranked_within, slices
from zoo.metrics.measurement import UNDEFINED


def test_slices_hold_every_event_once():
    condition = np.array([0.0, 0.5, 1.0, 1.5, 2.0, 3.0, -1.0])
    found = slices(condition, np.array([0.0, 1, 2]))
    assert [list(condition[rows]) for rows in found] == [[0.0, 0.5], [1.0, 1.5, 2.0]]


def test_ranks_within_slices_do_not_know_the_condition(random):
    """Two cells that share nothing but the energy are correlated, but not within slices of it."""
    energy = np.repeat([1.0, 2.0, 50.0], 200)
    cells = energy[:, None] * random.uniform(0.5, 1, (600, 2))
    ranks = ranked_within(cells, slices(energy, np.array([0.0, 1.5, 10, 40])))
    assert np.isnan(ranks[400:]).all()
    assert np.corrcoef(cells[:400].T)[0, 1] > 0.6
    assert abs(np.corrcoef(ranks[:400].T)[0, 1]) < 0.2
    assert (ranks[:400].min(), ranks[:400].max()) == (1 / 200, 1)


def test_a_fault_that_cancels_over_all_conditions_is_seen_in_slices(random):
    """The response grows with the condition where it should fall: the same distribution over all of it."""
    condition = random.uniform(0, 1, 4000)
    reference = {"response": condition + random.normal(0, 0.1, 4000), "other": random.normal(size=4000)}
    generated = {"response": 1 - condition + random.normal(0, 0.1, 4000), "other": random.normal(size=4000)}
    (all_of_it,) = sliced(generated, reference, [condition] * 2, np.array([0.0, 1.0]), seed=1)
    assert all_of_it["observables"]["response"]["pull"] < 3
    rows = sliced(generated, reference, [condition] * 2, np.linspace(0, 1, 5), seed=1)
    assert rows[0]["observables"]["response"]["pull"] > 10
    assert rows[0]["observables"]["response"]["mean_pull"] > 10 > -10 > rows[3]["observables"]["response"]["mean_pull"]
    assert sum(row["events"]["generated"] for row in rows) == 4000
    for row in rows:
        other = row["observables"]["other"]
        assert other["pull"] < 3.5
        assert abs(other["mean_pull"]) < 3.5
        assert 0.3 * other["floor"] < other["ks"].value < 3 * other["floor"]


def test_pulls_of_equal_parents_are_normal_deviates(random):
    condition = np.zeros(200)
    found = []
    for _ in range(300):
        values = [{"x": random.normal(size=200)} for _ in range(2)]
        (row,) = sliced(*values, [condition] * 2, np.array([-1.0, 1]), seed=1)
        found.append(row["observables"]["x"])
    means = np.array([one["mean_pull"] for one in found])
    assert means.std() == pytest.approx(1, abs=0.15)
    # a half of the p-values is below a half
    assert np.mean([one["pull"] > 0 for one in found]) == pytest.approx(0.5, abs=0.12)
    assert np.mean([one["pull"] > 1 for one in found]) < norm.sf(1) + 0.07


def test_too_few_events_are_not_compared(random):
    values = {"x": random.normal(size=50), "sparse": np.where(np.arange(50) < 10, 1.0, np.nan)}
    (row,) = sliced(values, values, [np.zeros(50)] * 2, np.array([-1.0, 1]), seed=1)
    assert set(row["observables"]) == {"x"}
    assert response(values["x"][:10], seed=1)["core"] is UNDEFINED


def test_the_core_of_a_response_does_not_see_its_tail(random):
    values = np.where(random.uniform(size=20_000) < 0.1, 0.9, random.normal(1, 0.005, 20_000))
    found = response(values, seed=1)
    assert found["core"].value == pytest.approx(0.005, rel=0.2)
    assert found["spread"].value > 5 * found["core"].value
    assert found["below_2"].value == pytest.approx(0.1, abs=0.01)
    assert found["below_3"].value == pytest.approx(0.1, abs=0.01)
    assert found["mean"].value == pytest.approx(0.99, abs=1e-3)


def test_rank_correlations_find_the_pair_that_is_wrong(random):
    def draw(sign, n):
        first = random.normal(size=n)
        return {"a": first, "b": np.exp(sign * first + random.normal(size=n)), "c": random.normal(size=n)}

    generated, reference = draw(1, 1500), draw(-1, 1000)
    found = rank_correlations(generated, reference, seed=1)
    assert found["pairs"][0]["pair"] == "a - b"
    assert found["pairs"][0]["reference"] == pytest.approx(
        spearmanr(reference["a"], reference["b"]).statistic, abs=1e-9
    )
    assert found["largest"].value == pytest.approx(2 * 6 / np.pi * np.arcsin(np.sqrt(0.5) / 2), abs=0.1)
    same = rank_correlations(draw(-1, 1500), reference, seed=1)
    assert abs(same["mean"].value - same["mean_floor"].value) < 4 * same["mean_floor"].uncertainty
    there = [
        {**one, "there": (one["c"] > -1) * 1.0, "c": np.where(one["c"] > -1, one["c"], np.nan)}
        for one in (generated, reference)
    ]
    assert not any("there" in one["pair"] for one in rank_correlations(*there, seed=1)["pairs"])
    constant = {**reference, "c": np.zeros(1000)}
    assert rank_correlations(generated, constant, seed=1)["events"] == [1500, 1000]
    assert rank_correlations(generated, {"a": reference["a"]}, seed=1)["mean"] is UNDEFINED
    nothing = dict.fromkeys(reference, np.zeros(1000))
    assert rank_correlations(nothing, reference, seed=1)["pairs"] == []
