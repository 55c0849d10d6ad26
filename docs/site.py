"""What the site makes of the repository: the gallery, the ledger of claims, docstrings, its front door."""

import json
import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from docs.browser import NAMES
from zoo import headline, registry

ROOT = Path(__file__).resolve().parent.parent
FRONT = '<!doctype html><meta charset="utf-8"><title>Moved</title><meta http-equiv="refresh" content="0; url={0}">'
FRONT += '<a href="{0}">The site</a>\n'
SIGNS = re.compile(r"(?<!\\)(\||(?<=[ (,])\*(?=\w))(?=(?:[^`]*`[^`]*`)*[^`]*$)")  # not between backticks
COLUMNS = {"claim": "claim", "where": "where", "found": "found", "ours": "ours", "paper": "the paper", "command": "how"}


class Written(SphinxDirective):
    """A directive whose content is Markdown, written as the page is read."""

    def run(self) -> list[nodes.Node]:
        return self.parse_text_to_nodes(self.markdown(), allow_section_headings=True)

    def markdown(self) -> str:
        raise NotImplementedError


class Gallery(Written):
    """Every released model: its picture, what it is, its distance, and where it can be drawn in a browser."""

    def markdown(self) -> str:
        paths = sorted(registry.CHECKOUT.glob("*/card.json"))
        self.env.note_dependency(__file__)
        return "\n\n".join(gallery_entry(registry.read_card(path.parent)) for path in paths)


class Claims(Written):
    """The ledgers of all rooms, reproductions/ROOM/claims.json, a table for each."""

    def markdown(self) -> str:
        ledgers = sorted((ROOT / "reproductions").glob("*/claims.json"))
        if not ledgers:
            return "There is no ledger yet; the rooms' READMEs say what was found."
        return "\n\n".join(f"## {path.parent.name}\n\n{claims_table(json.loads(path.read_text()))}" for path in ledgers)


def gallery_entry(card: dict[str, Any]) -> str:
    """A model in Markdown."""
    name, line, paper = card["name"], card["headline"], card["paper"]
    room = card["reproduction"].rpartition(".")[2]
    lines = [f"## {name}", f"{card['summary']}."]
    lines += [f"**How far it is:** {line['measure']}: {headline.distance(line)}. The paper: {line['paper']}."]
    number = f", arXiv:{paper['arxiv']}" if paper.get("arxiv") else ""
    lines += [f"Taught by {headline.TAUGHT[headline.taught(card)]}. *{paper['title']}*{number}."]
    lines += [f"[The room](../reproductions/{room}/README.md)"]
    if name in NAMES:
        lines += [f'<a href="../browser/index.html#{name}">Draw its events in your browser</a>']
    lines += [f"![{name}: {card['title']}, beside the reference](../weights/{name}/overview.png)"]
    return "\n\n".join(lines)


def claims_table(claims: list[dict[str, Any]]) -> str:
    """A room's ledger as a table in Markdown."""

    def row(cells: list[str]) -> str:
        return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"

    lines = [row(list(COLUMNS.values())), row(["---"] * len(COLUMNS))]
    for claim in claims:
        cells = [str(claim.get(key, "")) for key in COLUMNS]
        lines.append(row([*cells[:-1], f"`{cells[-1]}`" if cells[-1] else ""]))
    return "\n".join(lines)


def docstring(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    lines[:] = as_rst(lines)


def as_rst(lines: list[str]) -> list[str]:
    """A docstring, which is reStructuredText but for Markdown's tables, and for | and * that mean themselves.

    >>> as_rst(["|a|b|", "|---|---|", "|1|2|"])[:4]
    ['.. list-table::', '   :header-rows: 1', '', '   * - a']
    >>> as_rst(["The |x| of (n, *shape):", ".. math:: |x|"])
    ['The \\\\|x\\\\| of (n, \\\\*shape):', '.. math:: |x|']
    """
    found: list[str] = []
    directive = False  # whose lines are left as they are
    for line in lines:
        directive = line.startswith("..") or (directive and (not line or line.startswith(" ")))
        if not line.startswith("|"):
            found.append(line if directive else SIGNS.sub(r"\\\1", line))
            continue
        cells = [SIGNS.sub(r"\\\1", cell.strip()) for cell in line.strip("|").split("|")]
        if all(cell and set(cell) <= {"-", ":"} for cell in cells):
            continue
        if not found or not found[-1].startswith("   "):
            found += [".. list-table::", "   :header-rows: 1", ""]
        found += [f"   {'  -' if i else '* -'} {cell}" for i, cell in enumerate(cells)]
    return found


def open_the_front_door(app: Sphinx, error: Exception | None) -> None:
    if error is None and app.builder.name == "html":
        (Path(app.outdir) / "index.html").write_text(FRONT.format(f"{app.config.root_doc}.html"))


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("gallery", Gallery)
    app.add_directive("claims", Claims)
    app.connect("autodoc-process-docstring", docstring)
    app.connect("build-finished", open_the_front_door)
    return {"parallel_read_safe": True}
