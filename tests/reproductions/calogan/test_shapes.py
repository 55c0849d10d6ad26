import keras
import numpy as np
import pytest

from reproductions.calogan import data
from reproductions.calogan.shapes import (
    NUMBER,
    THRESHOLDS,
    WIDTHS,
    cell_score,
    layer_energies,
    layer_energy_score,
    shape_distance,
    shapes,
)
from zoo.backend import value_and_gradients
from zoo.observables import calorimeter


@pytest.fixture(scope="module")
def showers():
    """Real showers that have energy in every layer, in MeV and GeV."""
    found = data.load(None, "eplus", 200)
    found = data.take(found, np.flatnonzero(calorimeter.layer_energies(found).min(axis=1) > 10))
    return {name: values / 1000 if name in data.SHAPES else values for name, values in found.items()}


def test_they_are_the_shower_shapes_of_the_paper(showers):
    found = np.array(shapes(showers, showers["energy"][:, None]))
    assert found.shape == (len(showers["energy"]), 41)
    expected = calorimeter.shower_shapes({name: 1000 * showers[name] for name in data.SHAPES})
    energies = np.stack([expected[f"e_layer_{i}"] for i in range(3)], 1)
    fractions = np.stack([expected[f"fraction_layer_{i}"] for i in range(3)], 1)
    np.testing.assert_allclose(found[:, 0], showers["energy"])
    np.testing.assert_allclose(found[:, 1], expected["e_total"], rtol=1e-3)
    np.testing.assert_allclose(found[:, 2], np.log(expected["e_total"]), atol=1e-3)
    np.testing.assert_allclose(found[:, 3:6], energies, rtol=1e-3)
    np.testing.assert_allclose(found[:, 9:12], fractions, rtol=1e-3)
    np.testing.assert_allclose(found[:, 15], expected["shower_depth"], rtol=1e-3)
    np.testing.assert_allclose(found[:, 16], expected["shower_depth_width"], rtol=1e-2)
    for i, name in enumerate(data.SHAPES):
        width, _, ratio, *occupancies = found[:, 17 + 8 * i : 25 + 8 * i].T
        np.testing.assert_allclose(480 * width, expected[f"lateral_width_layer_{i}"], atol=1.5)
        np.testing.assert_allclose(ratio, expected[f"e_ratio_layer_{i}"], atol=2e-2)
        cells = showers[name].reshape(len(width), -1)
        for threshold, occupancy in zip(THRESHOLDS, occupancies, strict=True):
            np.testing.assert_allclose(occupancy, np.mean(cells / (cells + threshold), axis=1), rtol=1e-4)


def test_distance_is_small_between_halves_and_sees_a_change_of_any_shape(showers):
    values = np.array(shapes(showers, showers["energy"][:, None]))
    half = len(values) // 2
    one, other = values[:half], values[half : 2 * half]
    floor = float(shape_distance(one, other))
    assert abs(floor) < 1  # without bias, halves are about 0 apart
    for k in range(1, values.shape[1]):
        moved = one.copy()
        moved[:, k] += 2 * one[:, k].std()
        assert float(shape_distance(moved, other)) > floor + 0.5


def test_distance_sees_what_shapes_have_to_do_with_the_energy(showers):
    """Shuffling the responses among the showers leaves every distribution as it was."""
    values = np.array(shapes(showers, showers["energy"][:, None]))
    shuffled = values.copy()
    shuffled[:, 1] = np.random.default_rng(1).permutation(values[:, 1])
    assert float(shape_distance(shuffled, values)) > float(shape_distance(values, values)) + 0.1


def test_gradients_are_finite_even_for_empty_showers(showers):
    energy = showers["energy"][:8, None]
    real = shapes({name: showers[name][:8] for name in data.SHAPES}, energy)
    images = [keras.Variable(showers[name][:8] * (np.arange(8) > 3)[:, None, None]) for name in data.SHAPES]

    def loss():
        return shape_distance(shapes(dict(zip(data.SHAPES, images, strict=True)), energy), real), None

    *_, gradients = value_and_gradients(loss, images)
    for gradient in gradients:
        assert np.isfinite(np.array(gradient)).all()


def test_cell_score_is_least_for_showers_of_the_same_distribution(showers):
    """Neighbours in energy stand for two more showers of the same condition."""
    order = np.argsort(showers["energy"])
    real, one, other = (data.take(showers, order[i : len(order) // 3 * 3 : 3]) for i in range(3))
    best = float(cell_score(real, one, other))

    def changed(change):
        return float(cell_score(real, *(change(each) for each in (one, other))))

    assert changed(lambda each: {name: 1.3 * each[name] for name in data.SHAPES}) > best + 0.5
    assert (
        changed(lambda each: {name: np.flip(each[name], 2).copy() for name in data.SHAPES}) < best + 0.5
    )  # a symmetry
    assert changed(lambda each: {name: np.roll(each[name], 1, axis=2) for name in data.SHAPES}) > best + 0.5
    mean = {name: np.broadcast_to(one[name].mean(axis=0), one[name].shape) for name in data.SHAPES}
    assert changed(lambda each: mean) > best + 0.5
    spilt = np.arange(96)
    spilt[[45, 47, 48, 50]] = [47, 45, 50, 48]  # the core's two columns change places with two beside them
    assert changed(lambda each: {**each, "layer_0": each["layer_0"][:, :, spilt]}) > best + 3


def test_layer_energy_score_is_least_for_energies_of_the_same_distribution(random):
    """At one beam energy: a response too wide, one that does not fluctuate, other shares, all score higher."""
    n = 4000
    energy = np.full((n, 1), 50.0)

    def draw(spread=0.003, share=0.2):
        response = 0.99 - np.abs(random.normal(scale=spread, size=(n, 1)))
        shares = random.dirichlet([100 * share, 100 * (0.9 - share), 10], n)
        return keras.ops.convert_to_tensor(energy * response * shares, "float32")

    real = draw()

    def score(**changes):
        return float(layer_energy_score(energy.astype(np.float32), real, draw(**changes), draw(**changes)))

    assert score() < min(score(spread=0.03), score(spread=1e-6), score(share=0.25))


def test_layer_energies_are_sums(showers):
    expected = np.stack([showers[name].sum(axis=(1, 2)) for name in data.SHAPES], axis=1)
    np.testing.assert_allclose(layer_energies(showers), expected, rtol=1e-4)


def test_widths_are_the_shapes_that_are_least_where_each_layer_has_one_cell():
    images = {name: np.zeros((1, *shape), np.float32) for name, shape in data.SHAPES.items()}
    for image in images.values():
        image[0, 1, 2] = 10.0
    found = np.array(shapes(images, np.full((1, 1), 50.0, np.float32)))[0]
    assert found.shape == (NUMBER,)
    assert tuple(np.flatnonzero(np.isclose(found, 1e-3, rtol=1e-3))) == WIDTHS
