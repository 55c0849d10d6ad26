"""Tracks from clusters: exact where the responses are, and against formulae of the errors of fits."""

import numpy as np
import pytest

from reproductions.tpc_gan import reconstruct, track
from zoo.errors import InputError

TRACKS = {
    "pt": np.array([0.7, 2.0, 1.1]),
    "charge": np.array([1.0, -1.0, 1.0]),
    "azimuth": np.array([-3.0, 2.0, 0.5]),
    "dip_angle": np.array([0.0, 35.0, 20.0]),
    "z": np.array([15.0, 12.0, 18.0]),
}


def pointed(parameters, seed=0):
    """Responses (n, 8, 16) whose barycentres are the track's, up to the ADC's rounding: 4 digits share 1,000 counts."""
    amplitude = np.zeros((len(parameters), 8, 16), np.float32)
    (pad, time), row = (np.modf(parameters[:, i])[0] for i in (3, 2)), np.arange(len(parameters))
    for i, along in enumerate((1 - pad, pad)):
        for j, later in enumerate((1 - time, time)):
            amplitude[row, 3 + i, 7 + j] = 1000 * along * later
    return amplitude


def test_clusters_are_the_barycentres_of_digits():
    parameters = track.segments(TRACKS).parameters
    amplitude = pointed(parameters)
    amplitude[5] = 0
    hits = reconstruct.clusters(parameters, amplitude)
    off = reconstruct.residuals(parameters, hits)
    assert not hits.found[5] and np.isnan(hits.x[5]) and hits.found.sum() == len(parameters) - 1
    np.testing.assert_allclose(np.delete(off["x"], 5), 0, atol=2e-3)  # rounded to a thousandth of a pad
    np.testing.assert_allclose(np.delete(off["z"], 5), 0, atol=2e-3)


def test_a_helix_goes_through_exact_clusters():
    off = reconstruct.fits(TRACKS, _hits(TRACKS), reconstruct.helix)
    np.testing.assert_allclose(off["pt"], 0, atol=2e-4)
    np.testing.assert_allclose(off["azimuth"], 0, atol=5e-3)
    np.testing.assert_allclose(off["dip_angle"], 0, atol=5e-3)


def test_a_line_goes_through_exact_clusters():
    straight = TRACKS | {"pt": np.full(3, 1e3)}
    off = reconstruct.fits(straight, _hits(straight), reconstruct.line)
    np.testing.assert_allclose(off["azimuth"], 0, atol=0.01)
    np.testing.assert_allclose(off["dip_angle"], 0, atol=0.01)


def test_the_curvature_of_smeared_clusters_scatters_as_gluckstern_says():
    r"""sigma_kappa = sigma / L^2 sqrt(720 N^3 / ((N - 1)(N + 1)(N + 2)(N + 3))) for N equidistant points."""
    rng, n, sigma = np.random.default_rng(1), 40, 0.05
    y = np.linspace(40, 120, n)
    found = [reconstruct.helix(y, rng.normal(0, sigma, n), y)["curvature"] for _ in range(300)]
    expected = sigma / 80**2 * np.sqrt(720 * (n - 1) ** 3 / ((n - 2) * n * (n + 1) * (n + 2)))
    assert np.std(found) == pytest.approx(expected, rel=0.12)  # three times what 300 fits leave


def test_tracks_with_few_clusters_are_not_fitted():
    hits = _hits(TRACKS)
    rows = np.flatnonzero(track.segments(TRACKS).track == 1)
    hits.found[rows[reconstruct.LEAST_ROWS - 1 :]] = False
    off = reconstruct.fits(TRACKS, hits, reconstruct.helix)
    assert np.isnan(off["pt"][1]) and np.isfinite(off["pt"][[0, 2]]).all()


def test_two_tracks_are_two_maxima():
    parameters = track.segments({name: values[:1] for name, values in TRACKS.items()}).parameters
    assert reconstruct.separated(parameters, 3.0, pointed, 0).all()
    assert not reconstruct.separated(parameters, 0.0, pointed, 0).any()


def test_half_separated_is_interpolated():
    shares = [{"value": float(d > 1.6)} for d in reconstruct.APART]
    assert reconstruct.half_separated(shares) == pytest.approx(1.625)


def test_single_segments_are_compared_at_every_angle():
    """Off by a thousandth of a pad for each degree: the resolution of a bin of width w is w / sqrt(12) thousandths."""

    def tilted(parameters, seed):
        moved = parameters.copy()
        moved[:, 3] = np.floor(moved[:, 3]) + 0.4 + moved[:, 0] / 1000
        parameters[:, 3] = np.floor(parameters[:, 3]) + 0.4
        amplitude = pointed(moved)
        amplitude[0] *= 10
        return amplitude

    found = reconstruct.single(tilted, 1, n=4000)
    widths = np.diff(found["edges"]["pad"]) / 1000
    np.testing.assert_allclose([one.value for one in found["pad"]], widths / 12**0.5, rtol=0.1)
    assert len(found["time"]) == 10 and 0 <= found["large"].value < 0.01


def test_equal_responses_reconstruct_alike(monkeypatch):
    monkeypatch.setattr(reconstruct, "SEGMENTS", 500)
    one, two = (reconstruct.reconstruct(pointed, 8, 3) for _ in range(2))
    assert one["helix"]["rows"].value == 1.0
    found = reconstruct.plain({"generated": one, "simulated": two})
    lines = reconstruct.format_table(found).splitlines()
    assert len(lines) == 1 + 2 * 10 + 1 + 8 + len(reconstruct.APART) + 1
    assert {line.split()[-1] for line in lines[1:-1]} <= {"0.0", "-"}


def test_a_model_of_other_events_is_refused(monkeypatch):
    monkeypatch.setattr("sys.argv", ["reconstruct", "mfc_cgan", "--tracks", "2"])
    with pytest.raises(InputError, match="mfc_cgan: asks for beam_energy, expected a model of pad rows"):
        reconstruct.main()


def _hits(tracks):
    parameters = track.segments(tracks).parameters
    return reconstruct.clusters(parameters, pointed(parameters))
