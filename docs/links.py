"""python -m docs.links FOLDER: whether every link inside a site of HTML files leads somewhere."""

import argparse
import json
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from zoo.cli import run
from zoo.errors import InputError


class Page(HTMLParser):
    """The links of a page, and the places in it that links may name."""

    def __init__(self, path: Path):
        super().__init__()
        self.links: list[str] = []
        self.places: set[str] = {""}
        self.feed(path.read_text(encoding="utf-8"))
        models = path.parent / "models" / "models.json"
        if models.is_file():  # the page of docs.browser, which opens the model that stands behind #
            self.places |= {one["name"] for one in json.loads(models.read_text())}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.places |= {values[key] or "" for key in ("id", "name") if key in values}
        self.links += [values[key] or "" for key in ("href", "src") if key in values]


def broken(folder: Path) -> list[str]:
    """The links that lead nowhere, as "page: link"; those to other hosts are not followed."""
    pages = {path.resolve(): Page(path) for path in sorted(folder.rglob("*.html"))}
    found = []
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            known = target in pages and unquote(parts.fragment) in pages[target].places
            if not (known or (target not in pages and target.is_file())):
                found.append(f"{path.relative_to(folder.resolve())}: {link}")
    return found


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m docs.links", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="folder of the site")
    folder = parser.parse_args(argv).folder
    if not any(folder.rglob("*.html")):
        raise InputError(f"{folder}: holds no HTML, expected a site")
    if found := broken(folder):
        raise InputError("these links lead nowhere: " + "; ".join(found))
    print(f"{folder}: every link inside leads somewhere")


if __name__ == "__main__":
    run(main)
