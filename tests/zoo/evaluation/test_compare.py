import json
import sys

import numpy as np
import pytest

from tests.zoo.report.html import Page, faults
from zoo.__main__ import main
from zoo.errors import InputError
from zoo.evaluation import Sample, compare, format_table
from zoo.headline import rounded


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(sys.modules["zoo.evaluation.compare"], "SEEDS", 1)  # the package has a function of that name


def draw(random, n, shift=0.0, condition=None):
    energy = random.uniform(1, 100, n) if condition is None else condition
    first = random.normal(shift, 1, n)
    second = first + random.normal(size=n) + energy / 100
    return Sample({"a": first, "b": second, "c": np.where(first > 2.5, np.nan, first**2)}, {"energy": energy})


def test_equal_parents_are_at_the_floors_and_twins_are_torn_apart(random):
    reference = draw(random, 1200)
    found = compare(draw(random, 1200, condition=reference.conditions["energy"]), reference, seed=1)
    test = found["classifiers"]["high_level"]
    assert abs(test["pull"]) < 4
    assert found["events"] == {"sample": 1200, "reference": 1200, "halves": 600}
    for one in found["observables"].values():
        assert one["ks"]["value"] < 3 * one["ks_floor"]
        assert one["separation"]["value"] < 3 * one["separation"]["floor"]
        assert one["wasserstein"]["value"] < 5 * one["wasserstein"]["floor"] + 5 * one["wasserstein"]["uncertainty"]
    for name in ("precision", "recall", "coverage", "density", "diversity", "distance"):
        own, floor = found["joint"][name], found["joint"][name]["floor"]
        assert abs(own["value"] - floor["value"]) < 6 * np.hypot(own["uncertainty"], floor["uncertainty"])
    assert found["reweighting"]["spread"] < 0.6
    assert len(found["slices"]["energy"]) == 4
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_a_shift_is_far_above_the_floors(random):
    found = compare(draw(random, 800, shift=1.0), draw(random, 1000), seed=1)
    assert found["classifiers"]["high_level"]["pull"] > 5
    assert found["observables"]["a"]["ks"]["value"] > 5 * found["observables"]["a"]["ks_floor"]
    assert found["joint"]["fpd"]["value"] > 5 * found["joint"]["fpd"]["floor"]["value"]
    assert found["joint"]["kpd"]["value"] > 5 * abs(found["joint"]["kpd"]["floor"]["value"])
    assert all(row["observables"]["a"]["pull"] > 5 for row in found["slices"]["energy"])
    table = format_table(found)
    assert max(map(len, table.splitlines())) <= 120
    for word in ("separation power", "fpd", "coverage", "AUC", "Slices of energy", "Weights of a calibrated"):
        assert word in table


def test_cells_are_judged_by_the_low_level_network(random):
    def with_cells(shift):
        events = draw(random, 300)
        return events._replace(cells=random.normal(shift, 1, (300, 6)))

    found = compare(with_cells(1.0), with_cells(0.0), seed=1)
    assert found["classifiers"]["low_level"]["pull"] > 3
    assert "two hidden layers of 512" in found["classifiers"]["low_level"]["classifier"]
    assert found["cells"]["cells"] == 6
    assert abs(found["cells"]["mean"]["value"] - found["cells"]["mean_floor"]["value"]) < 0.05


def test_no_condition_is_one_slice(random):
    samples = [Sample(draw(random, 200).observables | {"extra": np.zeros(200)}, {}) for _ in range(2)]
    reference = Sample({k: v for k, v in samples[1].observables.items() if k != "extra"}, {})
    found = compare(samples[0], reference, seed=1)
    assert found["left_out"] == ["extra"]
    assert len(found["slices"]["all events"]) == 1
    assert "not in the reference: extra" in format_table(found)


def test_what_cannot_be_compared_is_one_sentence(random):
    sample, few = draw(random, 200), draw(random, 50)
    with pytest.raises(InputError, match="holds 50 events, expected at least 100"):
        compare(few, sample)
    with pytest.raises(InputError, match="the reference has the observable b, the sample has only a"):
        compare(Sample({"a": sample.observables["a"]}, sample.conditions), sample)
    with pytest.raises(InputError, match="the reference has the condition energy, the sample has only"):
        compare(Sample(sample.observables, {}), sample)
    with pytest.raises(InputError, match="the condition energy is not finite"):
        compare(Sample(sample.observables, {"energy": np.full(200, np.nan)}), sample)


def test_the_command_prints_and_writes_the_numbers(random, tmp_path, capsys):
    for name in ("own", "true"):
        events = draw(random, 300)
        np.savez(tmp_path / f"{name}.npz", **events.observables, **events.conditions)
    files = [str(tmp_path / "own.npz"), "--reference", str(tmp_path / "true.npz")]
    out, page = tmp_path / "new" / "out.json", tmp_path / "new" / "page.html"
    main(["evaluate", *files, "--conditions", "energy", "--json", str(out), "--html", str(page)])
    printed = capsys.readouterr().out
    assert "300 events, 300 of the reference" in printed
    metrics = json.loads(out.read_text())
    assert set(metrics["observables"]) == {"a", "b", "c"}
    shown = Page(page.read_text())
    assert not faults(shown)
    assert len(shown.all("figure")) == 3
    assert "own.npz beside true.npz" in shown.text
    for name, one in metrics["classifiers"]["high_level"].items():
        if name in ("auc", "null"):
            assert rounded(**one) in shown.text
    assert '<table class="pulls">' in page.read_text()
    with pytest.raises(InputError, match="--seed is -1"):
        main(["evaluate", *files, "--seed", "-1"])
    for flags, message in (
        (["--json", files[2]], "--json .*true.npz: is another file of this command"),
        (["--json", str(out), "--html", str(out)], "--html .*out.json: is another file of this command"),
        (["--json", str(tmp_path)], "is a folder, expected a name that is not taken"),
    ):
        with pytest.raises(InputError, match=message):
            main(["evaluate", *files, *flags])
