"""The ledgers of claims: each is what its room's claims.py and the cards make, and so are the README's table."""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from reproductions import claims as all_claims
from zoo import claims

ROOMS = sorted(path.parent for path in Path(import_module("reproductions").__path__[0]).glob("*/room.py"))


@pytest.fixture(params=ROOMS, ids=lambda folder: folder.name)
def folder(request):
    return request.param


def test_the_ledger_and_the_readmes_tables_are_what_the_cards_say(folder):
    declared = import_module(f"reproductions.{folder.name}.claims").CLAIMS
    lines = [claims.entry(claim) for claim in declared]
    again = f"python -m reproductions.{folder.name} claims"
    assert claims.load(folder) == lines, again
    page = (folder / "README.md").read_text()
    assert all(block in page for block in claims.blocks(lines, folder).values()), again


def test_commands_are_there(folder):
    for line in claims.load(folder):
        if not line.command.startswith("none"):
            python, option, module = line.command.split()[:3]
            assert (python, option) == ("python", "-m")
            assert find_spec(module), line.command


def test_every_room_is_counted(capsys):
    all_claims.main()
    said = capsys.readouterr().out
    lines = [line for folder in ROOMS for line in claims.load(folder)]
    assert all(f"{folder.name}: Of " in said for folder in ROOMS)
    assert said.endswith(f"\n\n{claims.summary(lines)}\n")


def test_the_front_page_says_how_many_claims_hold():
    lines = [line for folder in all_claims.ROOMS for line in claims.load(folder)]
    text = " ".join((Path(all_claims.__file__).parents[1] / "README.md").read_text(encoding="utf-8").split())
    assert claims.summary(lines) in text
