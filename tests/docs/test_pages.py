"""The site's pages: every code block is run, and the site is built without a warning or a broken link."""

import contextlib
import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import keras
import numpy as np
import pytest

from docs import links, site
from docs.browser import NAMES
from zoo import registry
from zoo.errors import InputError

ROOT = registry.CHECKOUT.parent
DOCS = ROOT / "docs"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)
BLOCKS = {path.stem: BLOCK.findall(path.read_text()) for path in sorted(DOCS.glob("*.md"))}
NOTEBOOK = "first_steps"


def refusal(known, printed):
    assert "200 showers" in printed and "wrong.h5: " in printed and "expected" in printed


def learnt(known, printed):
    losses = known["history"].history["loss"]
    assert losses[-1] < losses[0]
    assert 0 < np.std(known["made"]["light"][:, 0] / known["asked"]) < 0.5


def compiled(known, printed):
    assert re.search(r"^[1-9]\d+(\.\d+)? ADC counts$", printed, re.M)


def same(known, printed):
    assert abs(known["whole"][200:] - known["last"]).max() <= 1e-5 * known["whole"].max()
    assert re.search(r"^[1-9]\d+\.\d+ ADC counts in the mean$", printed, re.M)


TUTORIALS = {"your_data": refusal, "your_paper": learnt, "into_cpp": compiled, "a_billion": same}

pytestmark = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="pages tell of the default backend")


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """What commands of a page find: this Python, and the zoo of this checkout without the user's settings."""
    own = {key: value for key, value in os.environ.items() if not key.startswith("ZOO_")}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    cache = str(tmp_path_factory.mktemp("cache"))
    return own | {"PATH": path, "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": cache, "MPLBACKEND": "agg"}


def shell(commands, folder, environment):
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands], cwd=folder, env=environment, capture_output=True
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    return done.stdout.decode()


@pytest.mark.parametrize("name", TUTORIALS)
def test_the_blocks_of_a_tutorial_run_in_its_order(name, tmp_path, environment, monkeypatch):
    monkeypatch.chdir(tmp_path)
    known: dict = {"__name__": name}
    printed = ""
    for language, text in BLOCKS[name]:
        if language == "python":
            with contextlib.redirect_stdout(io.StringIO()) as output:
                exec(compile(text, f"{name}.md", "exec"), known)
            printed += output.getvalue()
        elif language == "bash":
            if "cc " in text and not (shutil.which("cc") and shutil.which("c++")):
                pytest.skip("there is no compiler of C and C++")
            printed += shell(text, tmp_path, environment)
        elif language == "cpp":
            (tmp_path / "program.cpp").write_text(text)
    TUTORIALS[name](known, printed)


def test_every_block_is_run_or_says_that_it_takes_longer():
    """Blocks of Python, bash and C++ stand in pages that are run; those called console are looked at below."""
    languages = {name: {language for language, _ in blocks} for name, blocks in BLOCKS.items()}
    assert set().union(*languages.values()) == {"python", "bash", "cpp", "console"}
    assert {name for name, found in languages.items() if found - {"console"}} == {NOTEBOOK, *TUTORIALS}


def test_what_a_console_shows_has_these_flags(environment):
    """Commands that take longer than a test, or change a machine: their programs know the flags."""
    lines = [
        line
        for blocks in BLOCKS.values()
        for language, text in blocks
        if language == "console"
        for line in text.splitlines()
    ]
    assert all(line.startswith("$ ") for line in lines)
    ours = [shlex.split(line[2:]) for line in lines if line.startswith("$ python -m ")]
    assert len(ours) > 2
    for words in ours:
        end = next(i for i, word in enumerate(words) if i > 2 and word.startswith("-"))
        known = shell(shlex.join([*words[:end], "--help"]), ROOT, environment)
        for flag in words[end:]:
            assert not flag.startswith("-") or re.search(rf"(?<![\w-]){flag}(?![\w-])", known), flag


def test_the_notebook_runs_to_its_plot(tmp_path, environment, monkeypatch):
    jupytext, nbclient = pytest.importorskip("jupytext"), pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    for key, value in environment.items():
        monkeypatch.setenv(key, value)
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Jupyter's own packages
        notebook = jupytext.read(DOCS / f"{NOTEBOOK}.md")
        nbclient.NotebookClient(
            notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
        ).execute()
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [text for language, text in BLOCKS[NOTEBOOK] if language == "python"] == [
        f"{cell.source}\n" for cell in cells
    ]
    assert any("image/png" in output.get("data", {}) for output in cells[1].outputs)
    assert re.search(r"0\.\d{4} ± 0\.\d{4}, floor 0\.\d{4}", cells[2].outputs[0]["text"])
    assert (tmp_path / "deposited.png").stat().st_size > 5000


def test_the_site_is_built_without_warnings_and_no_link_inside_is_broken(tmp_path, environment):
    for package in ("furo", "myst_parser", "sphinx"):
        pytest.importorskip(package)
    page = tmp_path / "extra" / "browser"
    (page / "models").mkdir(parents=True)
    (page / "index.html").write_text("<a href='../index.html'>home</a>")
    (page / "models" / "models.json").write_text(json.dumps([{"name": name} for name in NAMES]))
    command = [sys.executable, "-m", "sphinx", "-qWE", "--keep-going", "-c", "docs", "-d", str(tmp_path / "doctrees")]
    command += ["-D", f"html_extra_path={tmp_path / 'extra'}", ".", str(tmp_path / "html")]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    assert links.broken(tmp_path / "html") == []
    gallery = (tmp_path / "html" / "docs" / "gallery.html").read_text()
    for card in registry.CHECKOUT.glob("*/card.json"):
        assert f'id="{card.parent.name.replace("_", "-")}"' in gallery
    assert gallery.count("<img") >= len(list(registry.CHECKOUT.glob("*/overview.png")))
    api = (tmp_path / "html" / "docs" / "api.html").read_text()
    assert "math notranslate" in api and 'id="zoo.losses.energy_distance.energy_distance"' in api
    data = (tmp_path / "html" / "docs" / "your_paper.html").read_text()
    assert 'href="api.html#zoo.training.trainer.Update"' in data


def test_broken_links_are_found(tmp_path):
    (tmp_path / "a.html").write_text(
        "<p id='here'></p><a href='#here'></a><a href='#there'></a><a href='b.html'></a><img src='c.png'>"
        "<a href='a.html#here'></a><a href='https://example.org/'></a><a href='mailto:a@example.org'></a>"
    )
    assert links.broken(tmp_path) == ["a.html: #there", "a.html: b.html", "a.html: c.png"]
    with pytest.raises(InputError, match="these links lead nowhere: a.html: #there; a.html: b.html"):
        links.main([str(tmp_path)])
    with pytest.raises(InputError, match="holds no HTML"):
        links.main([str(tmp_path / "nothing")])


def test_the_ledger_is_a_table():
    claim = {
        "claim": "a | b",
        "where": "figure 1",
        "found": "not tried",
        "ours": "",
        "paper": "0.1",
        "command": "python",
    }
    assert site.claims_table([claim]).splitlines() == [
        "| claim | where | found | ours | the paper | how |",
        "| --- | --- | --- | --- | --- | --- |",
        "| a \\| b | figure 1 | not tried |  | 0.1 | `python` |",
    ]
