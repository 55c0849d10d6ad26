import json

import numpy as np
import pytest

from reproductions.top_pair_gan import data, evaluate, observables
from reproductions.top_pair_gan.config import Config
from reproductions.top_pair_gan.constants import MASSES
from tests.fakes.generator import Fake
from zoo.data import distributions
from zoo.errors import InputError
from zoo.observables import four_vectors


@pytest.fixture(scope="module")
def truth():
    return four_vectors.on_shell(data.load(data.SAMPLE), MASSES).astype(np.float32)


def sampler(p4):
    return lambda n, seed: {"p4": p4[:n]}


@pytest.fixture(scope="module")
def judged(truth, tmp_path_factory):
    """Truth judged against truth: the first 2500 events stand for generated ones."""
    out = tmp_path_factory.mktemp("evaluation")
    parts = {"train": truth[:1000, :, 1:], "test": truth[2500:, :, 1:]}
    return out, evaluate.evaluate(Fake(sampler(truth)), parts, Config(), out, seed=1, events=2500)


def test_observables_of_an_event_by_hand():
    """t and tbar at rest: t -> b along z and W -> q, qbar across; tbar the mirror image."""
    m_b, m_t, m_w = 4.7, 173.0, 80.0
    e_w = (m_t**2 + m_w**2 - m_b**2) / (2 * m_t)
    p_w = np.sqrt(e_w**2 - m_w**2)
    quarks = [[e_w / 2, m_w / 2, 0, -p_w / 2], [e_w / 2, -m_w / 2, 0, -p_w / 2]]
    side = np.array([[m_t - e_w, 0, 0, p_w], *quarks])
    flight = 300.0  # GeV, t along x
    e_t = np.hypot(m_t, flight)

    def moving(p, momentum):
        p = p.copy()
        energy = (p[:, 0] * e_t + p[:, 1] * momentum) / m_t
        p[:, 1] = (p[:, 1] * e_t + p[:, 0] * momentum) / m_t
        p[:, 0] = energy
        return p

    p4 = np.concatenate([moving(side, flight), moving(side, -flight)])[None]
    found = {name: values[0] for name, values in observables.observables(p4).items()}
    assert found["pt_t"] == pytest.approx(flight)
    assert found["e_t"] == pytest.approx(e_t)
    assert found["m_tt"] == pytest.approx(2 * e_t)
    assert [found[name] for name in observables.PEAKS] == pytest.approx([m_t, m_t, m_w, m_w])
    assert found["eta_t"] == pytest.approx(0, abs=1e-9)
    assert found["cos_top"] == pytest.approx(0, abs=1e-9)
    assert found["cos_w"] == pytest.approx(0, abs=1e-9)  # the quarks fly across the W
    # down-type quarks (slots 2 and 4) in the frame of their top: x components -m_w/2 and m_w/2 of |p| = e_w/2;
    # the directions of t and tbar are x and -x
    assert found["cos_cos"] == pytest.approx((-m_w / e_w) * (-m_w / e_w))
    # slots 2 and 4: both at -z, and at -x and x
    assert found["cos_phi"] == pytest.approx((p_w**2 - m_w**2) / e_w**2)


def test_truth_is_told_from_truth_by_nothing(judged):
    _, metrics = judged
    for panel in metrics["histograms"].values():
        assert panel["value"] < 3 * panel["floor"]
    assert metrics["mean"]["value"] == pytest.approx(metrics["mean"]["floor"], rel=0.3)
    for test in metrics["classifier_auc"].values():
        assert abs(test["pull"]) < 4
        assert test["events"] == 1250  # half of those held out
    for name in evaluate.SPINS:
        values = metrics[name]
        both = np.hypot(*(values[source]["uncertainty"] for source in values))
        assert abs(values["generated"]["value"] - values["reference"]["value"]) < 4 * both
    worst = metrics["pt_t"]["training"]
    assert worst["value"] < 4 * worst["uncertainty"]
    for value in metrics["mmd"].values():
        assert abs(value["value"]) < 4 * value["uncertainty"]
    for peak in metrics["peaks"].values():
        for key in ("median", "iqr", "near"):
            both = np.hypot(*(peak[source][key]["uncertainty"] for source in peak))
            assert abs(peak["generated"][key]["value"] - peak["reference"][key]["value"]) < 4 * both


def test_spins_of_madgraph_are_those_that_its_readme_quotes(truth):
    values = observables.observables(truth)
    found = observables.spins(values)
    for name, expected in (("c_hel", 0.331), ("w_f0", 0.704)):
        assert found[name].value == pytest.approx(expected, abs=4 * found[name].uncertainty)


def test_spins_of_known_angles(random):
    """cos_1 cos_2 and cos_phi drawn from the densities that define C and D, by rejection."""
    cos = random.uniform(-1, 1, size=(400_000, 2))
    kept = random.uniform(size=len(cos)) < (1 - 0.33 * cos.prod(axis=1)) / 1.33
    phi = cos[random.uniform(size=len(cos)) < (1 + 0.24 * cos[:, 0]) / 1.24, 0]
    found = observables.spins({"cos_cos": cos[kept].prod(axis=1), "cos_phi": phi, "cos_w": cos[:, 0]})
    for name, expected in (("c_hel", 0.33), ("d", -0.24), ("w_f0", 1 / 3)):  # no polarisation: a third of the W
        assert found[name].value == pytest.approx(expected, abs=4 * found[name].uncertainty)
        assert found[name].uncertainty < 0.01


