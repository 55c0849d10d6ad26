import numpy as np
import pytest
from keras import ops

from reproductions.tpc_gan import data, ours
from reproductions.tpc_gan.simulate import simulate


@pytest.fixture(scope="module")
def twice():
    """y of simulated responses, and of others to the same segments."""
    events = data.load(data.SAMPLE, 1000)
    return [np.log10(1 + a) for a in (events["amplitude"], simulate(events["parameters"], 3))]


def scaled(y):
    return [(weight, ops.convert_to_numpy(piece)) for weight, piece in ours.pieces(y)]


def test_pieces_of_equal_parameters_are_about_one_apart(twice):
    first, second = (scaled(y) for y in twice)
    differences = len(ours.DIFFERENCES)
    apart = [weight * np.abs(a - b).sum(axis=1).mean() for (weight, a), (_, b) in zip(first, second, strict=True)]
    assert 0.5 < sum(apart[:differences]) < 2
    assert all(0.3 < one < 10 for one in apart[differences:])


def test_differences_are_those_of_digits_alone():
    y = np.zeros((1, 8, 16), np.float32)
    y[0, 2, 3:6] = 1.0, 1.5, 1.8  # three digits along the time; one order sees all of them, two see pairs
    found = {order: piece for order, (_, piece) in zip(ours.DIFFERENCES, scaled(y), strict=False)}
    for order, expected in {(0, 1): (0.5, 0.3), (0, 2): (-0.2,)}.items():
        mean, spread, _ = ours.DIFFERENCES[order]
        seen = found[order][found[order] != 0] * spread + mean
        np.testing.assert_allclose(seen, expected, atol=1e-5)
    for order in {(1, 0), (2, 0), (0, 3), (1, 1)}:
        assert not found[order].any()


def test_differences_keep_to_their_measured_means_and_numbers(twice):
    for (order, (_, spread, number)), (weight, piece) in zip(ours.DIFFERENCES.items(), scaled(twice[0]), strict=False):
        assert weight == pytest.approx(1 / number / len(ours.DIFFERENCES))
        whole = piece[piece != 0]
        assert len(whole) / len(piece) == pytest.approx(number, rel=0.1), order
        assert whole.mean() * spread == pytest.approx(0, abs=0.03), order
