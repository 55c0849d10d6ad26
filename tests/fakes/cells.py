"""A generator of ECAL showers without a network, which the processes of Geant4 can import."""

import numpy as np

from zoo.sampler import Sampler

CARD = {
    "name": "cells",
    "reproduction": "reproductions.ecal_gan",
    "sha256": {"generator.keras": "0"},
    "latent": {"z": 2},
    "conditions": {
        "momentum": {
            "unit": "GeV",
            "shape": [3],
            "range": [[-100, -100, 0.1], [100, 100, 100]],
            "magnitude": [1, 100],
            "angle": [0, 76],
        },
        "point": {"unit": "mm", "shape": [2], "range": [[-5, -5], [5, 5]]},
    },
    "outputs": {"energy": {"shape": [30, 30], "unit": "MeV"}},
}


class Cells(Sampler):
    """A seventh of the electron's energy, in cells in which its momentum, its point and the noise are found again."""

    def __init__(self, card=CARD):
        super().__init__(card)

    def _run(self, inputs):
        columns = np.concatenate([inputs["momentum"], inputs["point"], inputs["z"]], axis=1)
        energy = np.repeat(np.exp(columns / 100), 900 // 7 + 1, axis=1)[:, :900]
        total = 1000 / 7 * np.linalg.norm(inputs["momentum"], axis=1)
        return {"energy": (energy * (total / energy.sum(axis=1))[:, None]).reshape(-1, 30, 30)}

    def _reduced(self):
        return Cells, (self.card,)
