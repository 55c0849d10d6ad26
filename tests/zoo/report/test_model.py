import json
import re
import subprocess
import sys

import numpy as np
import pytest

from tests.zoo.report.html import Page, faults
from zoo import registry, report
from zoo.__main__ import main
from zoo.data import distributions
from zoo.data.files import sha256
from zoo.errors import InputError
from zoo.headline import rounded

MODELS = sorted(card.parent.name for card in registry.CHECKOUT.glob("*/card.json"))
AT_REST = {"arxiv.org", "doi.org"}  # where links lead


@pytest.mark.parametrize("name", MODELS)
def test_the_page_of_a_released_model_is_whole(name):
    subject = report.subject(name)
    page = Page(report.model(subject))
    assert not faults(page)
    assert {link.split("/")[2] for link in page.links() if not link.startswith("#")} <= AT_REST
    card = registry.read_card(name)
    missing = [number for number in leaves(card["metrics"]) if number not in page.text]
    assert not missing
    for text in (
        card["title"],
        card["summary"],
        card["headline"]["paper"],
        card["licence"],
        card["training"]["command"],
    ):
        assert " ".join(text.split()) in page.text
    for part in ("conditions", "outputs", "latent", "sha256"):
        assert all(key in page.text for key in card[part])
    assert f'zoo.load("{name}@{card["version"]}")' in page.text
    assert f"python -m zoo export {name}" in page.text
    pictures = list(subject.histograms())
    assert len(page.all("figure")) == len(pictures) + len(subject.curves)
    rows = sum(len(one.edges) - 1 for one in pictures) + sum(len(one.values) for one in subject.curves)
    assert rows == len(re.findall('<th scope="row">', bins(page.source)))


def leaves(metrics):
    """As `measurements`, but not the parts of a measurement again."""
    if isinstance(metrics, dict) and "value" in metrics:
        if metrics["value"] is not None:
            yield rounded(metrics["value"], metrics.get("uncertainty"))
        floor = metrics.get("floor")
        if isinstance(floor, dict):
            yield from leaves(floor)
        elif floor is not None:
            yield rounded(floor)
        metrics = {key: value for key, value in metrics.items() if key not in ("value", "uncertainty", "floor")}
    if isinstance(metrics, dict) and isinstance(metrics.get("ks_floor"), float):
        yield rounded(metrics["ks_floor"])
        metrics = {key: value for key, value in metrics.items() if key != "ks_floor"}
    if isinstance(metrics, dict | list):
        for value in metrics.values() if isinstance(metrics, dict) else metrics:
            yield from leaves(value)
    elif isinstance(metrics, float):
        yield f"{metrics:.4g}"


def bins(source):
    """The tables behind pictures of histograms."""
    return "".join(re.findall(r'<table class="bins">.*?</table>', source, re.DOTALL))


@pytest.fixture
def saved_toy(toy_weights):
    """The model "toy" with histograms, a version, slices and a curve."""
    counts = {"width": np.array([0, 40, 30, 30]), "<b>": np.array([5, 5, 0, 0])}
    edges = {name: np.arange(5.0) for name in counts}
    truth = {name: one[::-1] for name, one in counts.items()}
    distributions.write(toy_weights / "distributions.h5", distributions.Distributions({}, edges, counts, truth, {}))
    card = json.loads((toy_weights / "card.json").read_text())
    card["sha256"]["distributions.h5"] = sha256(toy_weights / "distributions.h5")
    card["title"] = "Two & <i>layers</i>"
    row = {"ks": {"value": 0.1, "uncertainty": 0.02}, "floor": 0.05, "pull": 3.4, "mean_pull": -1.2}
    slices = [{"low": 1.0, "high": 10.0, "events": {}, "observables": {"width": row}}]
    card |= {"slices": {"by energy": slices}}
    card["training"]["curve"] = {"cpu_hours": [0.1, 0.2, 0.3], "score": [3.0, 1.0, 0.5]}
    (toy_weights / "card.json").write_text(json.dumps(card))
    return toy_weights


