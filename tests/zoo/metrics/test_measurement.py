import math

from zoo.metrics import Measurement, mean
from zoo.metrics.measurement import UNDEFINED


def test_mean_of_correlated_measurements():
    assert mean([Measurement(1, 0.1), Measurement(3, 0.3)]) == Measurement(2, 0.2)


def test_undefined_measurements_do_not_count():
    assert mean([Measurement(1, 0.1), UNDEFINED]) == Measurement(1, 0.1)
    assert math.isnan(mean([UNDEFINED]).value)
    assert math.isnan(mean([]).uncertainty)


def test_text():
    assert str(Measurement(0.12347, 0.001)) == "0.1235 ± 0.0010"
    assert str(UNDEFINED) == "-"
