import sys

import numpy as np
import pytest

import zoo
from reproductions.tpc_gan import track
from reproductions.tpc_gan.constants import MPD, PADS_IN_ROW, PARAMETERS
from reproductions.tpc_gan.simulate import digitise
from zoo.errors import InputError

STRAIGHT = {"pt": 1000.0, "charge": 1, "azimuth": 5.0, "dip_angle": 30.0, "z": 10.0}


def columns(tracks):
    found = track.segments(tracks)
    return dict(zip(PARAMETERS, found.parameters.T, strict=True)), found.track


def test_a_straight_track_crosses_all_rows():
    found, _ = columns(STRAIGHT)
    np.testing.assert_array_equal(found["pad_row"], np.arange(53))
    np.testing.assert_allclose(found["crossing_angle"], 5, atol=0.02)
    y = 40.3 + np.array([0.6 + 1.2 * row if row < 27 else 27 * 1.2 + 0.9 + 1.8 * (row - 27) for row in range(53)])
    np.testing.assert_allclose(
        found["pad_coordinate"], y * np.tan(np.radians(5)) / 0.5 + PADS_IN_ROW / 2 - 0.5, atol=0.1
    )
    drift = 170 - 10 - y / np.cos(np.radians(5)) * np.tan(np.radians(30))
    np.testing.assert_allclose(found["drift_length"], drift / MPD.bucket, atol=0.05)


def test_a_helix_lies_on_a_circle():
    """0.5 GeV in 0.5 T: a radius of 333.6 cm; the centre is at a right angle to the start."""
    for charge in (1, -1):
        found, _ = columns(STRAIGHT | {"pt": 0.5, "charge": charge, "azimuth": -4.0})
        radius = 0.5 / 0.299792458 / 0.5 * 100
        heights = np.where(np.arange(53) < 27, 1.2, 1.8)
        y = (40.3 + np.cumsum(heights) - heights / 2)[: len(found["pt"])]
        x = (found["pad_coordinate"] - PADS_IN_ROW[: len(y)] / 2 + 0.5) * 0.5
        start = np.radians(-4)
        centre = charge * radius * np.array([np.cos(start), -np.sin(start)])  # (x, y)
        np.testing.assert_allclose(np.hypot(x - centre[0], y - centre[1]), radius, rtol=1e-4)
        angle = np.degrees(np.arctan(np.gradient(x, y)))
        np.testing.assert_allclose(found["crossing_angle"][1:-1], angle[1:-1], atol=0.1)
        z = 170 - found["drift_length"] * MPD.bucket
        length = radius * np.radians(np.abs(found["crossing_angle"] + 4))
        np.testing.assert_allclose(z, 10 + length * np.tan(np.radians(30)), atol=0.05)


def test_tracks_end_where_they_leave():
    curling, _ = columns(STRAIGHT | {"pt": 0.2, "azimuth": 0.0})  # a radius of 133 cm: out at the side
    assert 5 < len(curling["pt"]) < 53
    steep, _ = columns(STRAIGHT | {"dip_angle": 70.0})  # reaches the pads
    assert 0 < len(steep["pt"]) < 30
    assert (steep["drift_length"] > 0).all()
    _, number = columns(STRAIGHT | {"azimuth": np.array([5.0, 60.0, -5.0])})
    assert set(number) == {0, 2}


def test_overlapping_amplitudes_are_added():
    one = np.zeros((3, 8, 16), np.float32)
    one[0, 3, 7], one[1, 2, 8], one[2, 0, 0] = 5, 7, 9
    parameters = np.array([[0, 0, 100.4, 20.9, 4, 1], [0, 0, 99.9, 21.2, 4, 1], [0, 0, 3.0, 20, 4, 1]], np.float32)
    digits = track.place(parameters, one)
    assert digits.shape == (53, 124, 512)
    assert {tuple(map(int, at)): float(value) for *at, value in zip(*digits.coords, digits.data, strict=True)} == {
        (4, 20, 100): 12.0  # the third lies before the first sample
    }


def test_a_track_has_the_digits_of_its_segments(small):
    digits = track.sample_track(small, seed=3, **STRAIGHT)
    found = track.segments(STRAIGHT).parameters
    asked = {name: found[:, i] for i, name in enumerate(PARAMETERS[:4])}
    amplitude = small.sample(len(found), 3, **asked)["amplitude"]
    # one segment a row: nothing overlaps
    assert digits.sum() == digitise(amplitude).sum()
    assert digits.data.dtype == np.int16
    assert set(digits.coords[0]) <= set(range(53))
    with_itself = {name: np.repeat(value, 2) for name, value in STRAIGHT.items()}
    assert track.sample_track(small, seed=3, **with_itself).sum() > 1.5 * digits.sum()


def test_no_segment_has_no_digits(small):
    assert track.sample_track(small, **STRAIGHT | {"azimuth": 60.0}).nnz == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"charge": 2}, "charge is 2, expected -1 or 1"),
        ({"charge": 0.5}, "charge is 0.5, expected -1 or 1"),
        ({"pt": -1}, "pt is -1, expected 0.01 to 1000"),
        ({"pt": np.nan}, "pt is nan"),
        ({"azimuth": [1, 2], "z": [1, 2, 3]}, "not numbers of equal lengths"),
        ({"phi": 1}, "expected pt, charge, azimuth, dip_angle, z"),
    ],
)
def test_tracks_without_sense_are_refused(change, message):
    with pytest.raises(InputError, match=message):
        track.segments(STRAIGHT | change)


def test_command_line(small, monkeypatch, capsys):
    monkeypatch.setattr(zoo, "load", lambda name: small)
    monkeypatch.setattr(sys, "argv", ["track", "tpc_gan", "--tracks", "3"])
    track.main()
    assert "3 tracks" in capsys.readouterr().out
    monkeypatch.setattr(sys, "argv", ["track", "tpc_gan", "--tracks", "0"])
    with pytest.raises(InputError, match="--tracks is 0"):
        track.main()
