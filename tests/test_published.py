"""The saved generators against their saved distributions and the published histograms: what `tox -e published` runs."""

import h5py
import numpy as np
import pytest
from scipy.stats import chi2_contingency

import zoo
from reproductions.calogan import evaluate
from reproductions.calogan.published import load
from zoo import registry
from zoo.metrics import mean, triangular_discrimination

CALOGAN = sorted(card.parent.name for card in registry.CHECKOUT.glob("calogan*/card.json"))
SIGNIFICANCE = 1e-3  # chance that an unchanged generator fails, all histograms together
REPEATED = 0.005  # share of showers that may change their bin when nothing but the rounding differs


def least_p_value(found, expected):
    """The smallest p-value of two-sample chi-squared tests over histograms, times their number (Bonferroni)."""
    p_values = []
    for name, counts in expected.items():
        table = np.array([found[name], counts])
        enough = table.sum(axis=0) >= 20
        table = np.column_stack([table[:, enough], table[:, ~enough].sum(axis=1)])
        table = table[:, table.sum(axis=0) > 0]
        if table.shape[1] > 1:
            p_values.append(chi2_contingency(table).pvalue)
    return min(p_values) * len(p_values)


def noise_seed(folder):
    with h5py.File(folder / "distributions.h5") as file:
        return int(file.attrs["seed"])


@pytest.fixture(scope="module", params=CALOGAN)
def saved(request):
    """(folder, generator, energies, saved counts) of one model."""
    path = registry.verified(registry.CHECKOUT / request.param, "distributions.h5")
    return path.parent, zoo.load(path.parent), *evaluate.read_distributions(path)


def regenerated(generator, energy, seed=20260101):
    """New showers. By default their noise is not that of the saved ones: agreement is statistical, not a repetition."""
    return evaluate.histograms(generator.sample(len(energy), seed=seed, energy=energy))


def largest_change(found, expected):
    """The largest share of showers, over the histograms, that would have to move to another bin."""
    return max(np.abs(found[name] - counts).sum() / 2 / counts.sum() for name, counts in expected.items())


def test_regenerated_showers_have_the_saved_distributions(saved):
    _, generator, energy, counts = saved
    assert least_p_value(regenerated(generator, energy), counts["generated"]) > SIGNIFICANCE


def test_the_same_noise_repeats_the_saved_distributions(saved):
    folder, generator, energy, counts = saved
    # Processors round differently, and a shower at the edge of a bin may change sides.
    assert largest_change(regenerated(generator, energy, noise_seed(folder)), counts["generated"]) < REPEATED


@pytest.mark.parametrize("change", [1.02, 1.1])
def test_changed_weights_are_noticed(saved, change):
    """2 % off: by repeating the noise. 10 % off: by new noise too, where fluctuations cover smaller changes."""
    folder, generator, energy, counts = saved
    kernel = generator.model.get_layer("dense").kernel
    original = np.array(kernel)
    kernel.assign(change * original)
    repeated, new = (regenerated(generator, energy, seed) for seed in (noise_seed(folder), 20260101))
    kernel.assign(original)
    assert largest_change(repeated, counts["generated"]) > REPEATED
    if change == 1.1:
        assert least_p_value(new, counts["generated"]) < SIGNIFICANCE


def test_the_card_tells_the_distance_of_the_saved_distributions_to_the_published_ones(saved):
    folder, generator, energy, counts = saved
    with h5py.File(folder / "distributions.h5") as file:
        particle = file.attrs["particle"]
    claimed = generator.card["metrics"]["mean"]
    geant4 = {name: observable.series[f"geant_{particle}"] for name, observable in load().items()}

    def distance(generated):
        return mean(
            triangular_discrimination(generated[name], one.counts, q_sigma=one.counts_sigma)
            for name, one in geant4.items()
        )

    claim = claimed["gan_published_geant4"]
    assert distance(counts["generated"]).value == pytest.approx(claim["value"], abs=1e-9)
    again = distance(regenerated(generator, energy))
    assert abs(again.value - claim["value"]) < 4 * np.hypot(again.uncertainty, claim["uncertainty"])

    ours = mean(triangular_discrimination(counts["generated"][name], counts["geant4"][name]) for name in geant4)
    assert ours.value == pytest.approx(claimed["gan_geant4"]["value"], abs=1e-9)
