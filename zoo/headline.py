"""A model in one line: what it generates, what taught it, how far it is from the truth, and how far its paper's is.

A card holds it as "headline": what `headline` gives. It stands in the table of the README, which is `table`.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from zoo.training.settings import played

# The words of `taught`, in a sentence.
TAUGHT = {
    "game": "a game against an opponent",
    "score": "a score, without an opponent",
    "both": "a game and a score",
    "score, then game": "a score, then a game against an opponent",
    "another model": "another model, without an opponent",
}
COLUMNS = ("model", "what it generates", "taught by", "how far it is", "the paper")


def headline(
    generates: str, *, game: bool, score: bool, measure: str, distance: Mapping[str, Any], paper: str
) -> dict[str, Any]:
    """The headline of a model, for its card.

    Arguments:
        generates: what an event is, in a few words.
        game: whether an opponent was trained beside the generator.
        score: whether the generator's loss compares events with real ones without an opponent.
        measure: what `distance` is, and to what.
        distance: {"value", "uncertainty"}, and "floor" where it is known: what a perfect generator would get.
        paper: the same number of the paper, or why there is none.
    """
    number = {"value": distance["value"], "uncertainty": distance["uncertainty"], "floor": distance.get("floor")}
    taught = "both" if game and score else "game" if game else "score"
    return {"generates": generates, "taught": taught, "measure": measure, **number, "paper": paper}


def rounded(value: float, uncertainty: float | None = None) -> str:
    """`value` ± `uncertainty` with the digits that mean something; a number alone, such as a floor, with two.

    The uncertainty has two digits if its first three are 100 to 354, else one (Particle Data Group, Review of Particle
    Physics, introduction, section 5.3), and the value as many decimal places. One that double precision does not tell
    from 0, as of a classifier that errs nowhere, is left out.

    >>> rounded(0.00495, 0.00063), rounded(0.0206, 0.00162), rounded(489.1, 21.2), rounded(1 - 1e-16, 3e-17)
    ('0.0050 ± 0.0006', '0.0206 ± 0.0016', '489 ± 21', '1')
    """
    scale = value if uncertainty is None else uncertainty
    if not scale or abs(scale) < 1e-14 * abs(value):
        return f"{value:g}"
    exponent = math.floor(math.log10(abs(scale)))
    first = round(abs(scale) * 10.0 ** (2 - exponent))
    digits = 2 if uncertainty is None or first < 355 else 1
    if uncertainty is not None and first >= 950:  # rounds up to 1000
        exponent, digits = exponent + 1, 2
    places = max(0, digits - 1 - exponent)
    text = f"{value:.{places}f}"
    return text if uncertainty is None else f"{text} ± {uncertainty:.{places}f}"


def distance(line: Mapping[str, Any]) -> str:
    """The distance of a headline, its uncertainty and its floor."""
    floor = "" if line["floor"] is None else f" (floor {rounded(line['floor'])})"
    return rounded(line["value"], line["uncertainty"]) + floor


def taught(card: Mapping[str, Any]) -> str:
    """What taught a model: "score", "game", "both", or "score, then game" where a game began with what a score taught.

    "another model" where it has a teacher; empty for a card without a headline.
    """
    word = str(card.get("headline", {}).get("taught", ""))
    training = card.get("training", {})
    if training.get("config", {}).get("teacher"):
        return "another model"
    while start := training.get("start"):
        training = start
    return word if word != "game" or played(training.get("config", {})) else "score, then game"


def table(cards: Iterable[Mapping[str, Any]]) -> str:
    """The headlines of `cards` as a table in Markdown; a model without one has its title alone."""
    lines = [COLUMNS, ("---",) * len(COLUMNS), *map(_row, cards)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _row(card: Mapping[str, Any]) -> tuple[str, ...]:
    name, line = f"`{card['name']}`", card.get("headline")
    if line is None:
        return (name, card["title"], "", "", "")
    number = distance(line)
    if alone := card.get("tables_only"):
        number += f"; its tables alone {rounded(alone['value'], alone['uncertainty'])}"
    return (name, line["generates"], taught(card), f"{line['measure']}: {number}", line["paper"])
