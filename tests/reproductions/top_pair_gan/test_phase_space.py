import keras
import numpy as np
import pytest
from scipy.stats import cauchy, ks_2samp, kstest

from reproductions.top_pair_gan import data, observables, phase_space
from reproductions.top_pair_gan.constants import MASSES
from zoo.observables import four_vectors
from zoo.observables.four_vectors import boosted, cos_angle, mass


def numpy(tensor):
    return keras.ops.convert_to_numpy(tensor)


def partons(p3):
    return four_vectors.on_shell(p3, MASSES)


@pytest.fixture(scope="module")
def z():
    return np.random.default_rng(3).normal(size=(4000, phase_space.COORDINATES)).astype(np.float32)


@pytest.fixture(scope="module")
def events(z):
    """Events of normal coordinates, (n, 6, 4)."""
    return partons(numpy(phase_space.particles(z)))


def test_events_have_coordinates_and_come_back():
    p3 = data.load(data.SAMPLE, 3000)
    found = numpy(phase_space.particles(phase_space.coordinates(np.float32(partons(p3)))))
    error = np.abs(found - p3).max(axis=(1, 2))
    assert np.median(error) < 0.01  # GeV: the file is rounded, and the pair's transverse momentum with it
    assert error.max() < 0.5


def test_coordinates_of_true_events_are_of_order_one():
    found = numpy(phase_space.coordinates(np.float32(partons(data.load(data.SAMPLE)))))
    np.testing.assert_allclose(found[:, :6].mean(axis=0), 0, atol=0.1)
    np.testing.assert_allclose(found[:, :6].std(axis=0), 1, atol=0.15)
    directions = found[:, 6:].reshape(-1, 5, 3)
    np.testing.assert_allclose(np.linalg.norm(directions, axis=2), 1, atol=1e-4)


def test_normal_coordinates_are_read_back(z, events):
    found = numpy(phase_space.coordinates(np.float32(events)))
    inside = (np.abs(z[:, :4]) < 2.5).all(axis=1)  # at the cutoff a small step in mass is a large one in z
    difference = np.abs(found[inside, :6] - z[inside, :6])  # in float32 masses of fast particles round by 0.1 GeV
    assert np.quantile(difference, 0.99) < 2e-3
    assert difference.max() < 0.1
    directions = z[:, 6:].reshape(-1, 5, 3)
    directions = directions / np.linalg.norm(directions, axis=2, keepdims=True)  # z is the others' too
    difference = np.abs(found[:, 6:].reshape(-1, 5, 3) - directions).max(axis=(1, 2))
    assert np.quantile(difference, 0.99) < 2e-3  # near the poles of an axis rounding turns the frame


@pytest.mark.parametrize(("slots", "index"), [(np.s_[0:3], 0), (np.s_[3:6], 1), (np.s_[1:3], 2), (np.s_[4:6], 3)])
def test_normal_coordinates_make_breit_wigner_masses(events, slots, index):
    m, width = phase_space.RESONANCES[index]
    s = mass(events[:, slots].sum(axis=1)) ** 2
    low, high = ((m + sign * phase_space.CUTOFF * width) ** 2 for sign in (-1, 1))
    assert s.min() > low * (1 - 1e-4)
    assert s.max() < high * (1 + 1e-4)
    curve = cauchy(m**2, m * width)

    def cumulative(x):
        return (curve.cdf(x) - curve.cdf(low)) / (curve.cdf(high) - curve.cdf(low))

    assert kstest(s, cumulative).pvalue > 1e-3


def test_decays_are_isotropic_and_momentum_is_conserved(events):
    assert np.abs(events[..., 1:3].sum(axis=1)).max() < 1e-3 * 2
    values = observables.observables(events)
    for name in ("cos_top", "cos_w"):
        assert kstest(values[name], "uniform", args=(-1, 2)).pvalue > 1e-3
    # 9 <cos cos> = 0 without correlation
    assert abs(9 * values["cos_cos"].mean()) < 4 * 9 * values["cos_cos"].std() / len(events) ** 0.5


