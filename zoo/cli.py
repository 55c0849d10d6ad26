"""From the fields of a dataclass to command-line flags and back, and how a program ends."""

import argparse
import dataclasses
import io
import os
import re
import sys
import textwrap
import types
import typing
import warnings
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from zoo import stderr
from zoo.errors import InputError, SimulationError, Terminated
from zoo.supported import check_backend

Config = TypeVar("Config")
LARGEST_SEED = 2**31 - 1
METAVARS = {int: "N", float: "X", str: "NAME", Path: "PATH"}


class Parser(argparse.ArgumentParser):
    """A parser whose help is in the reader's order: what the command does, an example, then options in groups.

    Arguments:
        what: a sentence or a page; one line alone is broken where it is too long.
        example: a command line, or several.
    """

    def __init__(self, *, what: str | None = None, example: str = "", **options: Any):
        what = (what or "").strip()
        text = [what if "\n" in what else textwrap.fill(what, 100)]
        if example:
            text += ["", "example:", textwrap.indent(example, "  ")]
        raw = argparse.RawDescriptionHelpFormatter
        super().__init__(description="\n".join(text), formatter_class=raw, add_help=False, **options)
        self.add_argument("-h", "--help", action="help", help=argparse.SUPPRESS)
        # Python before 3.14 takes -1e-3 for a flag
        self._negative_number_matcher = re.compile(r"-(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$")


def flag(default: Any, help: str, group: str | None = None, **options: Any) -> Any:
    """A dataclass field with what its command-line flag needs.

    Flags of one `group` stand together in the help, under its name. `options` go to argparse's add_argument as they
    are: choices, metavar, ...
    """
    grouped = {"group": group} if group else {}
    return dataclasses.field(default=default, metadata={"help": help, **grouped, **options})


def add_flags(
    parser: argparse.ArgumentParser,
    config: type,
    start: Any = None,
    only: Collection[str] | None = None,
    order: Sequence[str] = (),
) -> None:
    """Add a flag to `parser` for each field of the dataclass `config`, or those in `only`: batch_size is --batch-size.

    Groups stand in the `order` of their names, and a flag without one belongs to the first of these.

    The annotation says how a value is read: bool gives --x and --no-x, tuple[T, ...] one or more T, `T | None` a T,
    any other type is called with the text. The help ends with the default, that of `start` if one is given.
    """
    hints = typing.get_type_hints(config)
    groups: dict[str, Any] = {name: parser.add_argument_group(name) for name in order}
    for field in dataclasses.fields(config):
        if only is not None and field.name not in only:
            continue
        default = getattr(start, field.name) if start else field.default
        options = {**_reading(hints[field.name]), "default": default, **field.metadata}
        if "choices" in options:
            options["metavar"] = field.metadata.get("metavar")
        # argparse formats help with %, so a plain "0.3 %" would break --help
        options["help"] = f"{options.get('help', '')}{'' if options.get('required') else _default(default)}".replace(
            "%", "%%"
        )
        group = options.pop("group", order[0] if order else None)
        if group and group not in groups:
            groups[group] = parser.add_argument_group(group)
        groups.get(group, parser).add_argument(f"--{field.name.replace('_', '-')}", **options)


def config_from(args: argparse.Namespace, config: type[Config]) -> Config:
    """The dataclass `config` with the values of the flags that `add_flags` made."""
    values = {field.name: getattr(args, field.name) for field in dataclasses.fields(typing.cast(Any, config))}
    return config(**{name: tuple(value) if isinstance(value, list) else value for name, value in values.items()})


def check(config: Any, rules: Mapping[str, tuple[Callable[[Any], bool], str]]) -> None:
    """Raise InputError for the first field of the dataclass `config` that breaks a rule; None breaks none.

    A rule, {what is expected: (condition, names)}, holds for the fields `names`, separated by blanks.
    """
    for expected, (holds, names) in rules.items():
        for name in names.split():
            value = getattr(config, name)
            if value is not None and not holds(value):
                raise InputError(f"--{name.replace('_', '-')} is {value}, expected {expected}")


def check_seed(flag: str, seed: int) -> None:
    """Raise InputError for a seed that not every library takes: scikit-learn and Keras have 32 bits for it."""
    if seed < 0:
        raise InputError(f"{flag} is {seed}, expected at least 0")
    if seed > LARGEST_SEED:
        raise InputError(f"{flag} is {seed}, expected at most {LARGEST_SEED}")


