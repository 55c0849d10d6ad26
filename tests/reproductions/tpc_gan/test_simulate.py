import math

import numpy as np
import pytest
import tensorflow as tf
from scipy.stats import norm

from reproductions.tpc_gan import data, simulate
from reproductions.tpc_gan.constants import BUCKETS, MPD, PADS, PADS_IN_ROW, PARAMETERS, Detector
from reproductions.tpc_gan.observables import observed
from reproductions.tpc_gan.room import ROOM
from zoo.data import hdf5
from zoo.errors import InputError
from zoo.training import commands


def parameters(n=1, **changed):
    """n segments straight through the middle of a pad and a bucket, but for what is `changed`."""
    values = {
        "crossing_angle": 0,
        "dip_angle": 0,
        "drift_length": 100,
        "pad_coordinate": 30,
        "pad_row": 23,
        "pt": 0.478,
    }
    return np.tile(np.array([list((values | changed).values())], np.float32), (n, 1))


def cluster(along=0.0, electrons=1.0, charge=1.0, shift=(0.0, 0.0, 0.0)):
    """What is drawn of a segment with one cluster, without noise."""
    one = [tf.constant([[value]], tf.float32) for value in (along, 0.5, electrons, charge)]
    return [tf.constant([1.0]), *one, tf.constant([[shift]], tf.float32), tf.zeros((1, 8, 16))]


def test_one_electron_as_by_hand():
    asked = parameters(crossing_angle=10, dip_angle=30, drift_length=144.25, pad_coordinate=30.5)
    found = simulate.respond(tf.constant(asked), cluster(along=0.5, charge=2.0, shift=(1.0, 0.0, -1.0))).numpy()[0]
    drift = 144.25 * MPD.bucket
    y = 0.5 * (0.6 + simulate.MARGIN)
    x = y * np.tan(np.radians(10)) + MPD.transverse_diffusion * np.sqrt(drift) + 0.5 * 0.5
    t = 0.25 - y * np.tan(np.radians(30)) / np.cos(np.radians(10)) / MPD.bucket
    t -= MPD.longitudinal_diffusion * np.sqrt(drift) / MPD.bucket
    s = MPD.pad_response
    row = norm.cdf(0.6, y, s) - norm.cdf(-0.6, y, s)
    pads = [norm.cdf((p + 0.5) * 0.5, x, s) - norm.cdf((p - 0.5) * 0.5, x, s) for p in PADS]
    pulse = norm.pdf(BUCKETS, t, MPD.shaping)
    np.testing.assert_allclose(found, 2 * MPD.gain * row * np.outer(pads, pulse), atol=1e-5)


def test_a_large_cluster_is_as_wide_as_its_diffusion():
    found = simulate.respond(tf.constant(parameters(drift_length=200)), cluster(electrons=1e6, charge=1e6)).numpy()
    moments = observed({"amplitude": found})
    drift = 200 * MPD.bucket
    expected = MPD.shaping**2 + MPD.longitudinal_diffusion**2 * drift / MPD.bucket**2
    assert moments["time_variance"][0] == pytest.approx(expected, rel=1e-3)
    # what diffuses beyond the row's upper and lower edge is the neighbours'
    width = math.hypot(MPD.pad_response, MPD.transverse_diffusion * math.sqrt(drift))
    share = math.erf(MPD.height(23) / 2 / width / math.sqrt(2))
    assert moments["sum"][0] == pytest.approx(1e6 * MPD.gain * share, rel=1e-3)


def test_pads_add_the_variance_of_their_width():
    """Of a charge that is wider than a pad; the mean of a narrow one's depends on where on the pad it lies."""
    wide = Detector(pad_response=0.3)
    large = cluster(electrons=1e6, charge=1e6)
    found = simulate.respond(tf.constant(parameters(drift_length=200)), large, wide).numpy()
    expected = (0.3**2 + wide.transverse_diffusion**2 * 200 * wide.bucket) / wide.pad_width**2 + 1 / 12
    assert observed({"amplitude": found})["pad_variance"][0] == pytest.approx(expected, rel=2e-3)


def test_clusters_that_do_not_exist_leave_nothing():
    drawn = cluster()
    for i, nothing in ((0, 0.0), (3, 0.0)):
        changed = [tf.fill(part.shape, nothing) if i == at else part for at, part in enumerate(drawn)]
        assert not simulate.respond(tf.constant(parameters()), changed).numpy().any()


def test_the_joint_distribution_has_the_means_it_says():
    asked, slots = tf.constant(parameters(400, drift_length=200)), 100
    detector = Detector(attachment=0.005)
    drawn = simulate.segments(asked, tf.fill([400], 40.0), slots, detector).sample(seed=[1, 2])
    number, along, quantile, survivors, charge, shift, noise = (part.numpy() for part in drawn)
    assert number.mean() == pytest.approx(40, abs=5 * np.sqrt(40 / 400))
    assert number.var() == pytest.approx(40, rel=0.35)
    assert abs(along.mean()) < 5 / np.sqrt(3 * along.size)
    sizes = 1 + np.searchsorted(simulate.cluster_sizes(detector), quantile)
    small = sizes < 20
    survival = np.exp(-0.005 * 200 * detector.bucket)
    assert survivors[small].sum() / sizes[small].sum() == pytest.approx(survival, abs=0.01)
    one = charge[survivors == 1]
    assert one.mean() == pytest.approx(1, abs=5 * one.std() / np.sqrt(len(one)))
    assert one.var() == pytest.approx(1 / 2.5, rel=0.1)  # Polya: 1 / (1 + theta)
    assert shift.shape == (400, slots, 3)
    assert noise.shape == (400, 8, 16)


