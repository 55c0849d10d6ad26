"""Data that are simulated when they are first needed, and kept in the user's cache."""

from collections.abc import Callable
from pathlib import Path

from zoo.data.files import check_writable
from zoo.registry import cache


def made(name: str, make: Callable[[Path], object], what: str) -> Path:
    """The file `name` in the user's cache, made by ``make(path)`` if it is not there yet.

    `what` is told before: what is made, and how long it takes. Raises InputError before the work if the cache cannot
    be written.
    """
    path = cache() / "data" / name
    if not path.exists():
        check_writable(path)
        print(f"first use: making {what}, into {path}", flush=True)
        make(path)
    return path
