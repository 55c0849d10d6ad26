"""What all files of this room share: the six partons of an event, their order and their masses."""

from collections.abc import Sequence

import numpy as np

from zoo.errors import InputError

SLOTS = ("b", "q (W+)", "qbar (W+)", "bbar", "q (W-)", "qbar (W-)")
# By slot: the identifiers that the parton may have, and its mother's.
IDENTIFIERS = ((5,), (2, 4), (-1, -3), (-5,), (1, 3), (-2, -4))
MOTHERS = (6, 24, 24, -6, -24, -24)
SLOT_OF = {(i, MOTHERS[slot]): slot for slot, allowed in enumerate(IDENTIFIERS) for i in allowed}
MASSES = np.array([4.7, 0, 0, 4.7, 0, 0])  # GeV


def arranged(identifiers: Sequence[int], mothers: Sequence[int]) -> list[int]:
    """Where each of `SLOTS` stands among final particles of these PDG identifiers, given those of their mothers.

    Raises InputError for particles that are not the six partons.

    >>> arranged([-5, 5, 2, -1, -2, 1], [-6, 6, 24, 24, -24, -24])
    [1, 2, 3, 0, 5, 4]
    """
    order = [-1] * len(SLOTS)
    for i, key in enumerate(zip(identifiers, mothers, strict=True)):
        slot = SLOT_OF.get(key)
        if slot is not None and order[slot] < 0:
            order[slot] = i
    if -1 in order or len(identifiers) > len(SLOTS):
        listing = ", ".join(f"{i} from {m}" for i, m in zip(identifiers, mothers, strict=True)) or "none"
        expected = ", ".join(f"{slot} from {mother}" for slot, mother in zip(SLOTS, MOTHERS, strict=True))
        raise InputError(f"has the final particles {listing}; expected {expected}")
    return order
