import bz2
import gzip
import lzma

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reproductions.top_pair_gan import data, lhe, simulate
from reproductions.top_pair_gan.constants import MASSES, MOTHERS, arranged
from zoo.data import hdf5
from zoo.data.lhe import read as read_lhe
from zoo.errors import InputError
from zoo.observables import four_vectors


@pytest.fixture(scope="module")
def sample():
    return data.load(data.SAMPLE, 40)


@pytest.fixture
def arrays(sample):
    """Forty events as a file holds them."""
    return {"p3": sample.copy(), "pdg": np.tile(np.int8([5, 2, -1, -5, 1, -2]), (40, 1))}


def read(arrays, path):
    hdf5.write(path, arrays, {})
    return data.load(path)


def test_the_embedded_sample_is_top_pairs():
    p3 = data.load(data.SAMPLE)
    assert p3.shape == (5000, 6, 3)
    p4 = four_vectors.on_shell(p3, MASSES)
    # leading order: the pair has no transverse momentum, but for the rounding of the file
    assert np.abs(p4[:, :, 1:3].sum(axis=1)).max() < 0.1
    assert np.median(four_vectors.mass(p4[:, 1:3].sum(axis=1))) == pytest.approx(80.42, abs=0.1)
    assert np.median(four_vectors.mass(p4[:, 3:].sum(axis=1))) == pytest.approx(173.0, abs=0.1)
    attributes = hdf5.attributes(data.SAMPLE)
    assert attributes["generator"] == "MadGraph5 3.5.7"
    assert "first 5000 events" in attributes["packed"]


def test_a_file_is_read_with_and_without_identifiers(tmp_path, arrays):
    np.testing.assert_array_equal(read(arrays, tmp_path / "a.h5"), arrays["p3"])
    del arrays["pdg"]
    np.testing.assert_array_equal(read(arrays, tmp_path / "b.h5"), arrays["p3"])
    assert len(data.load(tmp_path / "b.h5", events=7)) == 7


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda a: a["pdg"].__setitem__((3, 1), -3), r"event 3 has the q \(W\+\) -3, expected 2 or 4"),
        (lambda a: a["pdg"].__setitem__((7, 0), -5), "event 7 has the b -5, expected 5"),
        (lambda a: a["p3"].__setitem__((3, 1, 2), np.nan), r"p3\[3, 1, 2\] is nan GeV, expected a finite number"),
        (lambda a: a.update(p3=a["p3"] * 1000), r"median mass of the W\+ is [78]\.\d+e\+04, expected 80.4 GeV"),
        (lambda a: a.update(p3=a["p3"][:, [1, 0, 2, 3, 4, 5]]), "the partons in another order than b, q"),
        (lambda a: a.update(p3=a["p3"][:, [0, 1, 2, 4, 3, 5]]), "the median mass of the W- is"),
        (lambda a: a.update(p3=a["p3"][:, [3, 1, 2, 0, 4, 5]]), "the median mass of the t is"),
        (lambda a: a.update(p3=a["p3"][:, :5]), r"'p3' has shape .* expected \(N, 6, 3\)"),
    ],
)
def test_what_is_not_this_process_is_refused(tmp_path, arrays, change, message):
    change(arrays)
    with pytest.raises(InputError, match=f"a.h5: .*{message}"):
        read(arrays, tmp_path / "a.h5")


numbers = st.floats(width=32) | st.sampled_from([0, 1e-3, -1, 1000, 3e38])
places = st.tuples(st.integers(0, 39), st.integers(0, 5), st.integers(0, 2))


@given(
    st.lists(st.tuples(places, numbers), max_size=3),
    st.permutations(range(6)),
    st.lists(st.integers(-130, 130), min_size=6, max_size=6) | st.none(),
    st.sampled_from([np.float64, np.float32, np.int32, "S8"]),
)
def test_whatever_numbers_a_file_holds_the_answer_is_top_pairs_or_a_sentence(
    tmp_path_factory, sample, factors, order, pdg, kind
):
    path, p3 = tmp_path_factory.mktemp("any") / "a.h5", sample.copy()
    with np.errstate(over="ignore", invalid="ignore"):
        for place, factor in factors:
            p3[place] *= np.float32(factor)
        arrays = {"p3": p3[:, order].astype(kind)}
    try:
        found = read(arrays if pdg is None else arrays | {"pdg": np.tile(np.int16(pdg), (40, 1))}, path)
    except InputError as error:
        assert str(path) in str(error)
    else:
        masses = four_vectors.mass(four_vectors.on_shell(found, MASSES)[:, :3].sum(axis=1))
        assert np.isfinite(found).all()
        assert ((masses > 100) & (masses < 250)).all()


