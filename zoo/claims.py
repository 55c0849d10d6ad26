"""The ledger of a paper's claims: what it claims and where, what was found here, our number beside its own, and how.

A room's claims.py declares them as `CLAIMS`; ``python -m reproductions.ROOM claims`` writes claims.json from them and
from the cards of the released models, and the table in the room's README. So no number of a card is typed twice, and
another release changes the ledger by that command.

In a text, ``{MODEL:KEY/KEY}`` stands for a number of a card's metrics, with its uncertainty if it has one, and
``{MODEL:KEY*100}`` for so many times it; after ``tables_only/`` come those of its coordinates alone. A number that the
card does not have, for the model was not judged by it yet, is a dash. The same in results.md, where a room has one: the
command writes it, filled, into the README, too.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from zoo import headline, registry
from zoo.data.files import atomic
from zoo.errors import InputError
from zoo.headline import rounded

GAME, OTHER, NOT, UNTRIED = "by the paper's game", "by other means", "not reproduced", "not tried"
FOUND = (GAME, OTHER, NOT, UNTRIED)
FILE = "claims.json"
RESULTS = "results.md"
BEGIN, END = "<!-- {}: written by the command claims -->", "<!-- end of {} -->"
COLUMNS = ("claim", "where", "found", "ours", "the paper", "command")
BAR = "\\|"  # a bar within a cell of a table
PLACE = re.compile(r"\{(\w+):([^}*]+)(?:\*(\d+))?\}")

Read = Callable[[str, str], Any]  # of a model and a path through its metrics: {"value", "uncertainty"} or a number


class Unmeasured(InputError):
    """The card of a model does not have this number."""


@dataclass(frozen=True)
class Attempt:
    """What one of our ways to a claim gave.

    Attributes:
        ours: our number in a text, see the module.
        holds: whether the claim holds there, of the numbers of the cards; what asks for none is a plain truth value.
        models: the models whose numbers they are. One that had no opponent, or is named _plus, is not the paper's game.
        adversarial: whether networks with an opponent did it, where no model is named.
    """

    ours: str
    holds: Callable[[Read], bool] | bool
    models: tuple[str, ...] = ()
    adversarial: bool = False


@dataclass(frozen=True)
class Claim:
    """A claim of a paper, where it stands, its number, and how we tried: by the paper's game first, if at all."""

    claim: str
    where: str
    paper: str
    command: str
    attempts: tuple[Attempt, ...] = ()


@dataclass(frozen=True)
class Entry:
    """A line of the ledger: one of `FOUND`, and whether an adversarial network reproduced the claim."""

    claim: str
    where: str
    found: str
    adversarial: bool
    ours: str
    paper: str
    command: str


def read(model: str, path: str) -> Any:
    """A number of the metrics in the card of a released model, by its keys with / between them."""
    card = registry.read_card(registry.CHECKOUT / model)
    alone, _, rest = path.partition("/")
    found: Any = card["metrics"]
    if alone == "tables_only":
        found, path = card.get("tables_only", {}).get("metrics", {}), rest
    for key in path.split("/"):
        try:
            found = found[int(key)] if isinstance(found, list) else found[key]
        except (LookupError, TypeError, ValueError) as error:
            raise Unmeasured(f"{model}: its metrics have no {path}, expected the keys of its card") from error
    return found


def filled(text: str) -> str:
    """`text` with the numbers of the cards."""

    def number(place: re.Match) -> str:
        try:
            found, times = read(place[1], place[2]), int(place[3] or 1)
        except Unmeasured:
            return "–"
        if isinstance(found, Mapping):
            found = found.get("auc", found)  # of a classifier test
            numbers = [found["value"], *([found["uncertainty"]] if "uncertainty" in found else [])]
            return "undefined" if None in numbers else rounded(*(times * number for number in numbers))
        return rounded(times * found) if isinstance(found, float) else str(found)

    return PLACE.sub(number, text)


