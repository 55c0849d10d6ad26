import keras
import numpy as np
import pytest
from scipy.stats import kstest

from reproductions.mfc_cgan import coordinates, data, evaluate
from reproductions.mfc_cgan.constants import FEATURES


@pytest.fixture(scope="module")
def events(events_file):
    return data.load(events_file)


def restored(system, events):
    """What the saved graph makes of the events' own coordinates."""
    inputs = keras.Input((system.size,)), keras.Input((1,))
    model = keras.Model(inputs, system.features(*inputs))
    found = model([system.forward(events), events["beam_energy"][:, None]])
    return {name: np.array(values) for name, values in found.items()}


@pytest.mark.parametrize("energies", ["paper", "shares", "logits", "logs"])
def test_the_papers_coordinates_are_powers_standardised_and_turn_back(events, energies):
    system = coordinates.Paper(events, energies)
    forward = system.forward(events)
    np.testing.assert_allclose(forward.mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(forward.std(axis=0), 1, rtol=1e-4)
    pT = events["mfc_pT"].astype(float)
    assert np.corrcoef(forward[:, 4], pT**0.124)[0, 1] == pytest.approx(1, abs=1e-6)
    share = events["mu_E"].astype(float) / events["beam_energy"]
    energy = {
        "paper": events["mu_E"],
        "shares": share,
        "logits": np.log(share / (1 - share)),
        "logs": np.log(events["mu_E"]),
    }[energies]
    assert np.corrcoef(forward[:, 0], energy)[0, 1] == pytest.approx(1, abs=1e-6)
    found = restored(system, events)
    assert list(found) == list(FEATURES)
    for name in FEATURES:
        np.testing.assert_allclose(found[name], events[name], rtol=1e-3 if name.endswith("pT") else 1e-4, atol=1e-4)


def test_the_papers_transverse_momenta_are_never_negative(events):
    system = coordinates.Paper(events)
    found = system.features(np.full((3, 6), -100, np.float32), np.full((3, 1), 100, np.float32))
    assert (np.array(found["mu_pT"]) == 0).all()


def test_logits_keep_energies_between_nothing_and_the_beams(events, random):
    system = coordinates.Paper(events, "logits")
    numbers = (3 * random.standard_normal((1000, 6))).astype(np.float32)
    found = system.features(numbers, np.full((1000, 1), 100, np.float32))
    for name in ("mu_E", "mfc_E"):
        values = np.array(found[name])
        assert 0 < values.min() < values.max() <= 100
    rounded = events | {"mfc_E": events["beam_energy"]}
    assert np.isfinite(coordinates.Paper(rounded, "logits").forward(rounded)).all()


def test_logs_tell_the_beams_energy_where_logits_hide_it(events):
    """E_beam = E_mu (1 + exp(logit of the carrier's share)), but for what the nucleus takes."""
    for energies, told in (("logs", True), ("logits", False)):
        system = coordinates.Paper(events, energies)
        mu, carrier = (system.forward(events) * system.deviation + system.mean)[:, [0, 3]].T
        found = np.exp(mu) * (1 + np.exp(carrier))
        assert np.allclose(found, events["beam_energy"], rtol=0.02) == told


def test_kinematic_coordinates_are_normal_at_every_energy_and_turn_back(events):
    system = coordinates.Kinematic(events, 0.5)
    forward = system.forward(events)
    for energy in data.energies(events):
        for column in forward[events["beam_energy"] == energy].T:
            assert kstest(column, "norm").pvalue > 0.05  # nearer than chance: the table was made of these events
    inside = (np.abs(forward) < 2.5).all(axis=1)  # beyond, 400 events have no more quantiles
    found = restored(system, events)
    for name in FEATURES:
        np.testing.assert_allclose(found[name][inside], events[name][inside], rtol=2e-3, atol=2e-3, err_msg=name)


def test_kinematic_events_conserve_energy_and_masses_whatever_the_coordinates(events, random):
    system = coordinates.Kinematic(events, 0.5)
    beam = random.uniform(50, 200, (5000, 1)).astype(np.float32)
    numbers = (1.5 * random.standard_normal((5000, 3))).astype(np.float32)
    found = {name: np.array(values) for name, values in system.features(numbers, beam).items()}
    checked = evaluate.consistency({"beam_energy": beam[:, 0], **found}, 0.5)
    assert checked["positive"].value == 1
    assert checked["balance"].value == 1
    assert checked["off_shell_99"] < 1e-3
    np.testing.assert_allclose(found["mu_E"] + found["mfc_E"], beam[:, 0], rtol=1e-5)


def test_energies_between_the_tables_are_between(events):
    system = coordinates.Kinematic(events, 0.5)
    means = []
    for energy in (50, 75, 100):
        scores = np.random.default_rng(0).standard_normal((4000, 3)).astype(np.float32)
        found = system.features(scores, np.full((4000, 1), energy, np.float32))
        means.append(float(np.mean(found["mfc_eta"])))
    assert means[0] < means[1] < means[2]
