"""What the configurations of all reproductions share: a frozen dataclass whose fields are the command-line flags.

Each field says by its group whether it belongs to the recipe and whether a resumed run may change it:

| group  | what it says                     | recipe | a resumed run may change it                |
|--------|----------------------------------|--------|--------------------------------------------|
| RECIPE | what is trained, and how         | yes    | no                                         |
| DATA   | on which events, from which seed | no     | no                                         |
| LENGTH | how long                         | no     | yes, but where rates fall by the length    |
| RUN    | where, and by which means        | no     | yes                                        |
"""

import dataclasses
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zoo import cli
from zoo.cli import flag
from zoo.errors import InputError

RECIPE, DATA, LENGTH, RUN = "what is trained", "on which events", "how long", "where"
ORDER = (RECIPE, DATA, LENGTH, RUN)  # of the groups in the help


@dataclass(frozen=True, kw_only=True)
class Settings(ABC):
    """The fields that all configurations have. A room's adds its own, with the paper's values for defaults."""

    data: Any = flag(None, "HDF5 file of events", group=DATA)
    events: int | None = flag(None, "use only the first N events of each file", group=DATA)
    start: Path | None = flag(None, "folder of another run, whose networks this one begins with", group=DATA)
    seed: int = flag(1, "seed of the split, the weights, the noise and the order of the events", group=DATA)

    epochs: int = flag(1, "epochs", group=LENGTH)
    batch_size: int = flag(1, "events in a batch", group=RECIPE)
    # Weights averaged over the last batches fluctuate less than the last ones; no paper of the zoo has it.
    average: float = flag(
        0.0, "momentum of an exponential moving average of the generator's weights (0: none)", group=RECIPE
    )
    # An opponent that knows nothing of a taught generator would first of all unteach it.
    opponent_first: int = flag(
        0,
        "batches at the start in which only the generator's opponent learns; no paper of the zoo has it",
        group=RECIPE,
    )
    cpu_minutes: float | None = flag(
        None, "end with the epoch in which the training has used so many CPU minutes", group=LENGTH
    )
    score_every: int = flag(1, "epochs between scores on the validation events", group=LENGTH)

    out: Path | None = flag(None, "folder of the run (default: runs/NAME of the model or recipe)", group=RUN)
    resume: bool = flag(False, "continue the run in OUT where it stopped", group=RUN)
    jit: bool = flag(True, "compile the training step through XLA", group=RUN)
    devices: int = flag(1, "devices of all processes that share every batch (JAX)", group=RUN)

    def __post_init__(self):
        """Raises InputError for values that make no sense."""
        rules: dict[str, tuple[Callable[[Any], bool], str]] = {
            "at least 1": (lambda x: x >= 1, "events epochs batch_size score_every devices"),
            "no negative number": (lambda x: x >= 0, "opponent_first"),
            "a positive number": (lambda x: 0 < x < math.inf, "cpu_minutes"),
            "at least 0 and below 1": (lambda x: 0 <= x < 1, "average"),
        }
        cli.check(self, rules)
        if self.batch_size % self.devices:
            raise InputError(f"--devices is {self.devices}, expected a divisor of --batch-size {self.batch_size}")
        cli.check_seed("--seed", self.seed)

    @property
    @abstractmethod
    def name(self) -> str:
        """The name of the model that this makes."""

    @property
    def folder(self) -> Path:
        """The folder of the run."""
        return self.out or Path("runs") / self.name

    @property
    def falls(self) -> bool:
        """Whether learning rates fall to 0 over the epochs, so that a resumed run must not change their number."""
        return False


def names(config: Any, *groups: str) -> list[str]:
    """The fields of the configuration `config`, or of its class, that belong to `groups`."""
    return [field.name for field in dataclasses.fields(config) if field.metadata.get("group", RECIPE) in groups]


def fixed(config: Settings) -> list[str]:
    """The fields of `config` that a resumed run must not change."""
    return names(config, RECIPE, DATA) + (["epochs"] if config.falls else [])


def sample(config: Settings) -> list[str]:
    """The fields that say which files are read, but not how much of them and how they are split."""
    return [name for name in names(config, DATA) if name not in ("events", "start", "seed")]


def deviations(config: Settings) -> dict[str, Any]:
    """What `config` does differently from the paper, whose recipe the defaults are: {name: value}."""
    recipe = names(config, RECIPE)
    return {name: _plain(value) for name, value in cli.changed(config).items() if name in recipe}


def played(values: Mapping[str, Any]) -> bool:
    """Whether a configuration, given as a dict, is of a game: with an opponent, and no teacher in its place."""
    return values.get("adversary", True) and not values.get("teacher")


def plain(config: Settings) -> dict[str, Any]:
    """The fields of `config` as JSON holds them, files without their folders, without what `RUN` says."""
    values: Mapping[str, Any] = dataclasses.asdict(config)
    return {name: _plain(values[name]) for name in names(config, RECIPE, DATA, LENGTH)}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value.name if isinstance(value, Path) else value
