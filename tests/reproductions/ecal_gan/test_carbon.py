import importlib.util
import os
import subprocess
import sys

import numpy as np
import pytest

from reproductions.ecal_gan import carbon
from zoo.errors import InputError

EDGES = np.array([1e-5, carbon.EDGE, 1.0])
COEFFICIENTS = np.array([[1.0, 0, 0, 0], [0, 2.0, 0, 4.0], [3.0, 0, 5.0, 0]])


def test_a_cross_section_is_its_intervals_polynomial():
    energy = np.array([1e-6, 1e-5, 2e-5, carbon.EDGE, 0.5, 1.0, 2.0])
    below = 2 / carbon.EDGE**2 + 4 / carbon.EDGE**4
    expected = [1e5, 1e5, 5e4, below, 2 / 0.5**2 + 4 / 0.5**4, 3 + 5, 3 / 2 + 5 / 8]
    np.testing.assert_allclose(carbon.cross_section(energy, EDGES, COEFFICIENTS), expected)


def test_tables_are_read_back_as_what_was_asked_for():
    found = carbon.files(EDGES, COEFFICIENTS)
    assert set(found) == {f"pe-{name}-6.dat" for name in ("low", "high", "cs", "le-cs")}
    for name, limits in (("cs", (carbon.EDGE, carbon.LARGEST)), ("le-cs", (carbon.LEAST, carbon.EDGE))):
        head, number, *rows = found[f"pe-{name}-6.dat"].splitlines()
        energy, scaled = np.array([row.split() for row in rows], float).T
        assert [float(word) for word in head.split()] == pytest.approx([*limits, carbon.POINTS], rel=1e-5)
        assert int(number) == len(rows) == carbon.POINTS
        assert energy[[0, -1]] == pytest.approx(limits, rel=1e-5)
        inside = energy[1:-1]  # digits are rounded, and the ends are edges of intervals
        sigma = carbon.cross_section(inside, EDGES, COEFFICIENTS)
        np.testing.assert_allclose(scaled[1:-1] * carbon.BARN / inside**3, sigma, rtol=1e-7)
    shells, *energies = found["pe-high-6.dat"].splitlines()
    assert shells.split() == ["1", "1", "1.0e+09"]
    assert [float(row.split()[0]) for row in energies] == [carbon.EDGE]


def test_what_is_there_stays(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["carbon"])
    monkeypatch.setattr(carbon, "sandia", lambda: (EDGES, COEFFICIENTS))
    monkeypatch.delenv("GEANT4_DATA_DIR", raising=False)
    with pytest.raises(InputError, match="GEANT4_DATA_DIR is not set, expected the folder of stand-in tables"):
        carbon.main()
    monkeypatch.setenv("GEANT4_DATA_DIR", str(tmp_path))
    with pytest.raises(InputError, match="has no G4EMLOW.*/epics.*/phot, expected Geant4's tables"):
        carbon.main()
    folder = tmp_path / "G4EMLOW8.8" / "epics2017" / "phot"
    folder.mkdir(parents=True)
    (folder / "pe-cs-6.dat").write_text("official")
    carbon.main()
    assert (folder / "pe-cs-6.dat").read_text() == "official"
    assert (folder / "pe-le-cs-6.dat").read_text() == carbon.files(EDGES, COEFFICIENTS)["pe-le-cs-6.dat"]
    assert f"{folder / 'pe-cs-6.dat'}: is there" in capsys.readouterr().out


@pytest.mark.skipif(importlib.util.find_spec("geant4_pybind") is None, reason="needs geant4-pybind")
def test_photons_of_10_kev_are_absorbed_as_by_carbon(tmp_path):
    """NIST's attenuation is 2.373 cm2/g, of which 0.19 to 0.45 scatter: Klein and Nishina's 0.64 b for 6 electrons that
    are free, and coherently at most so many again and a third.
    """
    code = (
        "import numpy as np; from reproductions.ecal_gan import carbon; "
        "print(carbon.cross_section(np.array([0.01]), *carbon.sandia())[0])"
    )
    environment = os.environ | {"GEANT4_DATA_DIR": str(tmp_path)}  # which Geant4 needs, and does not read here
    told = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    grams = 12.011 / 6.02214e23  # of an atom
    absorbed = float(told.stdout.split()[-1]) / 100 / grams  # mm2 to cm2
    assert 2.373 - 0.45 < absorbed < 2.373 - 0.19
