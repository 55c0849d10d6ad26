from pathlib import Path

import pytest

import zoo
from zoo import citation

ROOT = Path(zoo.__file__).parents[1]


@pytest.fixture
def card(toy_card):
    return toy_card | {"version": 3, "sha256": {"generator.keras": "0123abcd"}}


def test_a_paper_with_a_doi_is_an_article_of_its_arxiv_year(card):
    paper = {
        "title": "Of 50 % & more",
        "authors": ["Zoë Müller", "B. Author"],
        "arxiv": "1705.02355",
        "doi": "10.1/x_y",
    }
    assert citation.bibtex(card | {"paper": paper}).split("\n\n")[0] == "\n".join(
        [
            "@article{muller2017,",
            r"  title = {{Of 50 \% \& more}},",
            "  author = {Zoë Müller and B. Author},",
            "  year = {2017},",
            "  eprint = {1705.02355},",
            "  archivePrefix = {arXiv},",
            r"  doi = {10.1/x\_y},",
            "}",
        ]
    )


@pytest.mark.parametrize(
    ("arxiv", "year"), [("hep-ph/0609017", "2006"), ("hep-ex/9905001", "1999"), ("2004.1", "2020")]
)
def test_years_are_read_of_every_form_of_a_number(card, arxiv, year):
    assert f"year = {{{year}}}" in citation.paper_entry(card["paper"] | {"arxiv": arxiv})


def test_what_is_not_known_of_a_paper_is_left_out(card):
    paper = {"title": "Of muons", "authors": ["Ramazyan"], "arxiv": "", "note": "Nothing found"}
    assert citation.bibtex(card | {"paper": paper}).split("\n\n")[0] == "\n".join(
        ["@misc{ramazyan,", "  title = {{Of muons}},", "  author = {Ramazyan},", "  note = {Nothing found},", "}"]
    )


def test_the_repository_is_cited_with_the_weights_that_were_used(card):
    entry = citation.bibtex(card).split("\n\n")[1]
    assert f"version = {{{zoo.__version__}}}" in entry
    assert "note = {Weights toy, version 3, SHA-256 0123abcd}" in entry


def test_citation_cff_says_the_same():
    lines = (ROOT / "CITATION.cff").read_text().splitlines()
    assert f'title: "{citation.TITLE}"' in lines
    assert f"version: {zoo.__version__}" in lines
    assert f"  - name: {citation.AUTHORS}" in lines
    assert any(line.startswith(f"date-released: {citation.YEAR}-") for line in lines)
