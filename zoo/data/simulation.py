"""What a reproduction's simulate.py declares: the flags of its command and the function that makes events."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zoo import cli
from zoo.cli import flag

SIMULATED, NUMBER, WHERE = "what is simulated", "how many", "where"


@dataclass(frozen=True, kw_only=True)
class Flags:
    """The flags that all simulations have; a room's dataclass adds its own. The first two must be given."""

    out: Path = flag(Path(), "HDF5 file to write", WHERE, required=True, metavar="FILE")
    events: int = flag(0, "how many events", NUMBER, required=True)
    seed: int = flag(1, "the same seed gives the same events", NUMBER)
    overwrite: bool = flag(False, "replace an existing file", WHERE)

    def __post_init__(self):
        """Raises InputError for values that make no sense."""
        cli.check(self, {"at least 1": (lambda x: x >= 1, "events")})
        cli.check_seed("--seed", self.seed)


@dataclass(frozen=True)
class Simulation:
    """A command that makes events.

    Attributes:
        flags: the class of its flags, a dataclass on `Flags`.
        simulate: ``simulate(flags, command)`` writes flags.out, in which it records the command line `command`, and
            returns what to tell the user.
    """

    flags: type[Flags]
    simulate: Callable[[Any, str], str]