def test_splits_are_disjoint_and_whole(sample):
    parts = data.split(sample, seed=3)
    assert {name: len(part) for name, part in parts.items()} == {"train": 32, "validation": 4, "test": 4}
    rows = {event.tobytes() for part in parts.values() for event in part}
    assert rows == {event.tobytes() for event in sample}


def test_partons_are_found_by_identifier_and_mother():
    order = [3, 0, 5, 1, 4, 2]
    identifiers, mothers = np.array([5, 4, -3, -5, 3, -4]), np.array(MOTHERS)
    found = arranged(identifiers[order].tolist(), mothers[order].tolist())
    np.testing.assert_array_equal(np.array(order)[found], np.arange(6))
    for wrong in ([5, 4, -3, -5, 3], [5, 4, -3, -5, 3, -4, 21], [5, 2, -3, -5, 3, 11], [5, 4, -4, -5, 3, -4]):
        with pytest.raises(InputError, match=r"has the final particles 5 from 6, .*; expected b from 6"):
            arranged(wrong, [*MOTHERS, 0][: len(wrong)])
    with pytest.raises(InputError, match="-3 from -24"):  # a quark of the W+ that is said to come from the W-
        arranged([5, 4, -3, -5, 3, -4], [6, 24, -24, -6, -24, -24])


def test_lhe_files_are_written_and_read_again(tmp_path, sample):
    path = tmp_path / "events.lhe"
    lhe.write(path, sample, {"source": "a test"})
    np.testing.assert_allclose(data.load(path), sample, rtol=1e-6)
    assert len(data.load(path, events=5)) == 5


def test_lhe_files_hold_exact_masses_and_conserve_energy(tmp_path, sample):
    lhe.write(tmp_path / "events.lhe", sample)
    for event in read_lhe(tmp_path / "events.lhe"):
        assert event.eventinfo.weight == 1
        for p in event.particles:
            # 12 digits are written: E^2 rounds by 1e-12 E^2
            assert abs(p.e**2 - p.px**2 - p.py**2 - p.pz**2 - p.m**2) < 1e-11 * p.e**2
        incoming, outgoing = (
            np.sum([[p.e, p.pz] for p in event.particles if p.status == status], axis=0) for status in (-1, 1)
        )
        np.testing.assert_allclose(incoming, outgoing, atol=1e-9 * outgoing[0])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("\n6 2 1 2", "\n21 1 1 2", r"event 0 has the final particles 21 from 21, 5 from 21, .*; expected b from 6"),
        ("\n5 1 3 3", "\n3 1 3 3", "event 0 has the final particles 3 from 6"),
        ("\n-1 1 5 5", "\n-1 1 6 6", "event 0 has the final particles .*-1 from -24"),
        (" 4.700000000000e+00", " 0", "event 0 has a b of mass 0 GeV, expected 4.7"),
    ],
)
def test_lhe_files_of_another_process_are_refused_by_event(tmp_path, sample, old, new, message):
    path = tmp_path / "events.lhe"
    lhe.write(path, sample[:3])
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(InputError, match=f"events.lhe: {message}"):
        data.load(path)


def test_weighted_short_and_unreadable_lhe_files_are_refused(tmp_path, sample):
    path = tmp_path / "events.lhe"
    lhe.write(path, sample[:3])
    with pytest.raises(InputError, match="events.lhe: holds 3 events, expected at least 4"):
        data.load(path, events=4)
    with pytest.raises(InputError, match="0 events of .* were asked for"):
        data.load(path, events=0)
    first, separator, rest = path.read_text().partition("</event>")
    path.write_text(first + separator + rest.replace("12 1 1.0", "12 1 0.5", 1))
    with pytest.raises(InputError, match="event 1 has the weight 0.5, event 0 has 1, expected equal weights"):
        data.load(path)
    path.write_text("not a file of events")
    with pytest.raises(InputError, match="events.lhe: event 0 cannot be read"):
        data.load(path)
    with pytest.raises(InputError, match="none.h5: no such file"):
        data.load(tmp_path / "none.h5")


@pytest.mark.parametrize(
    ("change", "mass"),
    [
        (lambda p3: p3 * 10, "W[+] of mass"),
        (lambda p3: p3 / 10, "t of mass"),
        (lambda p3: p3 * 0, "W[+] of mass 0 GeV"),
        (lambda p3: p3 * 1e30, "W[+] of mass"),
        (lambda p3: p3 * [[1], [1], [1], [9000], [1], [1]], "tbar of mass"),
    ],
)
def test_a_single_impossible_event_is_refused_with_its_number(tmp_path, arrays, change, mass):
    arrays["p3"][17] = change(arrays["p3"][17])
    with pytest.raises(InputError, match=f"a.h5: event 17 has a {mass}.*, expected "):
        read(arrays, tmp_path / "a.h5")


