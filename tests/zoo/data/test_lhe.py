import bz2
import gzip
import lzma
import re

import numpy as np
import pylhe
import pytest
from hypothesis import given
from hypothesis import strategies as st

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


@pytest.fixture
def path(tmp_path, random):
    """Three events."""
    path = tmp_path / "a.lhe"
    lhe.write(path, PARTICLES, events(3, random), MASSES, beams=BEAMS, header={"seed": 5})
    return path


def momenta(path):
    return [[[p.e, p.px, p.py, p.pz, p.m] for p in event.particles] for event in lhe.read(path)]


@pytest.mark.parametrize(
    ("suffix", "compress"),
    [
        (".gz", gzip.compress),
        (".bz2", bz2.compress),
        (".xz", lzma.compress),
        ("", gzip.compress),  # by its content, whatever it is called
        (".gz", lambda text: text),
    ],
)
def test_events_are_read_from_plain_and_compressed_files(path, suffix, compress):
    packed = path.with_name(f"b.lhe{suffix}")
    packed.write_bytes(compress(path.read_bytes()))
    assert len(momenta(path)) == 3
    assert momenta(packed) == momenta(path)


ROW = re.compile(r"(?<=</event>\n<event>\n)(4 1 1.0.*)\n")  # of the second event


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\n\n  \n"),
        lambda text: text.replace("<event>", "<event npLO='1' npNLO='-1'>"),
        lambda text: text.replace("<event>\n", "<event> ").replace("\n</event>", " </event>"),
        lambda text: text.replace("</event>", "#rwgt 1 17 23.5 < 2\n<weights>\n0.3E+01\n</weights>\n</event>"),
        lambda text: text.replace("</event>", "<mgrwt>\n<rscale>  2 0.9</rscale>\n</mgrwt>\n</event>"),
        lambda text: text.replace("</event>", "<rwgt>\n<wgt id='1'> 1.0 </wgt>\n</rwgt>\n</event>"),
        lambda text: text.replace("<header>", "<!--\nrun card <event> & more\n-->\n<header>"),
        lambda text: text.replace("</header>", "<init>a < b & c</init>\n<!-- <header> -->\n</header>"),
        lambda text: text.replace("</init>", "<generator name='x'>1</generator>\n</init>"),
        lambda text: "<?xml version='1.0'?>\n" + text,
        lambda text: re.sub(r"e([+-]\d\d)\b", r"D\1", text),
        lambda text: re.sub(r"e([+-])(\d\d)\b", r"\g<1>0\2", text),  # as Fortran prints 1.5E+103
    ],
)
def test_files_are_read_as_generators_write_them(path, change):
    expected = momenta(path)
    changed = change(path.read_text())
    assert changed != path.read_text()
    path.write_bytes(changed.encode())
    assert momenta(path) == expected


@pytest.mark.parametrize("between", ["", "\n\n", '<?xml version="1.0"?>\n', "<!-- the second -->"])
def test_files_one_behind_the_other_are_all_read(path, between):
    expected = momenta(path)
    text = path.read_text()
    path.write_text(text.rstrip() + between + text)
    assert momenta(path) == [*expected, *expected]
    packed = path.with_name("b.lhe.gz")
    packed.write_bytes(gzip.compress(text.encode()) * 3)
    assert momenta(packed) == expected * 3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text + "events", "event 3 .*'events' stands where <LesHouchesEvents> should"),
        (lambda text: text + text.replace("13 1000260560 1.0", "13 1000260560 2.0"), "event 3 .*from here the beams"),
        (lambda text: text.replace("</LesHouchesEvents>", ""), "event 3 .*breaks off before </LesHouchesEvents>"),
        (lambda text: text.replace("</init>", ""), "event 0 .*breaks off before </init>"),
        (lambda text: text.replace("</header>", ""), "event 0 .*breaks off before </header>"),
        (lambda text: re.sub("(?s)<init>.*</init>", "", text), "event 0 .*no <init>"),
        (lambda text: ROW.sub("5 1 1.0 -1 -1 -1\n", text), "event 1 .*it has 4 particles and says 5"),
        (lambda text: ROW.sub("3 1 1.0 -1 -1 -1\n", text), "event 1 .*it has more than the 3 particles that it says"),
        (lambda text: ROW.sub("4 1\n", text), "event 1 .* has too few numbers"),
        (lambda text: ROW.sub("inf 1 1.0 -1 -1 -1\n", text), "event 1 cannot be read"),
        (lambda text: text.replace(" 0 9\n", "\n"), "event 0 .* has too few numbers"),
        (lambda text: "", "event 0 .* holds no <init>"),
        (lambda text: "<" * 2_000_000, "event 0 .*a line is longer than a megabyte"),
    ],
)
def test_what_breaks_off_or_contradicts_itself_is_refused_with_the_event(path, change, message):
    changed = change(path.read_text())
    assert changed != path.read_text()
    path.write_text(changed)
    with pytest.raises(InputError, match=f"a.lhe: {message}") as caught:
        momenta(path)
    assert "\n" not in str(caught.value)


@given(st.data())
def test_whatever_a_file_holds_the_answer_is_events_or_a_sentence(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("any") / "a.lhe"
    lhe.write(path, PARTICLES, np.ones((2, 4, 4)), MASSES, beams=BEAMS)
    lines = path.read_bytes().splitlines()
    words = [
        b"<event>",
        b"</event>",
        b"<init>",
        b"<!--",
        b"-->",
        b"",
        b"#",
        b"4 1 1",
        b"nan",
        b"-1",
        b"\xff",
        b"</header>",
    ]
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(lines) - 1))
        lines[place] = data.draw(st.sampled_from(words) | st.binary(max_size=20) | st.sampled_from(lines))
    path.write_bytes(b"\n".join(lines) if data.draw(st.booleans()) else data.draw(st.binary()))
    if data.draw(st.booleans()):
        path.write_bytes(
            data.draw(st.sampled_from([gzip.compress, bz2.compress, lzma.compress]))(path.read_bytes())[:-3]
        )
    lhe.recognised(path)
    try:
        for event in lhe.read(path):
            assert event.eventinfo.nparticles == len(event.particles)
    except InputError as error:
        assert str(path) in str(error)
        assert "\n" not in str(error)


def test_les_houches_files_are_recognised_by_name_or_content(path):
    for name in ("b.lhe", "b.LHE", "b.lhef", "b.lhe.gz", "b.Lhe.BZ2", "b.lhe.xz"):
        assert lhe.recognised(path.with_name(name))
    for name, content in (("b.txt", path.read_bytes()), ("b.gz", gzip.compress(b"\n" + path.read_bytes()))):
        path.with_name(name).write_bytes(content)
        assert lhe.recognised(path.with_name(name))
    path.with_name("b.h5").write_bytes(b"\x89HDF")
    path.with_name("c.gz").write_bytes(b"\x1f\x8b damaged")
    for name in ("b.h5", "c.gz", "none.h5", "b.lhe.h5"):
        assert not lhe.recognised(path.with_name(name))


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
