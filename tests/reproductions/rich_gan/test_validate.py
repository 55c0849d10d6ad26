import matplotlib.image
import numpy as np
import pytest

from reproductions.rich_gan import figures, published, validate
from reproductions.rich_gan.constants import DLLS, MASSES, PARTICLES, RADIATORS


@pytest.fixture(scope="module")
def found():
    return validate.compare(3000, seed=5)


def test_quartiles_are_near_those_of_lhcbs_simulation(found):
    """Of the distance between the outer quartiles: the README has the numbers for more tracks."""
    assert list(found) == list(PARTICLES)
    for particle, one in found.items():
        assert np.sqrt(np.mean(one["deviation"] ** 2)) < 0.25, particle
        # known to differ by 0.9 % for electrons; 3000 tracks fluctuate by 0.4 %
        assert one["uninformed"] == pytest.approx(one["uninformed_published"], abs=0.025)
        assert np.isfinite(one["error"]).all()


def test_the_table_shows_both(found):
    table = validate.format_table(found)
    assert len(table.splitlines()) == 1 + 6 * len(PARTICLES)
    row = next(line for line in table.splitlines() if line.startswith("kaon      RichDLLk"))
    assert f"{found['kaon']['simulated'][1, 2]:.2f} (14.22)" in row


def test_the_validation_is_drawn(tmp_path):
    figures.validation(tmp_path / "kaon.png", "kaon", validate.sample("kaon", 2000, 1))
    assert matplotlib.image.imread(tmp_path / "kaon.png").std() > 0.02


def test_calibration_muons_beside_the_published_ones(tmp_path):
    muons = validate.marginals(9000, seed=3)
    for name, one in muons.items():
        widths = np.diff(one["edges"])
        assert one["simulated"] @ widths == pytest.approx(1), name
        assert one["published"] @ widths == pytest.approx(1, abs=1e-5), name
        # the README has the distances
        assert 0 < one["distance"] < 0.25, name
    figures.marginals(tmp_path / "muons.png", muons)
    assert matplotlib.image.imread(tmp_path / "muons.png").std() > 0.02


def test_the_fit_finds_what_the_quartiles_tell(monkeypatch):
    """Deviations that only know the first radiator's light, which should be a fifth more than it is."""
    released = RADIATORS[0].photons

    def compare(tracks, seed, constants):
        off = np.log(constants.radiators[0].photons / (1.2 * released))
        return {"kaon": {"deviation": np.full((3, 5), off)}}

    monkeypatch.setattr(validate, "compare", compare)
    found = validate.fit(100, 1)
    assert found.radiators[0].photons == pytest.approx(1.2 * released, rel=0.01)
    assert found.radiators[1] == RADIATORS[1]


def test_published_numbers():
    ratios = published.muon_ratios()
    # the numbers
    assert [round(ratios[q], 3) for q in (0.05, 0.25, 0.5, 0.75, 0.9, 0.95)] == [
        0.004,
        0.010,
        0.018,
        0.035,
        0.064,
        0.110,
    ]
    np.testing.assert_allclose(published.quartiles("kaon", ("RichDLLk",))[:, 0], [4.7622, 14.2174, 25.462601])
    assert published.uninformed("electron") == pytest.approx(0.064, abs=0.002)


def test_published_tracks_have_the_thresholds_of_the_radiators():
    """75 real tracks: below the threshold of C4F10 hypotheses are equal to the bit, above that of CF4 they are not."""
    rows = published.rows()
    informed = rows["RichDLLe"] != -999
    for name, mass in (("RichDLLk", "kaon"), ("RichDLLp", "proton")):
        low, high = (1e3 * MASSES[mass] / np.sqrt(r.refraction**2 - 1) for r in RADIATORS)
        tied = rows[name] == rows["RichDLLbt"]
        assert tied[informed & (rows["P_MeV"] < low)].all()
        assert not tied[informed & (rows["P_MeV"] > high)].any()
    assert {name for name in rows} >= set(DLLS)