def test_cluster_sizes_are_measured_ones_with_a_tail():
    below = simulate.cluster_sizes(MPD)
    chance = np.diff(below.astype(float), prepend=0)
    assert below[-1] == pytest.approx(1)
    assert chance[1] / chance[0] == pytest.approx(15.0 / 65.6, rel=1e-5)
    assert chance[39] / chance[0] == pytest.approx(MPD.tail / 40**2 / 65.6, rel=1e-2)


def test_clusters_grow_with_path_and_energy_loss():
    one = simulate.expected_clusters(parameters(pt=0.478))[0]
    path = 1.2 + 2 * simulate.MARGIN
    assert one == pytest.approx(MPD.clusters * path, rel=0.01)  # a pion of 0.478 GeV is minimum ionising
    wide = simulate.expected_clusters(parameters(pad_row=30))[0]
    assert wide / one == pytest.approx((1.8 + 2 * simulate.MARGIN) / path, rel=1e-5)
    slow = simulate.expected_clusters(parameters(pt=0.1))[0]
    assert 1.5 < slow / one < 3  # beta gamma 0.72: beta^-2 is 2.9, the logarithm smaller
    inclined = simulate.expected_clusters(parameters(crossing_angle=20))[0]
    assert inclined / one == pytest.approx(1 / np.cos(np.radians(20)), rel=1e-5)


def test_angles_make_covariance_and_width():
    sets = [
        simulate.simulate(parameters(500, crossing_angle=c, dip_angle=d), 1) for c, d in ((15, 40), (15, -40), (0, 0))
    ]
    falling, rising, straight = (observed({"amplitude": amplitude}) for amplitude in sets)
    assert np.median(falling["covariance"]) < -0.1
    assert np.median(rising["covariance"]) > 0.1
    assert abs(np.median(straight["covariance"])) < 0.01
    assert np.median(rising["time_variance"]) > np.median(straight["time_variance"]) + 0.3


# Mean and standard deviation of the moments of MPD's 5,000 events above one ADC count (the events are not ours to
# give), but median and half the central 68 % of the sum.
MPD_MOMENTS = {
    "pad_mean": (0.5017, 0.3027),
    "time_mean": (0.4855, 0.3711),
    "pad_variance": (0.2967, 0.0714),
    "time_variance": (1.3451, 0.5002),
    "covariance": (0.0011, 0.1159),
}


def test_the_sample_has_moments_of_mpd():
    events = data.load(data.SAMPLE)
    for name, (average, spread) in MPD_MOMENTS.items():
        values = observed(events)[name]
        error = spread * np.sqrt(1 / 5000 + 1 / len(values))
        assert abs(values.mean() - average) < 5 * error + 0.03 * spread, name
        assert values.std() == pytest.approx(spread, rel=0.12), name
    assert np.median(observed(events)["sum"]) == pytest.approx(356, rel=0.1)
    assert np.count_nonzero(events["amplitude"], axis=(1, 2)).mean() == pytest.approx(18.0, abs=0.7)


def test_the_seed_decides():
    asked = simulate.draw_parameters(50, 1)
    first = simulate.simulate(asked, 1)
    np.testing.assert_array_equal(simulate.simulate(asked, 1), first)
    assert not np.array_equal(simulate.simulate(asked, 2), first)
    assert first[first > 0].min() >= MPD.threshold


@pytest.mark.parametrize("six", [False, True])
def test_parameters_fill_their_ranges(six):
    asked = dict(zip(PARAMETERS, simulate.draw_parameters(2000, 1, six).T, strict=True))
    assert asked["crossing_angle"].min() < -19 < 19 < asked["crossing_angle"].max()
    assert asked["drift_length"].min() > 30
    assert len(np.unique(asked["pad_row"])) == (53 if six else 1)
    assert np.ptp(asked["pt"]) > 2 or not six
    assert (asked["pad_coordinate"] < PADS_IN_ROW[asked["pad_row"].astype(int)]).all()


def test_the_adc_rounds_and_saturates():
    amplitude = np.array([0, 0.6, 0.99, 1.0, 1.6, 1022.4, 5000])
    assert simulate.digitise(amplitude).tolist() == [0, 0, 0, 1, 2, 1022, 1023]


def test_the_command_writes_a_file_once(tmp_path, capsys):
    path = tmp_path / "a.h5"
    arguments = ["simulate", "--events", "20", "--seed", "3", "--out", str(path)]
    commands.run(ROOM, arguments)
    assert "20 responses" in capsys.readouterr().out
    assert data.load(path)["amplitude"].shape == (20, 8, 16)
    assert hdf5.attributes(path)["gain"] == str(MPD.gain)
    with pytest.raises(InputError, match="exists already"):
        commands.run(ROOM, arguments)


@pytest.mark.parametrize(("events", "seed", "message"), [(0, 1, "--events is 0"), (1, -1, "--seed is -1")])
def test_senseless_numbers_are_refused(events, seed, message):
    with pytest.raises(InputError, match=message):
        simulate.Flags(events=events, seed=seed)
