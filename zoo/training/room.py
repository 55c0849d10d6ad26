"""What a reproduction declares of itself, once; `zoo.training.commands` makes its commands of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo.errors import InputError
from zoo.training.settings import Settings

if TYPE_CHECKING:
    from zoo.generator import Generator

Parts = Mapping[str, Any]
ALONE = ", no opponent"  # in the title of a model that no adversary taught


def anything(config: Settings) -> None:
    """Every run may be released."""


@dataclass(frozen=True)
class Room:
    """A reproduction: the package `package`, such as reproductions.calogan, whose modules hold what the methods call.

    | module      | function                                         | what it does                                    |
    |-------------|--------------------------------------------------|-------------------------------------------------|
    | train.py    | train(config, parts=None) -> Generator           | the best generator by its score                 |
    |             | load(config) -> {part: events}                   | train, validation and test                      |
    |             | source(config) -> Path                           | the file of the events, made on first use       |
    |             | card(config, parts) -> dict                      | name, latent, conditions, outputs of the model  |
    | evaluate.py | check(parts, config)                             | refuses too few events                          |
    |             | evaluate(generator, parts, config, out, seed)    | writes figures and numbers; returns the metrics |
    |             | format_table(metrics) -> str                     | their essence for the terminal                  |
    |             | compared(generator, parts, config) -> dict       | a few measures, cheap, for `compare`            |
    | panels.py   | panels(saved) -> {name: Panel}                   | labels and published histograms, for the pages  |
    | simulate.py | SIMULATION, a `zoo.data.simulation.Simulation`   | flags and function that make events; may lack   |
    | claims.py   | CLAIMS, a tuple of `zoo.claims.Claim`            | what the paper claims, and how we tried         |

    Modules are imported when they are needed, so that --help is instant.

    Attributes:
        package: the folder's name as a package.
        config: the class of its configurations.
        recipes: configurations by name: "paper" and that of each released model.
        describe: ``describe(config)`` -> {"title", "summary", "paper"} of the model that `config` makes.
        headline: ``headline(config, metrics)``, the model's line in the table of all, see zoo.headline.
        summaries: the entries of the metrics that go into the card.
        size: ``size(events)``, how many events a part holds.
        check_release: ``check_release(config)`` raises InputError for a run that must not be released.
        fresh: ``fresh(config, seed)``, new events for the test, where they can be simulated.
        held_out: ``held_out(config, card)``, parts whose test comes with the room and was held out of the training of
            the model with this card; None where it was not. For models whose training file does not come with it.
        adds: ``adds(config, model)``, the Dense layer that is all that the network adds to noise in coordinates of
            tables; None where the coordinates do no part of the work.
    """

    package: str
    config: type[Settings]
    recipes: Mapping[str, Settings]
    describe: Callable[[Any], dict[str, Any]]
    headline: Callable[[Any, dict[str, Any]], dict[str, Any]]
    summaries: tuple[str, ...]
    size: Callable[[Any], int]
    check_release: Callable[[Any], None] = anything
    fresh: Callable[[Any, int], Any] | None = None
    held_out: Callable[[Any, Mapping[str, Any]], Parts | None] | None = None
    adds: Callable[[Any, Any], Any] | None = None

    @property
    def command(self) -> str:
        """What a user types."""
        return f"python -m {self.package}"

    def module(self, name: str) -> Any:
        """One of the modules of the table above."""
        return import_module(f"{self.package}.{name}")

    def train(self, config: Settings, parts: Parts | None = None) -> "Generator":
        """Train as `config` says, into its folder; the best generator. `parts` is what `load` gives."""
        return self.module("train").train(config, parts=parts)

    def load(self, config: Settings) -> Parts:
        """The events of `config`, split."""
        return self.module("train").load(config)

    def source(self, config: Settings) -> Path:
        """The file of the events of `config`."""
        return self.module("train").source(config)

    def check_parts(self, parts: Parts, config: Settings) -> None:
        """Raises InputError for `parts` with too few events to be judged by."""
        self.module("evaluate").check(parts, config)

    def releases(self, config: Settings) -> bool:
        """Whether a run of `config` may be released."""
        try:
            self.check_release(config)
        except InputError:
            return False
        return True

    def card(self, config: Settings, parts: Parts) -> dict[str, Any]:
        """The card of a model of `config`, but for its training, data, metrics and hashes."""
        return {
            **self.module("train").card(config, parts),
            **self.describe(config),
            "reproduction": self.package,
        }

    def compared(self, generator: "Generator", parts: Parts, config: Settings) -> dict:
        """A few measures of `generator` by the held-out events, by name; lower is better."""
        return self.module("evaluate").compared(generator, parts, config)

    def evaluate(self, generator: "Generator", parts: Parts, config: Settings, out: Path, seed: int) -> dict:
        """Compare `generator` with the held-out events; writes to `out`, prints the table, returns the metrics."""
        module = self.module("evaluate")
        metrics = module.evaluate(generator, parts, config, out, seed)
        print(module.format_table(metrics))
        return metrics
