import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoo.headline import COLUMNS, headline, rounded, table, taught

NUMBER = {"value": 0.0496, "uncertainty": 0.0063}


def line(**changes):
    given = {"game": True, "score": False, "measure": "distance", "distance": NUMBER, "paper": "0.1"}
    return headline("showers", **{**given, **changes})


@pytest.mark.parametrize(
    ("value", "uncertainty", "text"),
    [
        (0.827, 0.119, "0.83 ± 0.12"),  # the three examples of the Particle Data Group's rule
        (0.827, 0.367, "0.8 ± 0.4"),
        (0.8271, 0.0967, "0.83 ± 0.10"),
        (489.08, 21.2, "489 ± 21"),
        (12345.0, 950.0, "12345 ± 950"),
        (-0.3382, 0.0030, "-0.3382 ± 0.0030"),
        (5.0, 0.0, "5"),
        (0.0, None, "0"),
        (353.17, None, "353"),
        (0.000173, None, "0.00017"),
    ],
)
def test_numbers_have_the_digits_of_their_uncertainty(value, uncertainty, text):
    assert rounded(value, uncertainty) == text


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6))
def test_rounding_moves_a_value_by_less_than_its_uncertainty(value, uncertainty):
    shown, spread = map(float, rounded(value, uncertainty).split(" ± "))
    assert abs(shown - value) <= 0.51 * uncertainty
    assert spread == pytest.approx(uncertainty, rel=0.15)


@pytest.mark.parametrize(
    ("game", "score", "word"), [(True, False, "game"), (False, True, "score"), (True, True, "both")]
)
def test_what_taught_is_one_word(game, score, word):
    assert line(game=game, score=score)["taught"] == word


@pytest.mark.parametrize("adversary", [True, False])
def test_a_game_may_begin_where_a_score_ended(adversary):
    first = {"config": {"adversary": adversary}}
    card = {"headline": line(game=True, score=False), "training": {"config": {"adversary": True}, "start": first}}
    assert taught(card) == ("game" if adversary else "score, then game")
    assert taught({}) == ""
    assert (
        taught({"headline": line(game=False, score=True), "training": {"config": {"teacher": "a"}}}) == "another model"
    )


def test_the_table_has_a_row_for_each_card():
    cards = [
        {"name": "a", "headline": line(distance=NUMBER | {"floor": 0.011})},
        {"name": "b", "headline": line()},
        {"name": "c", "title": "of the time before"},
        {"name": "d", "headline": line(), "tables_only": {"value": 0.3, "uncertainty": 0.02}},
    ]
    assert table(cards).splitlines() == [
        f"| {' | '.join(COLUMNS)} |",
        "| --- | --- | --- | --- | --- |",
        "| `a` | showers | game | distance: 0.050 ± 0.006 (floor 0.011) | 0.1 |",
        "| `b` | showers | game | distance: 0.050 ± 0.006 | 0.1 |",
        "| `c` | of the time before |  |  |  |",
        "| `d` | showers | game | distance: 0.050 ± 0.006; its tables alone 0.300 ± 0.020 | 0.1 |",
    ]
