"""Packages that only some work needs, and what is said where they are missing."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from zoo.errors import InputError

TRAIN = ("scipy", "sklearn", "matplotlib", "mplhep", "jinja2", "pylhe", "tensorboard")


@contextmanager
def needed(work: str, extra: str = "simulate") -> Iterator[None]:
    """Around imports of packages that only `work` needs and that setup.cfg lists under `extra`.

    Raises InputError, one sentence, where one of them cannot be imported.
    """
    try:
        yield
    except ImportError as error:
        raise InputError(f"{work} needs more packages: pip install -e '.[{extra}]' ({error})") from error


def check(work: str, extra: str, modules: tuple[str, ...]) -> None:
    """Raise InputError, one sentence, where `modules` are missing that `work` needs; for before long work.

    setup.cfg lists their packages under `extra`.
    """
    if missing := [module for module in modules if find_spec(module) is None]:
        raise InputError(f"{work} needs {', '.join(missing)}: pip install 'hep-generative-zoo[{extra}]'")
