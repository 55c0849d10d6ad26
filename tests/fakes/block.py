"""A small detector for the tests of the Geant4 driver; in a module of its own, for workers import where it stands."""

from dataclasses import dataclass

import numpy as np

from zoo.data.geant4 import CPU, TAKEN, Primary, box, place, replicate


@dataclass(frozen=True)
class Block:
    """A block of 4 x 3 cells of 10 mm x 10 mm, each of a front and a back half, and a plate beside it."""

    width: float = 1000.0

    def detector(self, g4, scorers):
        air, scintillator = g4.G4Material("air"), g4.G4Material("scintillator")
        world, block = box(g4, "world", self.width, self.width, 1000, air), box(g4, "block", 40, 30, 1000, air)
        row, cell = box(g4, "row", 10, 30, 1000, air), box(g4, "cell", 10, 10, 1000, air)
        placed = place(g4, world, None)
        place(g4, block, world)
        replicate(g4, row, block, g4.kXAxis, 4, 10)
        replicate(g4, cell, row, g4.kYAxis, 3, 10)
        for z in (-250, 250):
            half = box(g4, "half", 10, 10, 500, scintillator)
            place(g4, half, cell, z)
            scorers.add("image", half, (4, 3), above=1)
        plate = box(g4, "plate", 100, 200, 1000, scintillator)
        place(g4, plate, world, x=70, y=-50)
        scorers.add("beside", plate)
        return placed

    def primary(self, rng):
        return Primary("mu-", rng.uniform(1, 2), (0.0, rng.normal(), -400.0), (0.0, 0.0, 1.0))

    def record(self, primary, deposits):
        return {"energy": np.array([primary.energy]), "image": deposits["image"], "beside": deposits["beside"]}


@dataclass(frozen=True)
class Beside(Block):
    """The block, shot at from its side, with what an event cost."""

    def primary(self, rng):
        return Primary("mu-", rng.uniform(1, 2), (-100.0, rng.uniform(-10, 10), 5.0), (1.0, 0.0, 0.0))

    def record(self, primary, deposits):
        return super().record(primary, deposits) | {"taken": deposits[TAKEN], "cost": deposits[CPU]}


@dataclass(frozen=True)
class Answer:
    """Leaves in each cell of the block the energy (GeV) and the number of a muon of less than 1.5 GeV."""

    batch: int = 1
    volume: str = "block"

    def takes(self, particle):
        assert particle.particle == "mu-"
        assert np.allclose((*particle.position[::2], *particle.direction), (-20, 5, 1, 0, 0))
        return particle.energy < 1.5

    def deposits(self, particles, seed, first):
        numbers = np.array([one.energy + 10 * (first + i) for i, one in enumerate(particles)])
        return {"image": numbers[:, None, None] * np.ones((4, 3)), "beside": 0 * numbers + seed}