def test_opening_angle_of_madgraph(truth):
    """D = -(C_kk + C_rr + C_nn) / 3 is negative: close to threshold gluons make tops in a spin singlet."""
    found = observables.spins(observables.observables(truth))["d"]
    assert found.value == pytest.approx(-0.22, abs=4 * found.uncertainty)


def test_pulls_by_hand():
    def number(value, uncertainty):
        return {"value": value, "uncertainty": uncertainty}

    pair = {"generated": number(1.5, 0.3), "reference": number(1.0, 0.4)}
    peak = {source: dict.fromkeys(observables.PEAK, one) for source, one in pair.items()}
    metrics = {name: pair for name in observables.SPINS} | {
        "peaks": {"m_t": peak},
        "pt_t": {"tail": [{"pt": 220.3, **pair, "reference": number(None, None)}]},
    }
    pulls = evaluate.pulls(metrics)
    assert pulls.pop("above_220") is None
    assert pulls == pytest.approx(dict.fromkeys(("c_hel", "d", "w_f0", "median_m_t", "iqr_m_t", "near_m_t"), 1.0))


def test_faults_are_found(truth, tmp_path, monkeypatch):
    """W masses 2 GeV too high, a pT that is not balanced, and too many hard tops."""
    wrong = truth[:2500].astype(np.float64)
    wrong[:, 1:3, 1:] *= 1.025
    wrong[:, 0, 1] += np.random.default_rng(0).normal(scale=20, size=2500)
    wrong = four_vectors.on_shell(wrong[..., 1:], MASSES)
    hard = four_vectors.transverse_momentum(wrong[:, :3].sum(axis=1)) > 200
    wrong = np.concatenate([wrong, wrong[hard], wrong[hard]])
    parts = {"train": truth[:1000, :, 1:], "test": truth[2500:, :, 1:]}
    monkeypatch.setattr(evaluate, "_draw", lambda *_: None)
    metrics = evaluate.evaluate(Fake(sampler(wrong)), parts, Config(), tmp_path, seed=1, events=len(wrong))
    assert metrics["mean"]["value"] > 3 * metrics["mean"]["floor"]
    peak = metrics["peaks"]["m_wplus"]
    assert peak["generated"]["median"]["value"] - peak["reference"]["median"]["value"] == pytest.approx(2.0, abs=0.3)
    assert metrics["peaks"]["m_wminus"]["generated"]["median"]["value"] == pytest.approx(80.4, abs=0.3)
    assert metrics["balance"]["generated"]["px"]["value"] > 0.04
    assert metrics["balance"]["generated"]["py"]["value"] < 0.04
    tenth = metrics["pt_t"]["tail"][0]
    assert tenth["generated"]["value"] > 1.5 * tenth["reference"]["value"]
    assert metrics["pt_t"]["ratio"]["worst"]["value"] > 0.5
    assert metrics["classifier_auc"]["observables"]["auc"]["value"] > 0.6
    assert metrics["classifier_auc"]["observables"]["pull"] > 5
    assert metrics["mmd"]["m_wplus"]["value"] > 5 * metrics["mmd"]["m_wplus"]["uncertainty"]


def test_a_peak_by_hand():
    found = observables.peak(np.array([70.0, 78, 80, 82, 90]), np.array([79.0, 80, 81]), seed=0)
    assert (found["median"].value, found["iqr"].value) == (80, 4)
    assert found["near"] == pytest.approx((0.6, (0.6 * 0.4 / 5) ** 0.5))


def test_the_tail_counts_what_the_training_knew():
    steps = evaluate._tail(np.arange(10_000.0), np.arange(10_000.0), training=4000)
    assert [step["reference"].value for step in steps] == pytest.approx([0.1, 0.01, 0.001], rel=0.01)
    # N_tail = 400, 40, 4
    assert [step["training_uncertainty"] for step in steps] == pytest.approx([0.05, 40**-0.5, 0.5])


def test_files_hold_the_metrics_the_distributions_and_the_figures(judged, truth):
    out, metrics = judged
    assert json.loads((out / "metrics.json").read_text()) == metrics
    names = {"overview", "spectra", "peaks", "tail", "correlations", "balance", "spins"}
    assert {path.name for path in (out / "figures").iterdir()} == {f"{name}.png" for name in names}
    saved = distributions.read(out / "distributions.h5")
    expected = observables.histograms({"p4": truth[:2500]})
    for name, content in saved.generated.items():
        np.testing.assert_array_equal(content, expected[name])
    assert saved.conditions == {}
    assert (saved.attributes["seed"], saved.attributes["generated"]) == (1, 2500)
    text = evaluate.format_table(metrics)
    for word in ("pt_t", "C_hel", "spin correlation D", "AUC, momenta", "1/sqrt(N_tail)", "above_"):
        assert word in text


def test_score_is_zero_for_equal_and_one_for_disjoint_events(truth):
    assert observables.score(truth, truth).value == 0
    assert observables.score(truth, truth * 0.1).value > 0.6


def test_few_events_are_refused_and_leave_nothing(truth, tmp_path):
    parts = {"train": truth[:200, :, 1:], "test": truth[:50, :, 1:]}
    with pytest.raises(InputError, match="the numbers of events are .* expected at least 100 of each"):
        evaluate.evaluate(Fake(sampler(truth)), parts, Config(), tmp_path, seed=1, events=200)
    assert list(tmp_path.iterdir()) == []
