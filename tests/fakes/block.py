"""A small detector for the tests of the Geant4 driver; in a module of its own, for workers import where it stands."""

from dataclasses import dataclass

import numpy as np

from zoo.data.geant4 import Primary


@dataclass(frozen=True)
class Block:
    """One block of 4 x 3 cells of 10 mm x 10 mm, scored in the detector, and a parallel world of one slab, its half."""

    width: float = 1000.0

    def detector(self, g4, scorers):
        def box(name, x, y, z):
            return g4.G4LogicalVolume(g4.G4Box(name, x / 2, y / 2, z / 2), g4.G4Material("scintillator"), name)

        def place(volume, mother):
            return g4.G4PVPlacement(None, g4.G4ThreeVector(0, 0, 0), volume, volume.GetName(), mother, False, 0, False)

        world, block = box("world", self.width, self.width, 1000), box("block", 40, 30, 1000)
        row, cell = box("row", 10, 30, 1000), box("cell", 10, 10, 1000)
        placed = place(world, None)
        place(block, world)
        g4.G4PVReplica("row", row, block, g4.kXAxis, 4, 10)
        g4.G4PVReplica("cell", cell, row, g4.kYAxis, 3, 10)
        scorers.add("image", cell, (4, 3))
        return placed

    def cells(self, g4, world, scorers):
        slab = g4.G4LogicalVolume(g4.G4Box("slab", self.width / 2, self.width / 2, 250), None, "slab")
        g4.G4PVPlacement(None, g4.G4ThreeVector(0, 0, -250), slab, "slab", world, False, 0, False)
        scorers.add("front", slab)

    def primary(self, rng):
        return Primary("mu-", rng.uniform(1, 2), (0.0, rng.normal(), -400.0), (0.0, 0.0, 1.0))

    def record(self, primary, deposits):
        return {"energy": np.array([primary.energy]), "image": deposits["image"], "front": deposits["front"]}
