import json
import math

import matplotlib.image
import numpy as np
import pytest

from reproductions.mfc_cgan import data, evaluate, observables, simulate
from reproductions.mfc_cgan.config import Config
from reproductions.mfc_cgan.constants import FEATURES
from reproductions.mfc_cgan.simulate import Process
from tests.fakes.generator import Fake
from zoo.data import distributions
from zoo.metrics import text

ENERGIES = (50.0, 100.0)
FIGURES = ("balance", "correlations", "hellinger", "lowest_energy", "overview")


def made(n, seed, energies=ENERGIES, mass=0.5):
    """An event set from the simulator."""
    sets = [simulate.features(simulate.generate(Process(energy, mass), n, seed).p4) for energy in energies]
    columns = dict(zip(FEATURES, np.concatenate(sets).T, strict=True))
    return {"beam_energy": np.repeat(np.array(energies, np.float32), n), **columns}


POOL = {}


def sample(n, seed, batch_size, beam_energy):
    """A perfect generator: the simulator, whose events are drawn from a pool."""
    rng = np.random.default_rng(seed)
    found = {name: np.empty(n, np.float32) for name in FEATURES}
    for energy in np.unique(beam_energy):
        rows = np.flatnonzero(beam_energy == energy)
        if energy not in POOL:
            POOL[energy] = made(3000, 9, (float(energy),))
        chosen = rng.permutation(3000)[: len(rows)]
        for name in FEATURES:
            found[name][rows] = POOL[energy][name][chosen]
    return found


@pytest.fixture(scope="module")
def parts():
    return {"train": made(2500, 1), "validation": made(10, 2), "test": made(2000, 3)}


@pytest.fixture(scope="module")
def evaluated(parts, events_file, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evaluate, "SAVED", 300)
        patch.setattr(evaluate, "SEEDS", 2)
        return out, evaluate.evaluate(Fake(sample), parts, Config(data=events_file), out, seed=4)


def test_every_event_is_counted_at_its_energy(parts):
    counts = observables.histograms(parts["test"])
    assert list(counts) == [f"{energy:g} GeV {name}" for energy in ENERGIES for name in FEATURES]
    assert all(len(content) == evaluate.BINS and content.sum() == 2000 for content in counts.values())
    for name, content in counts.items():  # no bin holds much, and nearly all hold something
        assert content.max() < 0.15 * 2000, name
        assert np.count_nonzero(content) > 40, name


def test_bins_hold_what_lies_between_their_edges():
    bins = observables.edges(100.0)["mu_E"]
    events = {"beam_energy": np.full(4, 100, np.float32)}
    events |= {name: np.array([0.1, 0.5 * (bins[1] + bins[2]), 99, np.nan], np.float32) for name in FEATURES}
    counts = observables.histograms(events)["100 GeV mu_E"]
    assert counts[0] == counts[1] == counts[-1] == 1
    assert counts.sum() == 3


def test_score_tells_samples_apart(parts):
    same = observables.score(made(2000, 5), parts["test"])
    other = observables.score(made(2000, 5, mass=1.0), parts["test"])
    assert observables.score(parts["test"], parts["test"]).value == pytest.approx(0, abs=1e-9)
    assert same.value < 0.1
    assert other.value > same.value + 5 * same.uncertainty


def test_metrics_of_a_perfect_generator(evaluated):
    out, metrics = evaluated
    assert json.loads((out / "metrics.json").read_text()) == metrics
    assert metrics["events"] == {"generated": 4000, "held_out": 4000}
    mean, real = metrics["mean"], metrics["real"]
    assert abs(mean["value"] - mean["floor"]) < 3 * mean["uncertainty"]
    assert abs(mean["value"] - real["value"]) < 3 * math.hypot(mean["uncertainty"], real["uncertainty"])
    every = [row[name]["value"] for row in metrics["hellinger"].values() for name in FEATURES]
    assert metrics["largest"]["value"] == max(every)
    test = metrics["classifier_auc"]
    for area in (test["auc"], test["null"], *(row["auc"] for row in test["curve"])):
        assert abs(area["value"] - 0.5) < 4 * area["uncertainty"]
    assert test["events"] == 4000
    assert metrics["correlation_error"] == pytest.approx(np.abs(np.subtract(*metrics["correlations"].values())).max())
    for energy, row in metrics["conditional"].items():
        own = [panel["value"] for panel in metrics["hellinger"][energy].values()]
        assert row["mean"]["value"] == pytest.approx(np.mean(own))
        assert row["largest"]["value"] == max(own)
        for area in (row["classifier_auc"], row["classifier_real"]):
            assert abs(area["value"] - 0.5) < 4 * area["uncertainty"]
    for source in ("generated", "reference"):
        assert metrics["consistency"][source]["positive"]["value"] == 1
        assert metrics["consistency"][source]["balance"]["value"] == 1
        assert metrics["consistency"][source]["off_shell_99"] < 1e-3
    np.testing.assert_allclose(
        metrics["correlations"]["generated"], metrics["correlations"]["reference"], atol=5 / math.sqrt(4000)
    )


def test_what_is_written(evaluated, parts):
    out, _ = evaluated
    written = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
    assert written == {"metrics.json", "distributions.h5", *(f"figures/{name}.png" for name in FIGURES)}
    for name in FIGURES:
        assert matplotlib.image.imread(out / "figures" / f"{name}.png").std() > 0.02
    saved = distributions.read(out / "distributions.h5")
    assert saved.conditions["beam_energy"].shape == (600,)
    for name, counts in observables.histograms(parts["test"]).items():
        np.testing.assert_array_equal(saved.reference[name], counts)
        assert saved.generated[name].sum() == 300


def test_table(evaluated):
    _, metrics = evaluated
    table = evaluate.format_table(metrics)
    assert max(map(len, table.splitlines())) <= 120
    row = next(line for line in table.splitlines() if line.startswith("     100"))
    number = metrics["hellinger"]["100"]["mfc_eta"]
    assert row.endswith(f"{number['value']:.4f} ± {number['uncertainty']:.4f}")
    row = [line for line in table.splitlines() if line.startswith("     100")][1]
    area = metrics["conditional"]["100"]["classifier_real"]
    assert row.endswith(f"{area['value']:.4f} ± {area['uncertainty']:.4f}")
    assert f"training against held-out events {text(metrics['classifier_auc']['null'])}, pull" in table


def test_unphysical_events_are_counted():
    events = {"beam_energy": np.full(4, 100, np.float32)}
    events |= dict(zip(FEATURES, np.tile([[20.0], [0.3], [5.0], [79.0], [0.3], [6.0]], 4), strict=True))
    events["mu_E"] = np.array([20, -1, 21.5, 20])
    found = evaluate.consistency(events, 0.5)
    assert found["positive"].value == 0.75
    assert found["balance"].value == 0.75
    assert found["off_shell_median"] > 1


def test_energies_of_an_event_set(parts):
    assert data.energies(parts["test"]) == list(ENERGIES)
