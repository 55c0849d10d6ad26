"""Packages that only some work needs, and what is said where they are missing."""

from collections.abc import Iterator
from contextlib import contextmanager

from zoo.errors import InputError


@contextmanager
def needed(work: str, extra: str = "simulate") -> Iterator[None]:
    """Around imports of packages that only `work` needs and that setup.cfg lists under `extra`.

    Raises InputError, one sentence, where one of them cannot be imported.
    """
    try:
        yield
    except ImportError as error:
        raise InputError(f"{work} needs more packages: pip install -e '.[{extra}]' ({error})") from error
