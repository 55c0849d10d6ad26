import numpy as np
import pytest
from scipy.stats import norm

from reproductions.rich_gan import data, efficiencies, evaluate
from reproductions.rich_gan.constants import DLLS


def test_ratios_of_a_shifted_sample_are_known(random):
    """DLLs of N(0, 1), generated ones of N(0.1, 1): at the median the efficiency is Phi(0.1) for 1/2."""
    number = 40_000
    tracks = {name: random.uniform(1, 2, number).astype(np.float32) for name in ("P", "eta", "nspdhits")}
    tracks["weight"] = np.ones(number, np.float32)
    reference = tracks | {name: random.normal(size=number).astype(np.float32) for name in DLLS}
    generated = tracks | {name: random.normal(0.1, 1, number).astype(np.float32) for name in DLLS}
    found = efficiencies.ratios(generated, reference)
    for level in efficiencies.LEVELS:
        cells = [m for one in found.values() for feature in one.values() for m in feature["q"][str(level)]]
        assert len(cells) == 5 * 4 * 10
        expected = norm.sf(norm.ppf(level) - 0.1) / (1 - level)
        pulls = [(m.value - expected) / m.uncertainty for m in cells]
        assert abs(np.mean(pulls)) < 0.3
        # the thresholds are quantiles of the reference: its efficiency does not fluctuate, and pulls are smaller than 1
        assert 0.5 < np.std(pulls) < 1.2
    mean = efficiencies.summary(found)
    assert mean["0.5"]["value"] == pytest.approx(norm.cdf(0.1) * 2 - 1, rel=0.2)
    nothing = efficiencies.summary(efficiencies.ratios(reference, reference))
    assert all(nothing[str(level)]["value"] < 1e-12 for level in efficiencies.LEVELS)


def test_no_information_is_no_number(random):
    """A tenth of the tracks at -999: as a threshold of the 5 % quantile all pass it, whatever the others do."""
    number = 20_000
    tracks = {name: random.uniform(1, 2, number).astype(np.float32) for name in ("P", "eta", "nspdhits")}
    tracks["weight"] = np.ones(number, np.float32)
    there = random.uniform(size=number) > 0.1

    def dlls(shift):
        return {name: np.where(there, random.normal(shift, 1, number), -999).astype(np.float32) for name in DLLS}

    reference, shifted = tracks | dlls(0), tracks | dlls(-0.3)
    cells = efficiencies.ratios(shifted, reference)["RichDLLk"]["P"]["q"]["0.05"]
    expected = norm.sf(norm.ppf(0.05) + 0.3) / 0.95
    assert np.mean([m.value for m in cells]) == pytest.approx(expected, abs=0.01)
    # a projection in units of the spread that -999 makes would be one of "no information" against all others
    few = {name: data.take(one, slice(2000)) for name, one in (("g", shifted), ("r", reference))}
    distance = evaluate.kolmogorov(few["g"], few["r"], seed=1)["projections"]
    assert distance["quantile"].value > distance["quantile_floor"].value + 0.05


def test_the_uncertainty_of_the_mean_ratio_is_its_spread_over_samples(random, monkeypatch):
    monkeypatch.setattr(efficiencies, "RESAMPLINGS", 10)
    found = []
    for seed in range(8):
        tracks = {name: random.uniform(1, 2, 4000).astype(np.float32) for name in ("P", "eta", "nspdhits")}
        tracks["weight"] = np.ones(4000, np.float32)
        one = {name: random.normal(size=4000).astype(np.float32) for name in DLLS[:1]}  # five times the same DLL
        other = random.normal(0.5, 1, 4000).astype(np.float32)
        generated, reference = (tracks | dict.fromkeys(DLLS, values) for values in (other, one[DLLS[0]]))
        ratio = efficiencies.ratios(generated, reference)
        found.append(efficiencies.resampled(generated, reference, ratio, seed)["0.5"])
    spread = np.std([one["value"] for one in found], ddof=1)
    assert 0.5 < np.mean([one["uncertainty"] for one in found]) / spread < 2


def test_weights_count_as_tracks(kaons):
    """Twice the same tracks with half the weight have the same efficiencies."""
    generated = kaons | {name: kaons[name] + 1 for name in DLLS}
    doubled = {name: np.tile(values, 2) for name, values in generated.items()}
    doubled["weight"] /= 2
    one, two = (efficiencies._efficiency_ratios(tracks, kaons, "RichDLLk") for tracks in (generated, doubled))
    np.testing.assert_allclose([m.value for m in two], [m.value for m in one], rtol=1e-6)
    background = {name: np.concatenate([values, values[:2000]]) for name, values in generated.items()}
    background["RichDLLk"][-2000:] = 500.0
    cancelled = {name: np.concatenate([values, values[-2000:]]) for name, values in background.items()}
    cancelled["weight"][-2000:] = -1
    three = efficiencies._efficiency_ratios(cancelled, kaons, "RichDLLk")
    np.testing.assert_allclose([m.value for m in three], [m.value for m in one], rtol=1e-6)