def entry(claim: Claim) -> Entry:
    """The line of `claim`: found is what the first attempt at which it holds gave; not tried what was not measured."""
    found, adversarial = UNTRIED, False
    for attempt in claim.attempts:
        try:
            holds = attempt.holds(read) if callable(attempt.holds) else attempt.holds
        except Unmeasured:
            continue
        found = NOT
        if holds:
            taught = {_taught_by(name) for name in attempt.models}
            alone = {"score", "another model", "score, then game"}  # the game only kept what a score had reached
            adversarial = not taught & alone if taught else attempt.adversarial
            by_game = adversarial and not any(name.endswith("_plus") for name in attempt.models)
            found = GAME if by_game else OTHER
            break
    ours = "; ".join(filled(attempt.ours) for attempt in claim.attempts)
    return Entry(claim.claim, claim.where, found, adversarial, ours, filled(claim.paper), claim.command)


def _taught_by(model: str) -> str:
    """What taught a released model, in the words of `zoo.headline.taught`."""
    return headline.taught(registry.read_card(registry.CHECKOUT / model))


def write(claims: Iterable[Claim], folder: Path) -> list[Entry]:
    """Write claims.json to the room's `folder`, and what `blocks` gives into its README; the lines.

    Raises InputError for a README without the two marks between which a block stands.
    """
    lines = [entry(claim) for claim in claims]
    readme = folder / "README.md"
    page = readme.read_text(encoding="utf-8")
    for name, block in blocks(lines, folder).items():
        begin, end = BEGIN.format(name), END.format(name)
        if page.count(begin) != 1 or page.count(end) != 1:
            raise InputError(f"{readme}: has no place for the {name}, expected the lines {begin} and {end}")
        before, _, rest = page.partition(begin)
        page = before + block + rest.partition(end)[2]
    with atomic(folder / FILE) as temporary:
        temporary.write_text(json.dumps([asdict(one) for one in lines], indent=1, ensure_ascii=False) + "\n")
    with atomic(readme) as temporary:
        temporary.write_text(page, encoding="utf-8")
    return lines


def blocks(lines: Sequence[Entry], folder: Path) -> dict[str, str]:
    """What the command writes into a room's README, with the marks around it: the ledger, and its results.md filled."""
    found = {"claims": table(lines)}
    if (folder / RESULTS).exists():
        found["results"] = filled((folder / RESULTS).read_text(encoding="utf-8")).strip()
    return {name: f"{BEGIN.format(name)}\n\n{text}\n\n{END.format(name)}" for name, text in found.items()}


def load(folder: Path) -> list[Entry]:
    """The ledger that `write` left in a room's `folder`."""
    return [Entry(**line) for line in json.loads((folder / FILE).read_text(encoding="utf-8"))]


def table(lines: Sequence[Entry]) -> str:
    """The ledger as a table in Markdown."""
    rows = [COLUMNS, ("---",) * len(COLUMNS)]
    for one in lines:
        found = f"{one.found}, an adversarial network" if one.adversarial and one.found == OTHER else one.found
        rows.append((one.claim, one.where, f"**{found}**", one.ours, one.paper, f"`{one.command}`"))
    return "\n".join(f"| {' | '.join(cell.replace('|', BAR) for cell in row)} |" for row in rows)


def summary(lines: Sequence[Entry]) -> str:
    """How many claims, and what was found, in one sentence."""
    numbers = {found: sum(one.found == found for one in lines) for found in FOUND}
    others = sum(one.adversarial and one.found == OTHER for one in lines)
    return (
        f"Of {len(lines)} claims {numbers[GAME]} are reproduced by the paper's game and {numbers[OTHER]} by other "
        f"means, {others} of these by an adversarial network in coordinates of ours; not reproduced: {numbers[NOT]}, "
        f"not tried: {numbers[UNTRIED]}."
    )
