"""A number with its uncertainty."""

import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np


class Measurement(NamedTuple):
    """A value and its uncertainty, one standard deviation; both NaN where the quantity is undefined."""

    value: float
    uncertainty: float

    def __str__(self) -> str:
        return "-" if math.isnan(self.value) else f"{self.value:.4f} ± {self.uncertainty:.4f}"


UNDEFINED = Measurement(math.nan, math.nan)


def mean(measurements: Iterable[Measurement]) -> Measurement:
    """The mean of the defined measurements; undefined if there is none.

    Its uncertainty is the mean of theirs: exact if they are fully correlated and an upper bound otherwise (the
    triangle inequality for standard deviations). Histograms filled with the same showers are correlated, and for
    published ones nobody can tell how much.
    """
    defined = [m for m in measurements if not math.isnan(m.value)]
    if not defined:
        return UNDEFINED
    return Measurement(sum(m.value for m in defined) / len(defined), sum(m.uncertainty for m in defined) / len(defined))


def average(values: np.ndarray) -> Measurement:
    """The mean of independent values (n,) and its standard error."""
    return Measurement(float(np.mean(values)), float(np.std(values, ddof=1) / math.sqrt(len(values))))


def spread(values: np.ndarray) -> Measurement:
    """The standard deviation of independent values (n,), n at least 1, and its standard error.

    It is sqrt((m4 - m2^2) / n) / 2 sigma, with the central moments m2 = sigma^2 and m4 of whatever distribution; for a
    normal one that is sigma / sqrt(2 n).
    """
    squares = (values - np.mean(values)) ** 2
    found, of_squares = math.sqrt(np.mean(squares)), float(np.std(squares)) / math.sqrt(len(values))
    return Measurement(found, of_squares / (2 * found) if found else 0.0)


def fraction(true: np.ndarray) -> Measurement:
    """The fraction of independent events for which `true` (n,) holds, and its binomial standard error."""
    found = float(np.mean(true))
    return Measurement(found, math.sqrt(found * (1 - found) / len(true)))


def plain(value: Any) -> Any:
    """Dicts and lists of measurements and numbers as JSON can hold them: {"value", "uncertainty"}, NaN as None."""
    if isinstance(value, Measurement):
        return plain(value._asdict())
    if isinstance(value, Mapping):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [plain(entry) for entry in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def text(number: Mapping[str, Any], digits: int = 4) -> str:
    """What `plain` made of a measurement, as text with so many decimal places."""
    if number["value"] is None:
        return "-"
    return f"{number['value']:.{digits}f} ± {number['uncertainty']:.{digits}f}"
