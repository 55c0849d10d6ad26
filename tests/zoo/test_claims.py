import json
from dataclasses import replace

import pytest

from zoo import claims, registry
from zoo.claims import Attempt, Claim
from zoo.errors import InputError

CLAIM = Claim("It works", "section 4", "0.1", "python -m it")


@pytest.fixture
def weights(tmp_path, monkeypatch):
    """Models by what taught them: a game, both, a score, a game that began where a score ended."""
    for name, taught, value in (
        ("game", "game", 0.2),
        ("ours_plus", "both", 0.05),
        ("score", "score", 0.0412),
        ("played", "game", 0.03),
    ):
        card = {
            "name": name, "title": name, "summary": "", "reproduction": "", "latent": {}, "conditions": {},
            "paper": {"title": "", "authors": ["A"]},
            "outputs": {}, "sha256": {"generator.keras": ""}, "headline": {"taught": taught},
            "training": {"config": {}, "start": {"config": {"adversary": False}}} if name == "played" else {},
            "tables_only": {"metrics": {"far": {"value": 3, "uncertainty": 0.2}}},
            "metrics": {
                "far": {"value": value, "uncertainty": 0.006}, "rows": [{"n": 7}], "none": {"value": None},
                "test": {"auc": {"value": 0.6}},
            },
        }  # fmt: skip
        (tmp_path / name).mkdir()
        (tmp_path / name / "card.json").write_text(json.dumps(card))
    monkeypatch.setattr(registry, "CHECKOUT", tmp_path)
    monkeypatch.setenv("ZOO_WEIGHTS", str(tmp_path))


def near(model):
    return Attempt(f"{{{model}:far}}", lambda read: read(model, "far")["value"] < 0.1, (model,))


@pytest.mark.parametrize(
    ("models", "found", "adversarial"),
    [
        ((), claims.UNTRIED, False),
        (("game",), claims.NOT, False),
        (("played",), claims.OTHER, False),
        (("score",), claims.OTHER, False),
        (("ours_plus",), claims.OTHER, True),
        (("game", "ours_plus", "score"), claims.OTHER, True),
    ],
)
def test_what_was_found_is_the_first_attempt_that_holds(weights, models, found, adversarial):
    line = claims.entry(replace(CLAIM, attempts=tuple(map(near, models))))
    assert (line.found, line.adversarial) == (found, adversarial)


def test_a_game_that_gets_near_enough_has_reproduced_the_claim(weights):
    attempt = Attempt("{game:far}", lambda read: read("game", "far")["value"] < 0.3, ("game",))
    line = claims.entry(replace(CLAIM, attempts=(attempt, near("score"))))
    assert (line.found, line.adversarial) == (claims.GAME, True)
    assert line.ours == "0.200 ± 0.006; 0.041 ± 0.006"


def test_without_a_model_the_attempt_says_whether_there_was_an_opponent(weights):
    for adversarial, found in ((True, claims.GAME), (False, claims.OTHER)):
        line = claims.entry(replace(CLAIM, attempts=(Attempt("3", True, adversarial=adversarial),)))
        assert (line.found, line.adversarial) == (found, adversarial)


def test_numbers_of_cards_stand_in_texts(weights):
    assert (
        claims.filled("n {game:rows/0/n}, {game:far/value}, {game:none}, {game:test}") == "n 7, 0.20, undefined, 0.60"
    )
    assert claims.filled("{game:far*100} %, {game:tables_only/far}") == "20.0 ± 0.6 %, 3.00 ± 0.20"
    with pytest.raises(InputError, match="game: its metrics have no far/away, expected the keys of its card"):
        claims.read("game", "far/away")


def test_what_a_card_does_not_have_was_not_tried(weights):
    attempt = Attempt("{score:away}", lambda read: read("score", "away") < 1, ("score",))
    assert claims.entry(replace(CLAIM, attempts=(attempt,))) == claims.entry(
        replace(CLAIM, attempts=(replace(attempt, ours="–"),))
    )
    assert claims.entry(replace(CLAIM, attempts=(attempt,))).found == claims.UNTRIED
    assert claims.entry(replace(CLAIM, attempts=(attempt, near("game")))).found == claims.NOT


def test_ledger_and_results_are_written_into_their_places(weights, tmp_path):
    folder = tmp_path / "room"
    folder.mkdir()
    marks = {name: (claims.BEGIN.format(name), claims.END.format(name)) for name in ("claims", "results")}
    places = "".join(f"\n{begin}\nold\n{end}\n" for begin, end in marks.values())
    (folder / "README.md").write_text(f"# Room\n{places}\n## More\n")
    (folder / "results.md").write_text("It is {game:far}.\n")
    declared = [replace(CLAIM, claim="|x| is right", attempts=(near("score"),)), CLAIM]
    for _ in range(2):  # again: the same
        lines = claims.write(declared, folder)
        page = (folder / "README.md").read_text()
        assert page.startswith(f"# Room\n\n{marks['claims'][0]}\n\n| claim | where |")
        results = f"{marks['results'][0]}\n\nIt is 0.200 ± 0.006.\n\n{marks['results'][1]}"
        assert page.endswith(f"\n\n{marks['claims'][1]}\n\n{results}\n\n## More\n")
        assert "| \\|x\\| is right | section 4 | **by other means** | 0.041 ± 0.006 | 0.1 | `python -m it` |" in page
        assert claims.load(folder) == lines
    assert claims.summary(lines).startswith(
        "Of 2 claims 0 are reproduced by the paper's game and 1 by other means, 0 of"
    )
    (folder / "README.md").write_text("# Room\n")
    with pytest.raises(InputError, match=r"README\.md: has no place for the claims"):
        claims.write(declared, folder)
