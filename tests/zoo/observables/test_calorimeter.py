import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoo.errors import InputError
from zoo.observables import calorimeter
from zoo.observables.calorimeter import shower_shapes


def empty(n: int = 1) -> dict[str, np.ndarray]:
    return {
        "layer_0": np.zeros((n, 3, 96), np.float32),
        "layer_1": np.zeros((n, 12, 12), np.float32),
        "layer_2": np.zeros((n, 12, 6), np.float32),
    }


@pytest.fixture
def shower() -> dict[str, np.ndarray]:
    """1, 6 and 3 GeV in the three layers."""
    cells = empty()
    cells["layer_0"][0, 1, 40] = 1000
    cells["layer_1"][0, 5, 3] = 4000
    cells["layer_1"][0, 6, 9] = 2000
    cells["layer_2"][0, 0, 0] = 1500
    cells["layer_2"][0, 11, 5] = 1000
    cells["layer_2"][0, 0, 1] = 500
    return cells


BY_HAND = {
    "sparsity_layer_0": 1 / 288,
    "sparsity_layer_1": 2 / 144,
    "sparsity_layer_2": 3 / 72,
    "depth": 2,
    "e_total": 10,
    "e_layer_0": 1,
    "e_layer_1": 6,
    "e_layer_2": 3,
    "fraction_layer_0": 0.1,
    "fraction_layer_0_log": 0.1,
    "fraction_layer_1": 0.6,
    "fraction_layer_1_log": 0.6,
    "fraction_layer_2": 0.3,
    "fraction_layer_2_log": 0.3,
    "depth_weighted_energy": 12000,  # 6000 + 2 * 3000 MeV
    "shower_depth": 1.2,
    "shower_depth_width": 0.6,  # sqrt(0.6 + 4 * 0.3 - 1.2^2)
    "lateral_width_layer_0": 0,  # one row
    "lateral_width_layer_1": np.sqrt(2 / 9) * 40,  # rows at -20 and 20 mm with weights 2/3 and 1/3
    "lateral_width_layer_2": np.sqrt(2 / 9) * 440,  # rows at -220 and 220 mm with weights 2/3 and 1/3
    "e_ratio_layer_0": 1,  # one cell
    "e_ratio_layer_1": 1 / 3,
    "e_ratio_layer_2": 0.2,
}


def test_shower_shapes_by_hand(shower):
    shapes = shower_shapes(shower)
    assert {name: values[0] for name, values in shapes.items()} == pytest.approx(BY_HAND)
    assert list(shapes) == list(BY_HAND)  # the order of the notebook


def test_an_empty_shower_has_no_shape():
    shapes = shower_shapes(empty())
    zero = {name for name in BY_HAND if name.startswith(("sparsity", "e_layer", "e_total", "depth"))}
    assert {name for name, values in shapes.items() if values[0] == 0} == zero
    assert all(np.isnan(shapes[name][0]) for name in set(BY_HAND) - zero)


def test_depth_is_the_deepest_layer_with_energy():
    energies = np.array([[0, 0, 0], [3, 0, 0], [0, 3, 0], [3, 3, 0], [3, 0, 1e-30]])
    np.testing.assert_array_equal(calorimeter.depth(energies), [0, 0, 1, 1, 2])


def test_two_equal_cells_have_no_ratio_and_a_width_of_half_their_distance():
    layer = np.zeros((1, 4, 5))
    layer[0, 0, 2] = layer[0, 3, 0] = 7.0
    assert calorimeter.energy_ratio(layer)[0] == 0
    assert calorimeter.lateral_width(layer, size=400)[0] == pytest.approx(150)  # rows at -150 and 150


def test_narrow_showers_do_not_round_to_nan():
    cells = empty(1000)
    cells["layer_1"][:, 3, 4] = np.random.default_rng(0).uniform(0, 1e5, 1000)
    shapes = shower_shapes(cells)
    np.testing.assert_allclose(shapes["lateral_width_layer_1"], 0, atol=1e-9)
    np.testing.assert_allclose(shapes["shower_depth_width"], 0, atol=1e-9)


cells = hnp.arrays(np.float64, (4, 3, 5), elements=st.floats(1e-3, 1e5))
showers = st.fixed_dictionaries({"layer_0": cells, "layer_1": cells, "layer_2": cells})
ENERGIES = ("e_total", "e_layer_0", "e_layer_1", "e_layer_2", "depth_weighted_energy")


@given(showers, st.floats(1e-2, 1e2))
def test_shapes_do_not_depend_on_the_unit_of_energy(showers, scale):
    shapes = shower_shapes(showers)
    scaled = shower_shapes({name: scale * layer for name, layer in showers.items()})
    for name, values in shapes.items():
        np.testing.assert_allclose(scaled[name], values * (scale if name in ENERGIES else 1), rtol=1e-6, atol=1e-6)


@given(showers)
def test_shapes_agree_with_the_formulas_of_the_paper(showers):
    shapes = shower_shapes(showers)
    e = np.array([showers[f"layer_{i}"].sum(axis=(1, 2)) for i in range(3)]) / 1000
    np.testing.assert_allclose(shapes["fraction_layer_0"] + shapes["fraction_layer_1"] + shapes["fraction_layer_2"], 1)
    s_d = (e[1] + 2 * e[2]) / e.sum(axis=0)
    np.testing.assert_allclose(shapes["shower_depth"], s_d)
    variance = (e[1] + 4 * e[2]) / e.sum(axis=0) - s_d**2
    np.testing.assert_allclose(shapes["shower_depth_width"] ** 2, variance, atol=1e-9)
    x = np.array([-160, 0, 160])[:, None]
    layer = showers["layer_1"]
    mean = (layer * x).sum(axis=(1, 2)) / layer.sum(axis=(1, 2))
    square = (layer * x**2).sum(axis=(1, 2)) / layer.sum(axis=(1, 2))
    np.testing.assert_allclose(shapes["lateral_width_layer_1"] ** 2, square - mean**2, atol=1e-6)
    ordered = np.sort(layer.reshape(4, -1), axis=1)
    ratio = (ordered[:, -1] - ordered[:, -2]) / (ordered[:, -1] + ordered[:, -2])
    np.testing.assert_allclose(shapes["e_ratio_layer_1"], ratio)


@given(showers, st.randoms(use_true_random=False))
def test_shapes_are_mirror_symmetric(showers, random):
    axis = random.choice([1, 2])
    mirrored = shower_shapes({name: np.flip(layer, axis) for name, layer in showers.items()})
    for name, values in shower_shapes(showers).items():
        np.testing.assert_allclose(mirrored[name], values, rtol=1e-6, atol=1e-6)


def test_what_is_not_a_shower_set_is_said():
    with pytest.raises(InputError, match="needs layer_0.*holds energy"):
        shower_shapes({"energy": np.ones(3)})
    with pytest.raises(InputError, match=r"layer_1 has shape \(2, 12, 12\), expected \(1, rows, columns\)"):
        shower_shapes({**empty(1), "layer_1": np.zeros((2, 12, 12))})
    with pytest.raises(InputError, match=r"layer_0 has shape \(1, 288\), expected \(n, rows, columns\)"):
        shower_shapes({"layer_0": np.zeros((1, 288))})
