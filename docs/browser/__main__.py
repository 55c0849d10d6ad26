"""python -m docs.browser -o FOLDER: the page that runs the models in a browser, with models and all."""

import argparse
from pathlib import Path

from docs.browser import NAMES, build
from zoo.cli import run


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m docs.browser", description=__doc__)
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER", help="folder to write")
    parser.add_argument("--models", nargs="+", metavar="NAME", default=NAMES, help="models of the page (all it draws)")
    args = parser.parse_args(argv)
    folder = build(args.output, args.models)
    print(f"{folder}: serve it by python -m http.server -d {folder}")


if __name__ == "__main__":
    run(main)
