"""Shower shapes of a layered calorimeter, as defined for CaloGAN (arXiv:1705.02355, table of shower shapes).

A layer is an array (n, rows, columns) of cell energies, n showers; `energies` is (n, layers), the energy of each layer.
All results are float64. What is undefined for a shower, such as the width of an empty layer, is NaN.
"""

from collections.abc import Mapping

import numpy as np

from zoo.errors import InputError

CALORIMETER_SIZE = 480.0  # mm, edge of the square that the cells of every CaloGAN layer cover


def layer_energies(showers: Mapping[str, np.ndarray]) -> np.ndarray:
    """E_i = sum of the cells of layer i, as (n, layers), in the unit of the cells.

    `showers` holds layer_0, layer_1, ... of shape (n, rows, columns); other entries are ignored.
    Raises InputError when no layer is there, one is not three-dimensional or their lengths differ.
    """
    return np.stack([layer.sum(axis=(1, 2), dtype=np.float64) for layer in _layers(showers)], axis=1)


def energy_fractions(energies: np.ndarray) -> np.ndarray:
    """f_i = E_i / E_tot, as (n, layers), with E_tot = sum_i E_i."""
    return _ratio(energies, energies.sum(axis=1, keepdims=True))


def depth(energies: np.ndarray) -> np.ndarray:
    """d = max{i : E_i > 0}, the deepest layer with energy, as (n,); 0 for an empty shower."""
    return np.max(np.where(energies > 0, np.arange(energies.shape[1]), 0), axis=1).astype(np.float64)


def depth_weighted_energy(energies: np.ndarray) -> np.ndarray:
    """l_d = sum_i i E_i, as (n,), in the unit of `energies`."""
    return energies @ np.arange(energies.shape[1])


def shower_depth(energies: np.ndarray) -> np.ndarray:
    """s_d = l_d / E_tot, the energy-weighted mean layer, as (n,)."""
    return _ratio(depth_weighted_energy(energies), energies.sum(axis=1))


def shower_depth_width(energies: np.ndarray) -> np.ndarray:
    """sigma_sd = sqrt(sum_i i^2 E_i / E_tot - s_d^2), the spread over the layers around s_d, as (n,).

    Computed as sqrt(sum_i f_i (i - s_d)^2), which is the same and cannot round to the root of a negative number.
    """
    distance = np.arange(energies.shape[1]) - shower_depth(energies)[:, None]
    return np.sqrt(np.sum(energy_fractions(energies) * distance**2, axis=1))


def energy_ratio(layer: np.ndarray) -> np.ndarray:
    """E_ratio = (E_(1) - E_(2)) / (E_(1) + E_(2)) of the two most energetic cells of a layer, as (n,)."""
    second, first = np.partition(layer.reshape(len(layer), -1), -2, axis=1)[:, -2:].astype(np.float64).T
    return _ratio(first - second, first + second)


def lateral_width(layer: np.ndarray, size: float = CALORIMETER_SIZE) -> np.ndarray:
    """sigma = sqrt(sum E x^2 / E_i - (sum E x / E_i)^2) over the cells of a layer, as (n,), in the unit of `size`.

    x is the centre of a cell's row (the first image axis), with `size` the extent of all rows together.
    Computed as sqrt(sum E (x - <x>)^2 / E_i), which is the same and cannot round to the root of a negative number.
    """
    rows = layer.sum(axis=2, dtype=np.float64)
    profile = _ratio(rows, rows.sum(axis=1, keepdims=True))
    x = size * ((np.arange(rows.shape[1]) + 0.5) / rows.shape[1] - 0.5)
    mean = profile @ x
    return np.sqrt(np.sum(profile * (x - mean[:, None]) ** 2, axis=1))


def sparsity(layer: np.ndarray) -> np.ndarray:
    """The fraction of the cells of a layer with energy > 0, as (n,): an occupancy, which the paper calls sparsity."""
    return np.count_nonzero(layer > 0, axis=(1, 2)) / layer[0].size


def shower_shapes(showers: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Every shower shape by its name in the published histograms, each (n,); for three layers there are 23.

    Cells are in MeV; e_layer_* and e_total come in GeV, depth_weighted_energy in MeV, lateral_width_layer_* in mm, as
    published. fraction_layer_*_log holds the same values as fraction_layer_*: only their bins differ.
    Raises InputError as `layer_energies` does.
    """
    layers, energies = _layers(showers), layer_energies(showers)
    fractions = energy_fractions(energies)
    shapes = {f"sparsity_layer_{i}": sparsity(layer) for i, layer in enumerate(layers)}
    shapes["depth"] = depth(energies)
    shapes["e_total"] = energies.sum(axis=1) / 1000
    for i in range(len(layers)):
        shapes[f"e_layer_{i}"] = energies[:, i] / 1000
    for i in range(len(layers)):
        shapes[f"fraction_layer_{i}"] = shapes[f"fraction_layer_{i}_log"] = fractions[:, i]
    shapes["depth_weighted_energy"] = depth_weighted_energy(energies)
    shapes["shower_depth"] = shower_depth(energies)
    shapes["shower_depth_width"] = shower_depth_width(energies)
    shapes |= {f"lateral_width_layer_{i}": lateral_width(layer) for i, layer in enumerate(layers)}
    shapes |= {f"e_ratio_layer_{i}": energy_ratio(layer) for i, layer in enumerate(layers)}
    return shapes


def _layers(showers: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    layers: list[np.ndarray] = []
    while (name := f"layer_{len(layers)}") in showers:
        layer = np.asarray(showers[name])
        if layer.ndim != 3 or (layers and len(layer) != len(layers[0])):
            n = len(layers[0]) if layers else "n"
            raise InputError(f"{name} has shape {layer.shape}, expected ({n}, rows, columns)")
        layers.append(layer)
    if not layers:
        raise InputError(f"a shower set needs layer_0, layer_1, ...; it holds {', '.join(showers) or 'nothing'}")
    return layers


def _ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """numerator / denominator, NaN unless the denominator is positive."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(denominator > 0, numerator / denominator, np.nan)
