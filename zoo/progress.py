"""A bar that says what is being done, for work of a few parts that take different times."""

from collections.abc import Callable, Mapping
from typing import Any

from tqdm import tqdm

FORM = "{desc}, {n_fmt} of {total_fmt} done [{elapsed}]"


def in_turn(parts: Mapping[str, Callable[[], Any]]) -> dict[str, Any]:
    """What each of `parts` returns, by its name, called one after the other; on a terminal a bar names the part."""
    found = {}
    with tqdm(total=len(parts), bar_format=FORM, leave=False, disable=None) as bar:
        for name, part in parts.items():
            bar.set_description_str(name)
            found[name] = part()
            bar.update()
    return found
