import pytest

from benchmarks import production
from benchmarks.production import Cost


def costs(start, each, events=400):
    return [(Cost(1.0, start + each * n, 100.0), Cost(2.0, start + each * 4 * n, 100.0)) for n in (events // 4,)]


def test_costs_are_told_apart_into_a_start_and_events():
    assert production.parts(costs(5.0, 0.25) + costs(6.0, 0.27), 400) == pytest.approx((5.0, 0.25, 0.01))


def test_the_table_says_what_the_engine_adds():
    found = {"one file": costs(5.0, 0.2), "--jobs 1": costs(9.0, 0.21)}
    lines = production.rows(found, 400)
    assert lines[1] == ["one file", "5.0", "200.0000 ± 0.0000", "+0.0 ± 0.0 %", "200", "100", "100"]
    assert lines[2][1:4] == ["9.0", "210.0000 ± 0.0000", "+5.0 ± 0.0 %"]
    found = {"one file": costs(5.0, 0.21 * 1e3), "--jobs 1": costs(9.0, 0.3 * 1e3)}
    told = production.billion(found, 400, 2000.0, (0.004, 0.02))
    assert "58333333.3 core hours, 2000 GB" in told
    assert "of each file and 20.0 of each second of a worker: 2.0 % of the generation" in told


def test_a_command_is_measured(toy_weights, tmp_path):
    cost = production.measured("toy", 10, [], tmp_path / "a.h5")
    assert (tmp_path / "a.h5").exists()
    assert cost.cpu > 0
    assert 100 < cost.memory < 5000
