"""Disjoint random parts of a data set."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from zoo.data.files import sha256
from zoo.errors import InputError

Events = TypeVar("Events")
Parts = TypeVar("Parts")


def split(n: int, fractions: Sequence[float], seed: int) -> tuple[np.ndarray, ...]:
    """`n` indices, shuffled by `seed`, cut into one array for each of `fractions`, which add up to 1.

    The parts are disjoint, together they are 0 ... n-1, and each is within one event of its fraction.
    Raises InputError if a part would be empty.
    """
    if min(fractions) <= 0 or not np.isclose(sum(fractions), 1):
        raise ValueError(f"the fractions {tuple(fractions)} are not positive numbers that add up to 1")
    edges = np.rint(np.cumsum(fractions)[:-1] * n).astype(int)
    parts = tuple(np.split(np.random.default_rng(seed).permutation(n), edges))
    if any(part.size == 0 for part in parts):
        raise InputError(f"{n} events are too few to be split into parts of {', '.join(map(str, fractions))}")
    return parts


def take(events: Mapping[str, np.ndarray], index: np.ndarray | slice | int) -> dict[str, np.ndarray]:
    """The events, arrays (n, ...) by name, at `index`; one event, without the axis n, if that is a number."""
    return {name: values[index] for name, values in events.items()}


def of_training(
    card: Mapping[str, Any],
    source: Path,
    load: Callable[[Path, int | None], Events],
    split: Callable[[Events, int], Parts],
) -> Parts:
    """The events of the file `source`, split as in the training of the released model with the card `card`.

    ``load(source, events)`` reads the first `events` (None: all), ``split(events, seed)`` is the room's. Raises
    InputError if the model was trained on another file: only the split of its own knows which events were held out.
    """
    recorded, training = card["data"], card["training"]
    if sha256(source) != recorded["sha256"]:
        raise InputError(
            f"{source}: is not the file that {card['name']} was trained on ({recorded['name']}), "
            "expected with --data: only its split knows the held-out events"
        )
    return split(load(source, training.get("events")), training["seed"])