def from_plain(values: Mapping[str, Any], config: type[Config]) -> Config:
    """The dataclass `config` from what JSON makes of its fields: paths come as texts, tuples as lists.

    Raises InputError for a field that `config` does not have.
    """
    hints = typing.get_type_hints(config)

    def read(name: str, value: Any) -> Any:
        kind = _reading(hints[name]).get("type", bool)
        if value is None:
            return None
        return tuple(map(kind, value)) if isinstance(value, list) else kind(value)

    if unknown := set(values) - set(hints):
        raise InputError(f"the configuration has {', '.join(sorted(unknown))}, which this version does not know")
    return config(**{name: read(name, value) for name, value in values.items()})


def changed(config: Any) -> dict[str, Any]:
    """The fields of the dataclass `config` that differ from their defaults, {name: value}."""
    values = {field.name: (getattr(config, field.name), field.default) for field in dataclasses.fields(config)}
    return {name: value for name, (value, default) in values.items() if value != default}


def flags(values: Mapping[str, Any]) -> list[str]:
    """The words of a command line that set `values`, to be run in this folder; paths as `portable` makes them."""
    words = []
    for name, value in values.items():
        flag = name.replace("_", "-")
        if isinstance(value, bool):
            words.append(f"--{flag}" if value else f"--no-{flag}")
        else:
            entries = value if isinstance(value, tuple) else (value,)
            words += [f"--{flag}", *(portable(entry) if isinstance(entry, Path) else str(entry) for entry in entries)]
    return words


def portable(path: Path) -> str:
    """`path` from the working folder, the repository's; elsewhere its name alone, for nobody else has its folder."""
    absolute, here = Path(os.path.abspath(path)), Path.cwd()
    return absolute.relative_to(here).as_posix() if absolute.is_relative_to(here) else absolute.name


def run(main: Callable[[], None]) -> NoReturn:
    """Call `main` and exit: 0 when it returns, 2 with one sentence after an InputError or where the system refuses a
    file, 130 after Ctrl-C, 143 when `Terminated`, and 141, as programs that SIGPIPE stops, when who reads the output
    has left: ``... | head``.
    """
    try:
        with stderr.filtered(), warnings.catch_warnings():
            warnings.showwarning = _tell
            if isinstance(sys.stdout, io.TextIOWrapper):
                sys.stdout.reconfigure(errors="replace")  # where a terminal or pipe has no ± or η
            main()
            if sys.stdout:  # None where it is closed
                sys.stdout.flush()
    except BrokenPipeError:
        _stop_writing()
        sys.exit(141)
    except (InputError, SimulationError) as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    except OSError as error:
        from zoo.data.files import REFUSALS  # with numpy, which a command may do without

        if error.filename is None and error.errno not in REFUSALS:
            raise
        if error.filename is None:
            _stop_writing()
        print(f"error: {error.filename or 'the output'}: {error.strerror}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt as interrupt:
        if str(interrupt):
            print(interrupt, file=sys.stderr)
        sys.exit(143 if isinstance(interrupt, Terminated) else 130)
    except Exception:
        _blame_backend()
        raise
    sys.exit(0)


def _stop_writing() -> None:
    """Let what Python flushes of the output as it ends go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _tell(message, category, filename, lineno, file=None, line=None) -> None:
    """A warning as a line: for users of a command the line of Python that it comes from says nothing."""
    text = str(message) if category is UserWarning else f"{category.__name__}: {message}"
    print(f"warning: {text}", file=sys.stderr)


def _blame_backend() -> None:
    """Exit with a sentence if Keras has a backend on which nothing of the zoo can be expected to work."""
    try:
        check_backend()
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)


def _reading(annotation: Any) -> dict[str, Any]:
    if typing.get_origin(annotation) in (types.UnionType, typing.Union):
        (annotation,) = (kind for kind in typing.get_args(annotation) if kind is not type(None))
    if annotation is bool:
        return {"action": argparse.BooleanOptionalAction}
    if typing.get_origin(annotation) is tuple:
        (kind, *_) = typing.get_args(annotation)
        return {"type": kind, "nargs": "+", "metavar": METAVARS.get(kind)}
    return {"type": annotation, "metavar": METAVARS.get(annotation)}


def _default(default: Any) -> str:
    if default is None:
        return ""
    if isinstance(default, bool):
        return f" ({'yes' if default else 'no'})"
    return f" ({' '.join(map(str, default)) if isinstance(default, tuple) else default})"
