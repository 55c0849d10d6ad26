"""Shapes of a shower in one plane of square cells, along and across the track that made it.

An image (n, rows, rows) holds energies, its first index grows with x, its second with y, and its centre is x = y = 0.
The track has a momentum (n, 3) and goes through the point (n, 2) at z = 0. At a `depth` z, where showers of the
detector have their centres on average, it is at

    t = point + depth (px, py) / pz,       u = (px, py) / |(px, py)|

and the centre r of a cell lies u (r - t) along it and u x (r - t) across it, positive to the left of the track seen
against z. All lengths have the unit of `cell`, the edge of a cell.

Functions take `ops`, numpy or keras.ops: what is evaluated is what is trained on.
"""

from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

TINY = 1e-12  # an empty shower has width, asymmetry and shift 0 for training; `shapes` makes them NaN


class Projection(NamedTuple):
    """Where cells lie: `along` and `across` the track (n, rows, rows), and their x - t_x, as (n, rows, 1)."""

    along: Any
    across: Any
    x: Any


def project(momentum: Any, point: Any, rows: int, cell: float, depth: float, ops: ModuleType = np) -> Projection:
    """The cells of images of `rows` x `rows` as the tracks see them."""
    slope = momentum[:, :2] / momentum[:, 2:]
    size = ops.sqrt(ops.sum(slope**2, axis=1))
    # Straight on there is no along: x serves.
    ux = ops.where(size > 0, slope[:, 0] / ops.maximum(size, TINY), ops.ones_like(size))[:, None, None]
    uy = ops.where(size > 0, slope[:, 1] / ops.maximum(size, TINY), ops.zeros_like(size))[:, None, None]
    track = point[:, :2] + depth * slope
    centres = cell * (np.arange(rows, dtype=np.float32) - (rows - 1) / 2)
    x = -track[:, 0][:, None, None] + centres[None, :, None]  # in this order: NumPy cannot subtract symbols
    y = -track[:, 1][:, None, None] + centres[None, None, :]
    # Not x * ux + y * uy: for a single shower Keras takes a sum of these shapes for one with a bias.
    return Projection(x * ux - y * -uy, y * ux - x * uy, x)


def mean(energy: Any, distance: Any, ops: ModuleType = np) -> Any:
    """The energy-weighted mean of the cells' `distance`, as (n,)."""
    return ops.sum(energy * distance, axis=(1, 2)) / ops.maximum(ops.sum(energy, axis=(1, 2)), TINY)


def width(energy: Any, distance: Any, ops: ModuleType = np) -> Any:
    """The energy-weighted standard deviation of the cells' `distance`, as (n,)."""
    centre = mean(energy, distance, ops)[:, None, None]
    # The gradient of a root is infinite at 0, the width of a shower in one cell.
    return ops.sqrt(mean(energy, (distance - centre) ** 2, ops) + TINY)


def asymmetry(energy: Any, distance: Any, ops: ModuleType = np) -> Any:
    """(E+ - E-) / (E+ + E-), as (n,): the energies of cells whose centres are at positive and negative `distance`."""
    return mean(energy, ops.sign(distance), ops)


def asymmetries(energy: Any, projection: Projection, ops: ModuleType = np) -> Any:
    """The asymmetries along and across the track, as (n, 2)."""
    return ops.stack([asymmetry(energy, one, ops) for one in (projection.along, projection.across)], axis=1)


def shapes(energy: np.ndarray, projection: Projection) -> dict[str, np.ndarray]:
    """width_trans, width_long, delta_x, asymmetry_trans, asymmetry_long, each (n,) float64; NaN for empty showers.

    delta_x is the shift of the shower's centre from the track along x. Longitudinal is along, transverse across.
    """
    energy = energy.astype(np.float64)
    found = {
        "width_trans": width(energy, projection.across),
        "width_long": width(energy, projection.along),
        "delta_x": mean(energy, projection.x),
        "asymmetry_trans": asymmetry(energy, projection.across),
        "asymmetry_long": asymmetry(energy, projection.along),
    }
    filled = energy.sum(axis=(1, 2)) > 0
    return {name: np.where(filled, values, np.nan) for name, values in found.items()}


def occupancy(energy: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """The fraction of cells above each of the ascending `thresholds` (k,), as (n, k); called sparsity in the papers."""
    cells = np.sort(energy.reshape(len(energy), -1), axis=1)
    return np.stack([1 - np.searchsorted(row, thresholds, side="right") / row.size for row in cells])
