"""Where metrics hold slices of a condition, as `zoo.metrics.sliced` gives them: lists of rows with "observables"."""

from collections.abc import Mapping, Sequence
from typing import Any

KEYS = {"low", "high", "observables"}
Rows = Sequence[Mapping[str, Any]]


def are_slices(value: Any) -> bool:
    """Whether `value` is such a list."""
    return (
        isinstance(value, list) and bool(value) and all(isinstance(one, dict) and one.keys() >= KEYS for one in value)
    )


def find(metrics: Any, what: str = "") -> dict[str, Rows]:
    """All slices in `metrics`, by the names that lead to them."""
    if are_slices(metrics):
        return {what: metrics}
    found: dict[str, Rows] = {}
    if isinstance(metrics, Mapping):
        for name, value in metrics.items():
            found |= find(value, f"{what} {name}".strip().replace("_", " "))
    return found


def short(value: Any) -> Any:
    """`value`, of JSON, with numbers of four digits and without what is said of single pairs: for a card."""
    if isinstance(value, Mapping):
        return {name: short(one) for name, one in value.items() if name != "pairs"}
    if isinstance(value, list):
        return [short(one) for one in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value
