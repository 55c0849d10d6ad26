import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reproductions.tpc_gan import data, simulate
from zoo.data import hdf5
from zoo.errors import InputError

EVENT = ["params: 3.5 -21.5 40.0 30.25 23 0.6", "  30  39 2.50e+00  31  40 8.0e+01  32  48 0.95e+00"]


@pytest.fixture
def text(tmp_path):
    def write(*lines):
        path = tmp_path / "digits.dat"
        path.write_text("\n".join(lines) + "\n")
        return path

    return write


def test_text_becomes_images(text):
    events = data.load(text(*EVENT, "", *EVENT))
    np.testing.assert_allclose(events["parameters"], np.tile([3.5, -21.5, 40, 30.25, 23, 0.6], (2, 1)), rtol=1e-6)
    picture = np.zeros((8, 16))
    # pads from 30 - 3, buckets from 40 - 7; the digit of 0.95 is below the threshold
    picture[3, 6], picture[4, 7] = 2.5, 80
    np.testing.assert_array_equal(events["amplitude"], [picture, picture])
    assert len(data.load(text(*EVENT, *EVENT), events=1)["amplitude"]) == 1


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "holds no events"),
        (EVENT[:1], "event 0 has one line, expected a second with its digits"),
        ([*EVENT, "", *EVENT[::-1]], "event 1 begins '30  39"),
        ([EVENT[0], *EVENT, ""], "event 0 has 7 numbers of digits"),
        ([*EVENT, "parameters", "1 2 3"], "event 1 begins 'parameters', expected 'params:' and the 6 numbers"),
        (["params: 1 2 3 4 5", EVENT[1]], "event 0 begins 'params: 1 2 3 4 5', expected"),
        ([EVENT[0], "30 39 1.0 31"], "event 0 has 4 numbers of digits, expected triples"),
        ([EVENT[0], "30 39 one"], "event 0 holds what is not a number"),
        ([EVENT[0], "30 39 nan"], "event 0 holds nan, expected finite numbers"),
        ([EVENT[0].replace("40.0", "inf"), EVENT[1]], "event 0 holds inf, expected finite numbers"),
        ([EVENT[0], "30 39 -2"], "event 0 has an amplitude of -2, expected 0 to 1e[+]06"),
        ([EVENT[0], "30 39 2e6"], "event 0 has an amplitude of 2e[+]06, expected 0 to 1e[+]06"),
        ([EVENT[0], "30 39 1e39"], "event 0 holds 1e[+]39, expected finite numbers"),
        ([EVENT[0].replace("40.0", "1e39"), EVENT[1]], "event 0 holds 1e[+]39, expected finite numbers"),
        ([EVENT[0], "30.5 39 2"], "event 0 has a digit between pads or time buckets"),
        ([EVENT[0], "26 39 2"], "event 0 has a digit in pad 26, outside the window of 27 to 34"),
        ([EVENT[0], "30 49 2"], "event 0 has a digit in time bucket 49, outside the window of 33 to 48"),
        ([EVENT[0].replace("-21.5", "-95"), EVENT[1]], "event 0 has dip_angle -95, expected -89 to 89"),
        ([EVENT[0].replace(" 23 ", " 53 "), EVENT[1]], "event 0 has pad_row 53, expected 0 to 52"),
    ],
)
def test_what_is_not_mpds_text_is_refused(text, lines, message):
    with pytest.raises(InputError, match=message):
        data.load(text(*lines))


def test_events_without_digits_are_read(text):
    empty = [EVENT[0], ""]
    for lines in ([*EVENT * 4, *empty], [*empty, *EVENT * 4], [*EVENT * 2, *empty, "", *EVENT * 2, "", ""]):
        events = data.load(text(*lines))
        assert len(events["parameters"]) == 5
        assert (events["amplitude"].max(axis=(1, 2)) == 0).sum() == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda a: a / 1000, "20 of 20 events have no amplitude of 1 ADC count"),
        (lambda a: a * 1000, r"the largest amplitude of an event is .*e\+04 \(median\), expected about 80 ADC counts"),
        (lambda a: a * 0, "20 of 20 events have no amplitude"),
        (
            lambda a: a * (np.arange(20) < 15)[:, None, None],
            "5 of 20 events .*, the first is event 15: were they never",
        ),
        (lambda a: a + 1e7, r"amplitude\[0, 0, 0\] is 1e[+]07 ADC counts, expected at most 1e[+]06"),
        (lambda a: a.astype(np.float64) + 1e39, r"amplitude\[0, 0, 0\] is inf ADC counts"),
    ],
)
def test_amplitudes_in_another_unit_or_never_written_are_refused(tmp_path, change, message):
    events = data.take(data.load(data.SAMPLE), slice(20))
    hdf5.write(tmp_path / "a.h5", {**events, "amplitude": change(events["amplitude"])}, {})
    with pytest.raises(InputError, match=f"a.h5: {message}"):
        data.load(tmp_path / "a.h5")


