import numpy as np
import pytest

from zoo.evaluation import Sample, by_room, format_by_room, format_test, measures
from zoo.evaluation.measures import _sliced_by, thinned
from zoo.metrics import classifier_test, plain


def draw(random, n, correlation=0.0, energies=(10.0, 20.0, 40.0)):
    energy = np.sort(random.choice(energies, n))
    first, second = random.normal(size=(2, n))
    both = correlation * first + np.sqrt(1 - correlation**2) * second
    return Sample({"a": first, "b": both, "response": 0.9 + 0.01 * random.normal(size=n)}, {"energy": energy})


@pytest.fixture(scope="module")
def judged():
    """Events whose two observables hang together as the true ones do not; a tenth are copies of training events."""
    random = np.random.default_rng(1)
    reference, training, generated = draw(random, 1000), draw(random, 1000), draw(random, 1000, correlation=0.8)
    for name, values in generated.observables.items():
        values[::10] = training.observables[name][::10]
    generated.conditions["energy"][::10] = training.conditions["energy"][::10]
    return by_room(generated, reference, training, seed=1)


def test_a_correlation_is_seen_in_two_dimensions_and_at_fixed_condition(judged):
    found = judged["measures"]
    for one in found["observables"].values():
        assert one["ks"]["value"] < 3 * one["ks_floor"]
    worst = found["pairs"]["worst"][0]
    assert worst["pair"] == "a - b"
    assert worst["value"] > 3 * worst["floor"]
    assert found["pairs"]["pairs"] == 3
    for row in judged["slices"]["energy"]:
        assert row["correlations"]["pairs"][0]["pair"] == "a - b"
        assert row["correlations"]["largest"]["value"] > 3 * row["correlations"]["largest_floor"]["value"]
        assert row["response"]["reference"]["core"]["value"] == pytest.approx(0.01 / 0.9, rel=0.3)


def test_copies_are_seen(judged):
    assert judged["measures"]["copies"]["p"] < 0.01


def test_twins_of_one_condition_are_no_copies_of_each_other(random):
    """Each generated event has the conditions of a held-out one, and would be nearest to it for these alone."""
    reference, training = (
        Sample({"a": random.normal(size=1200)}, {name: random.normal(size=1200) for name in "xyz"}) for _ in range(2)
    )
    generated = reference._replace(observables={"a": random.normal(size=1200)})
    found = by_room(generated, reference, training, seed=1)["measures"]["copies"]
    assert found["expected"] == pytest.approx(2 / 3)
    assert abs(found["pull"]) < 4
    assert found["ratio"]["value"] == pytest.approx(1, abs=0.1)


def test_twins_are_no_reason_to_be_near_held_out_cells(random):
    """The condition makes nearly all of the cells: of twins each would be nearest to the other."""
    samples = []
    for at in (random.normal(size=(1200, 5)), random.normal(size=(1200, 5))):
        samples.append(Sample({"a": at[:, 0]}, {"x": at[:, 0]}, at + random.normal(size=at.shape) / 100))
    training, reference = samples
    generated = reference._replace(cells=reference.cells + random.normal(size=reference.cells.shape) / 100)
    found = by_room(generated, reference, training, seed=1)["measures"]["copies"]
    assert abs(found["pull"]) < 4


def test_floors_are_those_of_as_many_events(random):
    generated, reference = draw(random, 150), draw(random, 3000)
    joint = measures(generated, reference, seed=1)["joint"]
    assert joint["coverage"]["value"] == pytest.approx(joint["coverage"]["floor"]["value"], abs=0.1)


def test_slices_may_take_more_events(random):
    own, true = draw(random, 900), draw(random, 900)
    few, all_of_them = (measures(own, true, most=300, in_slices=number, seed=1) for number in (None, 900))
    assert few["observables"] == all_of_them["observables"]
    for found, events in ((few, 300), (all_of_them, 900)):
        assert sum(row["events"]["reference"] for row in found["slices"]["energy"]) == events


def test_the_lines_hold_the_numbers(judged):
    lines = format_by_room(judged)
    assert max(map(len, lines)) <= 120
    for words in ("a - b", "holes", "nearer to a training event", "Slices of energy", "more than 2 % low", "coverage"):
        assert any(words in line for line in lines), words


def test_a_condition_of_few_values_has_a_slice_for_each(random):
    own, true = draw(random, 60), draw(random, 60)
    _, edges = _sliced_by(own, true)["energy"]
    np.testing.assert_array_equal(edges, [5, 15, 30, 50])
    assert len(_sliced_by(own, true._replace(conditions={"energy": random.uniform(size=60)}))["energy"][1]) == 5


def test_a_sorted_sample_is_thinned_evenly(random):
    sample = draw(random, 900)
    kept = thinned(sample._replace(slices={"energy": (sample.conditions["energy"], [0, 100])}), 300)
    assert kept.events == 300
    assert set(kept.conditions["energy"]) == {10, 20, 40}
    np.testing.assert_array_equal(kept.slices["energy"][0], kept.conditions["energy"])


def test_too_few_events_have_no_joint_distances(random):
    found = measures(draw(random, 30), draw(random, 30), training=draw(random, 20), seed=1)
    assert found["reweighting"] is found["copies"] is None
    assert set(found["joint"].values()) == {None}
    assert any("not defined" in line for line in format_by_room({"measures": found, "slices": found["slices"]}))


def test_a_classifier_is_named(random):
    test = classifier_test(random.normal(size=(40, 2)), random.normal(size=(40, 2)), seed=1, seeds=1)
    lines = format_test("cells", plain(test))
    assert lines[0].startswith("AUC, cells: ")
    assert "gradient-boosted trees" in lines[-1]