def test_a_model_of_no_room_has_a_page(saved_toy):
    text = report.model(report.subject("toy"))
    page = Page(text)
    assert not faults(page)
    assert "Two & <i>layers</i>" in page.text  # escaped, not an element
    assert "<b>" in page.text and not page.all("b")
    assert len(page.all("figure")) == 3
    assert '<td class="level-2">3.4</td>' in text
    assert "1 to 10 width 0.100 ± 0.020 0.050 −1.2".replace("−", "-") in page.text


def test_a_bin_is_told_with_counts_errors_ratio_and_pull(saved_toy):
    (picture,) = (one for one in report.subject("toy").histograms() if one.name == "width")
    rows = dict(zip("0123", picture.rows(), strict=True))
    # 40 of 100 generated, 30 of 100 true: 4/3, errors of Poisson; pull 0.1 / sqrt(0.004 + 0.003)
    assert rows["1"] == ["1", "2", "30 ± 5.477", "40 ± 6.325", "1.33 ± 0.32", "+1.2"]
    assert rows["0"] == ["0", "1", "30 ± 5.477", "0 ± 0", "–", "-5.5"]


def test_others_stand_beside_a_model(saved_toy, tmp_path, capsys):
    out = tmp_path / "page.html"
    main(["report", "toy", "--compare", "toy", "calogan_eplus_plus", "-o", str(out)])
    assert capsys.readouterr().out.startswith(f"{out}: ")
    page = Page(out.read_text())
    assert not faults(page)
    assert "Beside toy, calogan_eplus_plus" in page.text
    assert "score 0.050 ± 0.010 0.050 ± 0.010 –" in page.text
    assert "ratio of toy" in page.text


def test_what_cannot_be_shown_is_one_sentence(saved_toy, tmp_path):
    with pytest.raises(InputError, match="there is no model named 'nothing'"):
        main(["report", "nothing"])
    with pytest.raises(InputError, match="--evaluation and --compare are both given"):
        main(["report", "toy", "--evaluation", str(tmp_path), "--compare", "toy"])
    with pytest.raises(InputError, match=r"metrics\.json: cannot be read, expected what an evaluation wrote"):
        main(["report", "toy", "--evaluation", str(tmp_path)])
    with pytest.raises(InputError, match="puts 6 models beside toy, expected at most 4"):
        main(["report", "toy", "--compare", *["toy"] * 6])


def test_an_evaluation_takes_the_place_of_the_released_numbers(saved_toy, tmp_path):
    counts = {"other": np.array([3, 4])}
    saved = distributions.Distributions({}, {"other": np.arange(3.0)}, counts, counts, {})
    distributions.record(tmp_path, {"score": {"value": 0.7, "uncertainty": 0.1}}, saved)
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "one.png").write_bytes(b"PNG")
    page = Page(report.model(report.subject("toy", tmp_path)))
    assert "0.70 ± 0.10" in page.text and "0.050 ± 0.010" not in page.text
    assert [given["alt"].split(",")[0] for given in page.all("img")] == ["one.png"]


def test_claims_of_the_room_are_told(monkeypatch, saved_toy):
    claim = {
        "claim": "as good as Geant4",
        "where": "figure 3",
        "found": "not reproduced",
        "ours": {"value": 0.5, "uncertainty": 0.01},
        "paper": "0.1",
        "command": "python -m reproductions.toy",
    }
    monkeypatch.setattr(report.Subject, "claims", lambda self: [claim])
    text = Page(report.model(report.subject("toy"))).text
    assert "as good as Geant4 figure 3 not reproduced 0.500 ± 0.010 0.1 python -m reproductions.toy" in text


def test_the_page_needs_neither_keras_nor_tensorflow():
    code = (
        "import sys\nfrom zoo import report\nreport.model(report.subject('tpc_gan'))\n"
        "assert not {'keras', 'tensorflow', 'jax'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
