import json
from types import SimpleNamespace

import numpy as np
import pytest

from reproductions.calogan import classification, data
from reproductions.calogan.claims import CLASSIFIED
from zoo.errors import InputError

PARTICLES = ("eplus", "gamma", "piplus")


def showers(n: int, depth: float, seed: int) -> dict[str, np.ndarray]:
    """Cells of random energies; a share `depth` of each shower is in the second layer."""
    rng = np.random.default_rng(seed)
    cells = {name: rng.gamma(0.5, 2.0, (n, *shape)).astype(np.float32) for name, shape in data.SHAPES.items()}
    cells["layer_1"] *= depth
    return {"energy": rng.uniform(1, 100, n).astype(np.float32), **cells}


@pytest.fixture(scope="module")
def found():
    """Photons are deeper than positrons and pions are not; those of the generator the other way round."""
    depths = {"Geant4": {"eplus": 1.0, "gamma": 1.3, "piplus": 1.0}, "generated": {"eplus": 1.3, "gamma": 1.0}}
    depths["generated"]["piplus"] = 1.3
    sets = {
        particle: {
            source: {
                part: showers(n, depths[source][particle], seed=100 * i + 10 * k + n)
                for part, n in (("train", 200), ("test", 80))
            }
            for k, source in enumerate(classification.SOURCES)
        }
        for i, particle in enumerate(PARTICLES)
    }
    return classification.classify(sets, seed=1, seeds=1)


def test_a_classifier_that_learnt_what_is_not_so_is_found_out(found):
    row = found["eplus gamma"]
    assert (row["train"], row["test"]) == (200, 80)
    areas = {learnt: row["shapes"][learnt]["Geant4"]["auc"].value for learnt in classification.SOURCES}
    assert areas["Geant4"] > 0.9 and areas["generated"] < 0.1
    assert row["shapes"]["generated"]["generated"]["accuracy"].value > 0.8


def test_what_is_alike_cannot_be_told(found):
    one = found["eplus piplus"]["shapes"]["Geant4"]["Geant4"]
    assert one["auc"].value == pytest.approx(0.5, abs=4 * one["auc"].uncertainty)
    assert one["accuracy"].value == pytest.approx(0.5, abs=4 * one["accuracy"].uncertainty)


def test_the_table_names_what_was_learnt_from_and_judged():
    recorded = json.loads(classification.RECORD.read_text())
    head, _, *rows = classification.format_table(recorded).splitlines()
    assert "generated → Geant4" in head and len(rows) == 4
    kept = recorded["eplus gamma"]["cells"]["generated"]["Geant4"]["auc"]
    assert f"| {kept['value']:.3f} ± {kept['uncertainty']:.3f}, " in rows[0]
    assert recorded == CLASSIFIED


def test_a_model_that_may_have_learnt_from_the_showers_is_refused(monkeypatch):
    monkeypatch.setattr(data, "held_out", lambda *_: None)
    card = {"training": {"config": {"particle": ["gamma"]}}}
    with pytest.raises(InputError, match="mine: may have learnt from the held-out showers of gamma"):
        classification.samples(SimpleNamespace(card=card, name="mine"), 1)