words = st.sampled_from(["params:", "", "nan", "1e39", "-1", "30", "39", "80.0", "1e400", "x"]) | st.text(max_size=5)
lines_of_text = st.sampled_from([*EVENT, ""]) | st.lists(words, max_size=9).map(" ".join)


@given(st.lists(lines_of_text, max_size=8).map(lambda lines: "\n".join(lines).encode()) | st.binary(max_size=300))
def test_whatever_a_text_holds_the_answer_is_events_or_a_sentence(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("any") / "a.dat"
    path.write_bytes(content)
    try:
        events = data.load(path)
    except InputError as error:
        assert str(path) in str(error)
        assert "\n" not in str(error)
    else:
        assert len(events["parameters"]) == len(events["amplitude"]) == content.count(b"params:")
        assert np.isfinite(events["amplitude"]).all()


def test_files_that_are_not_there_or_too_short(tmp_path, text):
    with pytest.raises(InputError, match="cannot be read"):
        data.load(tmp_path / "none.dat")
    with pytest.raises(InputError, match="holds 1 events, expected at least 2"):
        data.load(text(*EVENT), events=2)
    with pytest.raises(InputError, match="0 events of"):
        data.load(text(*EVENT), events=0)
    binary = tmp_path / "binary.dat"
    binary.write_bytes(b"\xff\x00")
    with pytest.raises(InputError, match="is neither HDF5"):
        data.load(binary)


def test_packed_text_is_the_same_events(text, tmp_path):
    source = text(*EVENT, *EVENT)
    data.pack(source, tmp_path / "mpd.h5")
    for name, values in data.load(source).items():
        np.testing.assert_array_equal(data.load(tmp_path / "mpd.h5")[name], values)
    assert hdf5.attributes(tmp_path / "mpd.h5")["generator"] == "digits.dat, MPD's detailed simulation"


def test_amplitudes_below_zero_are_refused(tmp_path):
    events = data.take(data.load(data.SAMPLE), slice(5))
    events["amplitude"][2, 0, 0] = -1
    hdf5.write(tmp_path / "a.h5", events, {})
    with pytest.raises(InputError, match=r"amplitude\[2, 0, 0\] is -1 ADC counts, expected at least 0"):
        data.load(tmp_path / "a.h5")


def test_parts_are_disjoint_and_of_the_stated_sizes():
    numbers = np.arange(27_500)
    parts = data.split({"amplitude": numbers}, seed=1)
    assert {name: len(part["amplitude"]) for name, part in parts.items()} == {
        "train": 20_000,
        "validation": 5_000,
        "test": 2_500,
    }
    np.testing.assert_array_equal(np.sort(np.concatenate([part["amplitude"] for part in parts.values()])), numbers)
    assert len(data.split({"amplitude": numbers[:1000]}, seed=1)["test"]["amplitude"]) == 500


def test_the_default_sample_is_made_once(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(data, "SIMULATED", 30)
    first = data.load(None)
    assert first["amplitude"].shape == (30, 8, 16)
    monkeypatch.setattr(data, "write", None)
    np.testing.assert_array_equal(data.load(None)["amplitude"], first["amplitude"])


def test_conditions_are_columns():
    columns = data.conditions(simulate.draw_parameters(5, 1))
    assert list(columns) == ["crossing_angle", "dip_angle", "drift_length", "pad_coordinate"]
    assert len(data.conditions(simulate.draw_parameters(5, 1), six=True)) == 6
