import gzip

import numpy as np
import pylhe
import pytest

from zoo.data import lhe
from zoo.data.lhe import Beam, Particle
from zoo.errors import InputError

PARTICLES = (
    Particle(13, lhe.INCOMING),
    Particle(1000260560, lhe.INCOMING),
    Particle(13, lhe.OUTGOING, (1, 2)),
    Particle(25, lhe.DECAYED, (1, 2)),
)
MASSES = (0.1057, 52.0, 0.1057, 0.5)
BEAMS = (Beam(13, 100.0), Beam(1000260560, 52.0))


def events(n, random):
    return random.normal(size=(n, 4, 4)) * 10.0 ** random.integers(-6, 6, (n, 4, 4))


def test_pylhe_reads_what_was_written(tmp_path, random, monkeypatch):
    monkeypatch.setattr(lhe, "CHUNK", 3)
    p4, path = events(7, random), tmp_path / "events.lhe"
    lhe.write(path, PARTICLES, p4, MASSES, beams=BEAMS, cross_section=(22.8, 0.04), header={"seed": 5})
    file = pylhe.LHEFile.fromfile(path)
    init = file.init
    assert (init.initInfo.beamA, init.initInfo.beamB) == (13, 1000260560)
    assert (init.initInfo.energyA, init.initInfo.energyB) == (100, 52)
    assert (init.initInfo.weightingStrategy, init.initInfo.numProcesses) == (3, 1)
    (process,) = init.procInfo
    assert (process.xSection, process.error, process.procId) == (22.8, 0.04, 1)
    found = list(file.events)
    assert len(found) == 7
    for event, momenta in zip(found, p4, strict=True):
        assert (event.eventinfo.nparticles, event.eventinfo.weight) == (4, 1)
        rows = [(p.id, p.status, (p.mother1, p.mother2)) for p in event.particles]
        assert rows == [tuple(particle) for particle in PARTICLES]
        assert [p.m for p in event.particles] == pytest.approx(MASSES)
        read = [[p.e, p.px, p.py, p.pz] for p in event.particles]
        np.testing.assert_allclose(read, momenta, rtol=1e-12)
    assert "seed: 5" in path.read_text()


def test_each_event_may_have_masses_of_its_own(tmp_path, random):
    masses = random.uniform(1, 2, (5, 4))
    lhe.write(tmp_path / "a.lhe", PARTICLES, events(5, random), masses, beams=BEAMS)
    found = [[p.m for p in event.particles] for event in pylhe.LHEFile.fromfile(tmp_path / "a.lhe").events]
    np.testing.assert_allclose(found, masses, rtol=1e-12)


@pytest.mark.parametrize(
    ("shape", "masses", "bad", "message"),
    [
        ((5, 3, 4), MASSES, None, r"four-momenta have shape \(5, 3, 4\), expected \(n, 4, 4\)"),
        ((5, 4, 4), MASSES[:3], None, r"masses have shape \(3,\), expected \(4,\)"),
        ((5, 4, 4), MASSES, np.nan, "particle 2 of event 3 is not finite, expected GeV"),
    ],
)
def test_what_is_no_event_is_refused_and_the_file_untouched(tmp_path, shape, masses, bad, message):
    p4, path = np.ones(shape), tmp_path / "a.lhe"
    if bad is not None:
        p4[3, 2, 1] = bad
    path.write_text("before")
    with pytest.raises(InputError, match=f"a.lhe: {message}"):
        lhe.write(path, PARTICLES, p4, masses, beams=BEAMS)
    with pytest.raises(InputError, match="the header holds '<'"):
        lhe.write(path, PARTICLES, np.ones((1, 4, 4)), MASSES, beams=BEAMS, header={"note": "</header>"})
    assert path.read_text() == "before"


def test_events_are_read_one_by_one_from_plain_and_gzipped_files(tmp_path, random):
    p4, path = events(3, random), tmp_path / "a.lhe"
    lhe.write(path, PARTICLES, p4, MASSES, beams=BEAMS)
    (tmp_path / "a.lhe.gz").write_bytes(gzip.compress(path.read_bytes()))
    for file in (path, tmp_path / "a.lhe.gz"):
        found = [[[p.e, p.px, p.py, p.pz] for p in event.particles] for event in lhe.read(file)]
        np.testing.assert_allclose(found, p4, rtol=1e-12)


def test_what_is_no_lhe_file_is_refused_with_the_number_of_the_event(tmp_path, random):
    path = tmp_path / "a.lhe"
    with pytest.raises(InputError, match="a.lhe: no such file"):
        list(lhe.read(path))
    path.write_text("energy,px")
    with pytest.raises(InputError, match="a.lhe: event 0 cannot be read, expected an LHE file"):
        list(lhe.read(path))
    lhe.write(path, PARTICLES, events(3, random), MASSES, beams=BEAMS)
    whole = path.read_text()
    path.write_text(whole[: whole.rindex("<event>") + 40])
    with pytest.raises(InputError, match="a.lhe: event 2 cannot be read"):
        list(lhe.read(path))
    path.write_text(whole.replace(" 25 2 1 2 ", " ").replace("25 2 1 2", "higgs"))
    with pytest.raises(InputError, match="a.lhe: event 0 cannot be read"):
        list(lhe.read(path))


def test_a_damaged_gzip_file_is_refused(tmp_path, random):
    path = tmp_path / "a.lhe"
    lhe.write(path, PARTICLES, events(50, random), MASSES, beams=BEAMS)
    packed = bytearray(gzip.compress(path.read_bytes()))
    for place in range(40, len(packed), len(packed) // 30):
        damaged = bytearray(packed)
        damaged[place] ^= 0xFF
        (tmp_path / "b.lhe.gz").write_bytes(damaged)
        with pytest.raises(InputError, match="b.lhe.gz: event"):
            list(lhe.read(tmp_path / "b.lhe.gz"))
