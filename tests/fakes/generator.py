"""A generator that is a function."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Fake:
    """Stands in for a zoo.generator.Generator: ``sample(n, seed=..., **conditions)`` gives its events."""

    sample: Callable
    card: dict = field(default_factory=dict)
