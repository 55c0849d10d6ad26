import json
from pathlib import Path

import numpy as np
import pytest

import reproductions.calogan.published as published
from reproductions.calogan.published import HIDDEN, OUTSIDE, SERIES, load, load_mean_images
from zoo.metrics import mean, triangular_discrimination
from zoo.observables.calorimeter import shower_shapes

FILE = json.loads((Path(published.__file__).parent / "histograms.json").read_text())


def test_the_23_histograms_are_there_with_six_series_each():
    empty = {f"layer_{i}": np.zeros((1, 2, 2)) for i in range(3)}
    assert list(load()) == list(shower_shapes(empty))
    for observable in load().values():
        assert tuple(observable.series) == SERIES
        assert (np.diff(observable.edges) > 0).all()
        assert all(len(series.density) == len(observable.edges) - 1 for series in observable.series.values())


def test_densities_integrate_to_one():
    for observable in load().values():
        for series in observable.series.values():
            assert np.nansum(series.density * np.diff(observable.edges)) == pytest.approx(1, abs=2e-3)


def test_flags_say_what_is_known():
    for name, observable in load().items():
        for key, series in observable.series.items():
            np.testing.assert_array_equal(np.isnan(series.density), series.flags == HIDDEN)
            np.testing.assert_array_equal(np.isnan(series.counts), series.flags == HIDDEN)
            assert not series.counts_sigma[series.flags == OUTSIDE].any()
            bounds = FILE["observables"][name]["series"][key]["lo_hi"]
            assert {int(bin) for bin in bounds} == set(np.flatnonzero((series.flags == 2) | (series.flags == HIDDEN)))
            for bin, (low, high) in bounds.items():
                assert np.isnan(series.density[int(bin)]) or low * 0.999 <= series.density[int(bin)] <= high * 1.001


def test_hidden_bins_hold_next_to_nothing():
    hidden = [
        sum(entry["lo_hi"][str(bin)][1] * np.diff(load()[name].edges)[bin] for bin in bins)
        for name, panel in FILE["observables"].items()
        for key, entry in panel["series"].items()
        if len(bins := np.flatnonzero(load()[name].series[key].flags == HIDDEN))
    ]
    assert 0 < max(hidden) < 0.0016


def test_sparse_bins_of_logarithmic_panels_hold_whole_numbers_of_events():
    counts = load()["fraction_layer_1_log"].series["gan_piplus"].counts
    sparse = counts[(counts > 0.5) & (counts < 5)]
    assert len(sparse) > 5
    np.testing.assert_allclose(sparse, np.round(sparse), rtol=0.03)


@pytest.mark.parametrize(("particle", "expected"), [("eplus", 0.0685), ("gamma", 0.0867), ("piplus", 0.1113)])
def test_distance_of_the_published_gan(particle, expected):
    distances = [
        triangular_discrimination(gan.counts, geant.counts, gan.counts_sigma, geant.counts_sigma)
        for observable in load().values()
        for gan, geant in [(observable.series[f"gan_{particle}"], observable.series[f"geant_{particle}"])]
    ]
    average = mean(distances)
    assert average.value == pytest.approx(expected, abs=5e-5)
    assert 0 < average.uncertainty < 0.003


def test_separation_that_the_authors_printed():
    """Their e+ against their gamma in E_0, in ten bins at the deciles of the merged sample."""
    panel = load()["e_layer_0"]
    cumulative = [
        np.concatenate([[0], np.cumsum(panel.series[key].density * np.diff(panel.edges))])
        for key in ("geant_eplus", "geant_gamma")
    ]
    merged = sum(cumulative) / 2
    deciles = np.interp(np.linspace(0, 1, 11) * merged[-1], merged, panel.edges)
    fractions = [np.diff(np.interp(deciles, panel.edges, series)) for series in cumulative]
    printed = FILE["about"]["separation_e_layer_0"]["value"]
    assert triangular_discrimination(*fractions).value == pytest.approx(printed, rel=0.03)


def test_mean_images():
    images = load_mean_images()
    shapes = {"layer_0": (3, 96), "layer_1": (12, 12), "layer_2": (12, 6)}
    for layers in images.values():
        assert {name: image.mean.shape for name, image in layers.items()} == shapes
        for image in layers.values():
            np.testing.assert_array_equal(np.isnan(image.mean), np.isin(image.flags, (1, 2)))
            assert (image.at_most is not None) == (1 in image.flags)
            assert (image.at_least is not None) == (2 in image.flags)
    # The mean photon leaves 50.2 GeV in the cells: the mean of the published E_tot histogram says the same.
    panel = load()["e_total"]
    centres = (panel.edges[1:] + panel.edges[:-1]) / 2
    e_total = np.sum(panel.series["geant_gamma"].density * np.diff(panel.edges) * centres)
    assert sum(image.mean.sum() for image in images["geant4"].values()) / 1000 == pytest.approx(e_total, rel=0.01)


def test_what_is_shared_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        load()["e_total"].series["geant_gamma"].density[0] = 1
