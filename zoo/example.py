"""Commands and code that use a model, for its help and its page: conditions in the middle of their ranges."""

from collections.abc import Mapping
from typing import Any


def conditions(card: Mapping[str, Any]) -> dict[str, list[float]]:
    """A value of every condition, by name: the middle of its range, or along the last axis that of its magnitude."""
    return {name: _middle(spec) for name, spec in card["conditions"].items()}


def command(card: Mapping[str, Any]) -> str:
    """A command that generates events of a model."""
    flags = [f"--{name.replace('_', '-')} {' '.join(f'{x:g}' for x in one)}" for name, one in conditions(card).items()]
    return " ".join(["python -m zoo generate", card["name"], "-n 1000", *flags, "--seed 1 -o events.h5"])


def code(card: Mapping[str, Any]) -> str:
    """Lines of Python that generate events of a model, with the shapes and units of what comes."""
    values = {name: one[0] if len(one) == 1 else one for name, one in conditions(card).items()}
    asked = "".join(f"{name}={value}, " for name, value in values.items())
    lines = [
        "import zoo",
        "",
        f'events = zoo.load("{card["name"]}@{card.get("version", 1)}").sample(1000, {asked}seed=1)',
    ]
    for name, spec in card["outputs"].items():
        lines.append(f'events["{name}"]  # {(1000, *spec["shape"])} {spec["unit"]}'.rstrip())
    return "\n".join(lines)


def _middle(spec: Mapping[str, Any]) -> list[float]:
    low, high = ([one] if isinstance(one, int | float) else one for one in spec["range"])
    if "magnitude" in spec:
        return [0.0] * (len(low) - 1) + [_rounded(*spec["magnitude"])]
    return [_rounded(*pair) for pair in zip(low, high, strict=True)]


def _rounded(low: float, high: float) -> float:
    return float(f"{(low + high) / 2:.3g}")
