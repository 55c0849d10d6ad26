"""Labels and numbers as HTML."""

import math
import re
import unicodedata
from typing import Any

from markupsafe import Markup, escape

from zoo.headline import rounded

NAMES = {"rightarrow": "→", "times": "×", "pm": "±", "ell": "ℓ"}
TOKEN = re.compile(r"\\[A-Za-z]+ ?|\\.|.")
MINUS, MACRON = "−", "\u0304"
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def label(text: str) -> Markup:
    r"""A label of a figure, with matplotlib's mathtext, as HTML.

    >>> print(label(r"$E_\mathrm{tot}$ & $\bar{t}$"))
    <i>E</i><sub>tot</sub> &amp; <i>t̄</i>
    """
    parts = text.split("$")
    return Markup("").join(_math(part) if i % 2 else escape(part) for i, part in enumerate(parts))


def _math(text: str) -> Markup:
    tokens = TOKEN.findall(text)
    found = Markup("")
    while tokens:
        found += _atom(tokens)
    return found


def _atom(tokens: list[str]) -> Markup:
    """The first of `tokens`, which are removed, with what belongs to it."""
    token = tokens.pop(0).rstrip(" ") or " "
    if token == "{":
        return _group(tokens)
    if token in "_^" and tokens:
        name = "sub" if token == "_" else "sup"
        return Markup(f"<{name}>{{}}</{name}>").format(_atom(tokens))
    if token == "\\mathrm" and tokens:
        return Markup.escape(_atom(tokens).striptags())
    if token == "\\bar" and tokens:
        return Markup("<i>{}</i>").format(_atom(tokens).striptags() + MACRON)
    if token.startswith("\\"):
        return Markup.escape(_symbol(token[1:]))
    return Markup("<i>{}</i>").format(token) if token.isalpha() else escape(token)


def _group(tokens: list[str]) -> Markup:
    found = Markup("")
    while tokens and tokens[0] != "}":
        found += _atom(tokens)
    del tokens[:1]
    return found


def _symbol(name: str) -> str:
    if not name.isalpha():
        return "\u2009" if name == "," else name
    case = "CAPITAL" if name[0].isupper() else "SMALL"
    try:
        return unicodedata.lookup(f"GREEK {case} LETTER {name.upper()}")
    except KeyError:
        return NAMES.get(name, name)


def number(value: float) -> str:
    """A number as an axis shows it: 0.1, 1500, 10⁻⁶, 5·10⁻⁴.

    >>> number(1e-6), number(5e-4), number(-0.25), number(20000)
    ('10⁻⁶', '5·10⁻⁴', '−0.25', '2·10⁴')
    """
    if value == 0 or 1e-3 <= abs(value) < 1e4:
        return f"{value:.6g}".replace("-", MINUS)
    digits, exponent = f"{value:.3e}".split("e")
    digits = digits.rstrip("0").rstrip(".").replace("-", MINUS)
    power = "10" + str(int(exponent)).translate(SUPERSCRIPTS)
    return {"1": power, f"{MINUS}1": MINUS + power}.get(digits, f"{digits}·{power}")


def plain(value: Any) -> str:
    """What stands in a card: numbers with four digits, lists by commas, nothing as a dash."""
    if value is None or value in ("", []):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(plain, value))
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def measured(value: float | None, uncertainty: float | None = None) -> str:
    """A value with its uncertainty, with the digits that mean something; a dash where there is none."""
    return "–" if value is None or math.isnan(value) else rounded(value, uncertainty)