def test_directions_are_those_of_the_helicity_frames(z, events):
    """The third component of a direction is the cosine of the decay angle that boosts alone can tell."""
    n = z[:, 6:].reshape(-1, 5, 3)
    cosines = n[..., 2] / np.linalg.norm(n, axis=2)
    pair, top, w = (events[:, slots].sum(axis=1) for slots in np.s_[0:6, 0:3, 1:3])
    beam = np.broadcast_to([1.0, 0, 0, 1], top.shape)
    np.testing.assert_allclose(cos_angle(boosted(top, pair), beam), cosines[:, 0], atol=1e-3)
    top_in_pair = boosted(top, pair)
    w_in_top = boosted(boosted(w, pair), top_in_pair)
    np.testing.assert_allclose(cos_angle(w_in_top, top_in_pair), cosines[:, 1], atol=1e-3)
    q_in_top = boosted(boosted(events[:, 1], pair), top_in_pair)
    np.testing.assert_allclose(cos_angle(boosted(q_in_top, w_in_top), w_in_top), cosines[:, 2], atol=2e-3)


def test_correlations_are_those_of_the_evaluation():
    """log pT of t, and among the products that along both flights, as boosts without rotations give them."""
    events = partons(data.load(data.SAMPLE, 2000))
    found = numpy(phase_space.correlations(np.float32(events)))
    assert found.shape == (2000, phase_space.CORRELATIONS)
    expected = observables.observables(events)
    np.testing.assert_allclose(100 * np.exp(found[:, 0]), expected["pt_t"], rtol=1e-3, atol=0.01)
    assert np.quantile(np.abs(found[:, 9] / 3 - expected["cos_cos"]), 0.99) < 5e-3
    products = found[:, 1:].reshape(-1, 3, 3) / 3
    np.testing.assert_allclose(np.linalg.norm(products, axis=(1, 2)), 1, atol=1e-4)  # of two unit vectors


def test_masses_are_those_of_the_candidates(events):
    found = numpy(phase_space.masses(np.float32(events)))
    expected = [mass(events[:, slots].sum(axis=1)) for slots in np.s_[0:3, 3:6, 1:3, 4:6]]
    difference = np.abs(found - np.stack(expected, axis=1))  # float32
    assert np.quantile(difference, 0.99) < 0.01
    assert difference.max() < 0.3


def test_without_events_shaped_numbers_keep_their_distributions(z):
    found = numpy(phase_space.shaped(z, phase_space.quantiles()))
    np.testing.assert_allclose(found[:, :6], z[:, :6], atol=1e-5)
    directions = found[:, 6:].reshape(-1, 5, 3)
    np.testing.assert_allclose(np.linalg.norm(directions, axis=2), 1, atol=1e-5)
    across = z[:, 6:].reshape(-1, 5, 3)[..., :2]
    turned = np.sum(directions[..., :2] * across, axis=2) / np.prod(
        [np.linalg.norm(v, axis=2) for v in (directions[..., :2], across)], axis=0
    )
    np.testing.assert_allclose(turned, 1, atol=1e-5)  # azimuths stay
    for i in range(5):
        assert kstest(directions[:, i, 2], "uniform", args=(-1, 2)).pvalue > 1e-3


def test_shaped_numbers_have_the_quantiles_of_events(random):
    true = numpy(phase_space.coordinates(np.float32(partons(data.load(data.SAMPLE)))))
    z = random.normal(size=(20_000, phase_space.COORDINATES)).astype(np.float32)
    found = numpy(phase_space.shaped(z, phase_space.quantiles(true)))
    for column in (phase_space.PAIR, *phase_space.SHAPED):
        assert ks_2samp(found[:, column], true[:, column]).pvalue > 1e-3
    # fast pairs are central, and their tops along the beam: the tables depend on the mass of the pair
    for coordinates in (found, true):
        fast = coordinates[:, 4] > 1
        assert coordinates[fast, 5].std() < 0.9 * coordinates[~fast, 5].std()
        assert coordinates[fast, 8].std() > 1.05 * coordinates[~fast, 8].std()


def test_far_and_polar_numbers_have_finite_gradients():
    from zoo import backend

    z = keras.Variable(np.stack([np.full(phase_space.COORDINATES, value, np.float32) for value in (-9.0, 0.0, 9.0)]))

    def total():
        return keras.ops.sum(phase_space.particles(phase_space.shaped(z + 0.0, phase_space.quantiles()))), {}

    value, _, (gradient,) = backend.value_and_gradients(total, [z])
    assert np.isfinite(float(value))
    assert np.isfinite(gradient).all()


def test_extreme_coordinates_give_finite_events():
    z = np.full((2, phase_space.COORDINATES), 6.0, np.float32)
    z[1] *= -1
    p3 = numpy(phase_space.particles(z))
    assert np.isfinite(p3).all()
    assert np.isfinite(numpy(phase_space.coordinates(np.float32(partons(p3))))).all()
