"""BibTeX of a model's paper and of this repository."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

import zoo

TITLE = "hep-generative-zoo: generative models for fast particle-physics simulation, reproduced from their papers"
AUTHORS = "The hep-generative-zoo authors"
YEAR = 2026


def bibtex(card: Mapping[str, Any]) -> str:
    """Two entries: the paper that the card of a model names, and this repository with the weights that were used."""
    weights = f"Weights {card['name']}, version {card.get('version', 1)}"
    ours = {
        "title": f"{{{TITLE}}}",
        "author": f"{{{AUTHORS}}}",  # doubly braced, a name is not taken apart
        "year": str(YEAR),
        "version": zoo.__version__,
        "note": f"{weights}, SHA-256 {card['sha256']['generator.keras']}",
    }
    return f"{paper_entry(card['paper'])}\n\n{_entry('software', 'hep-generative-zoo', ours)}"


def paper_entry(paper: Mapping[str, Any]) -> str:
    """The entry of the paper that a card names."""
    arxiv, doi = paper.get("arxiv"), paper.get("doi")
    # 1705.02355 came in May 2017, hep-ph/0609017 in September 2006
    digits = re.search(r"(?:^|/)(\d\d)\d\d", arxiv or "")
    year = str((1900 if int(digits[1]) > 90 else 2000) + int(digits[1])) if digits else None
    fields = {
        "title": f"{{{paper['title']}}}",
        "author": " and ".join(paper["authors"]),
        "year": year,
        "eprint": arxiv,
        "archivePrefix": "arXiv" if arxiv else None,
        "doi": doi,
        "note": paper.get("note"),
    }
    return _entry("article" if doi else "misc", f"{_plain(paper['authors'][0].split()[-1])}{year or ''}", fields)


def _entry(kind: str, key: str, fields: Mapping[str, str | None]) -> str:
    lines = [f"  {name} = {{{_escaped(value)}}}," for name, value in fields.items() if value]
    return "\n".join([f"@{kind}{{{key},", *lines, "}"])


def _escaped(text: str) -> str:
    return re.sub(r"([&%#_$])", r"\\\1", text)


def _plain(name: str) -> str:
    """Letters of ASCII only, in lower case, as keys want them: Müller is muller."""
    return re.sub("[^a-z]", "", unicodedata.normalize("NFKD", name).lower())
