import math

import numpy as np
import pytest

from zoo.metrics import Measurement, average, fraction, mean, plain, spread, text
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
    assert text(plain(Measurement(0.12347, 0.001)), digits=3) == "0.123 ± 0.001"
    assert text(plain(UNDEFINED)) == "-"


def test_averages_and_fractions_have_standard_errors():
    assert average(np.array([1.0, 2.0, 3.0])) == pytest.approx((2, 1 / math.sqrt(3)))
    assert fraction(np.array([True, False, False, False])) == pytest.approx((0.25, math.sqrt(0.25 * 0.75 / 4)))


@pytest.mark.parametrize("kind", ["normal", "with_tails"])
def test_a_spread_has_the_standard_error_that_repetitions_show(kind):
    rng = np.random.default_rng(1)
    samples = {"normal": rng.normal(5, 2, (2000, 400)), "with_tails": rng.laplace(5, 2, (2000, 400))}[kind]
    found = [spread(sample) for sample in samples]
    expected = np.std([one.value for one in found])
    assert np.mean([one.uncertainty for one in found]) == pytest.approx(expected, rel=0.06)  # 3.3 of its 1.6 %
    assert found[0].value == pytest.approx(samples[0].std())


def test_what_does_not_vary_is_known():
    assert spread(np.ones(3)) == (0, 0)
