import sys

import pytest

from reproductions.tpc_gan import data, simulate, validate
from reproductions.tpc_gan.constants import Detector
from zoo.errors import InputError


def test_the_simulator_agrees_with_itself(monkeypatch):
    monkeypatch.setattr(validate.evaluate, "REPEATS", 2)
    events = data.take(data.load(data.SAMPLE), slice(1000))
    simulated, found = validate.validate(events, seed=20)
    assert simulated["amplitude"].shape == (1000, 8, 16)
    assert abs(found["score"].value - found["floor"].value) < 200
    assert found["score"].value < found["real"].value  # the same segments fluctuate less
    changed = {**events, "amplitude": simulate.simulate(events["parameters"], 1, Detector(shaping=0.9))}
    _, other = validate.validate(changed, seed=20)
    assert other["score"].value > 2 * found["score"].value
    assert max(other["profiles"]["time_variance"].values()) > 100


def test_command_line(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(validate.evaluate, "REPEATS", 2)
    monkeypatch.setattr(sys, "argv", ["validate", str(data.SAMPLE), "--out", str(tmp_path)])
    validate.main()
    assert "2000 segments" in capsys.readouterr().out
    assert (tmp_path / "simulator.png").stat().st_size > 10_000


def test_too_few_events():
    with pytest.raises(InputError, match="50 events to validate with"):
        validate.validate(data.take(data.load(data.SAMPLE), slice(50)), 1)