@pytest.fixture
def text(tmp_path, sample):
    """The text of a Les Houches file of five events."""
    lhe.write(tmp_path / "five.lhe", sample[:5])
    return (tmp_path / "five.lhe").read_text()


@pytest.mark.parametrize("name", ["events.LHE", "events.lhef", "events.lhe.gz", "events.lhe.bz2", "events.lhe.xz"])
def test_lhe_files_are_known_by_their_names(tmp_path, text, sample, name):
    opener = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}.get(name[name.rindex(".") :], open)
    with opener(tmp_path / name, "wb") as file:
        file.write(text.encode())
    np.testing.assert_allclose(data.load(tmp_path / name), sample[:5], rtol=1e-6)


def test_weights_may_differ_by_rounding_and_must_be_positive(tmp_path, text):
    path = tmp_path / "a.lhe"

    def weighted(*weights):
        parts = text.split("12 1 1.0 ")
        path.write_text(parts[0] + "".join(f"12 1 {w} {part}" for w, part in zip(weights, parts[1:], strict=True)))
        return data.load(path)

    assert len(weighted(452.103, 452.10301, 452.10299, 452.103, 4.52103e2)) == 5
    with pytest.raises(InputError, match="event 3 has the weight 452.109, event 0 has 452.103, expected equal"):
        weighted(452.103, 452.103, 452.103, 452.109, 452.103)
    with pytest.raises(InputError, match="event 2 has the weight -1, event 0 has 1, expected equal weights"):
        weighted(1, 1, -1, 1, 1)
    for weight in (-1, 0, "nan", "inf"):
        with pytest.raises(InputError, match=f"event 0 has the weight {weight}, expected a positive number"):
            weighted(*[weight] * 5)


def test_events_of_another_process_are_left_out_and_counted_on_demand(tmp_path, text, sample, capsys):
    path, out = tmp_path / "a.lhe", tmp_path / "b.h5"
    head, *events = text.split("<event>\n")
    jet = events[1].replace("12 1 1.0", "13 1 1.0").replace("\n</event>", "\n21 1 1 2 0 0 1. 0. 0. 1. 0. 0 9\n</event>")
    off_shell = events[3].replace("\n5 1 3 3", "\n5 1 1 2")  # a t that is not written as an intermediate particle
    assert off_shell != events[3]
    path.write_text("<event>\n".join([head, events[0], jet, events[2], off_shell, events[4]]))
    with pytest.raises(InputError, match="event 1 has the final particles .* --skip-others leaves such events out"):
        data.load(path)
    np.testing.assert_allclose(data.load(path, skip_others=True), sample[[0, 2, 4]], rtol=1e-6)
    assert capsys.readouterr().out == f"{path}: left out 2 of 5 events, which are another process\n"
    data.pack(path, out, None, skip_others=True)
    np.testing.assert_allclose(data.load(out), sample[[0, 2, 4]], rtol=2**-14)
    assert hdf5.attributes(out)["packed"].startswith("first 3 events of a.lhe")
    assert len(hdf5.attributes(out)["sha256"]) == 64


def test_the_default_sample_is_made_once_and_kept(tmp_path, monkeypatch, arrays):
    calls = []

    def simulated(events, seed):
        calls.append((events, seed))
        return arrays, {"seed": seed}

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(simulate, "simulate", simulated)
    for _ in range(2):
        np.testing.assert_array_equal(data.load(None, 40), arrays["p3"])
    assert calls == [(40, 1)]
    assert data.source(None, 40).is_relative_to(tmp_path)


def test_packing_keeps_the_events_to_rounding(tmp_path, arrays):
    hdf5.write(tmp_path / "a.h5", arrays, {"generator": "a test"})
    data.pack(tmp_path / "a.h5", tmp_path / "b.h5", 10)
    np.testing.assert_allclose(data.load(tmp_path / "b.h5"), arrays["p3"][:10], rtol=2**-15)
    assert hdf5.attributes(tmp_path / "b.h5")["packed"].startswith("first 10 events of a.h5")


def test_what_a_training_held_out_becomes_a_sample(tmp_path, arrays, monkeypatch):
    source, out = tmp_path / "a.h5", tmp_path / "b.h5"
    hdf5.write(source, arrays, {"generator": "a test"})
    monkeypatch.setattr("sys.argv", ["data", str(source), "--out", str(out), "--hold-out", "3"])
    data.main()
    expected = data.split(data.load(source), 3)["test"]
    found = data.load(out)
    np.testing.assert_allclose(np.sort(found[:, 0, 0]), np.sort(expected[:, 0, 0]), rtol=2**-15)
    assert hdf5.attributes(out)["split_events"] == len(arrays["p3"])
    assert hdf5.attributes(out)["origins"][0]["generator"] == "a test"
