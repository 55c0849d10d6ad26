"""Shower library sampling, the classical fast simulation: the nearest shower of a library, its energy rescaled."""

import zlib

import numpy as np

from reproductions.ecal_gan.data import Showers, beam_energy, flipped
from zoo.data.files import round_mantissa

MANTISSA_BITS = 8


class ShowerLibrary:
    """Simulated showers to draw from, mirrored so that all fly towards positive x and y.

    A request, mirrored likewise, gets the shower that is nearest in log energy, slopes and entry point, each in
    standard deviations of the library; its cells are multiplied by the ratio of the energies. The same request gets the
    same shower: nothing fluctuates but what the library holds.
    """

    def __init__(self, showers: Showers):
        from scipy.spatial import cKDTree

        signs = _signs(showers["momentum"])
        self.energy = round_mantissa(flipped(showers["energy"], signs), MANTISSA_BITS)
        self.beam = beam_energy(showers["momentum"])
        features = _features(showers["momentum"], showers["point"], signs)
        self.scale = features.std(axis=0)
        self._tree = cKDTree(features / self.scale)

    def sample(self, n: int, *, momentum: np.ndarray, point: np.ndarray, seed: int = 0) -> Showers:
        """{"energy": (n, 30, 30) MeV} for `momentum` (n, 3) GeV and `point` (n, 2) mm. Nothing is drawn with `seed`."""
        momentum, point = (np.broadcast_to(values, (n, values.shape[-1])) for values in (momentum, point))
        signs = _signs(momentum)
        _, nearest = self._tree.query(_features(momentum, point, signs) / self.scale)
        ratio = (beam_energy(momentum) / self.beam[nearest]).astype(np.float32)
        return {"energy": flipped(self.energy[nearest], signs) * ratio[:, None, None]}

    def bytes(self) -> int:
        """The size on disk: cells of 8 mantissa bits, byte-shuffled and deflated, and five numbers a shower."""
        shuffled = self.energy.view(np.uint8).reshape(-1, 4).T.tobytes()
        return len(zlib.compress(shuffled, 4)) + 5 * 4 * len(self.energy)


def _signs(momentum: np.ndarray) -> np.ndarray:
    return np.where(momentum[:, :2] < 0, np.float32(-1), np.float32(1))


def _features(momentum: np.ndarray, point: np.ndarray, signs: np.ndarray) -> np.ndarray:
    slopes = momentum[:, :2] / momentum[:, 2:]
    return np.column_stack([np.log(beam_energy(momentum)), signs * slopes, signs * point])
