"""Geant4 showers in the detector of CaloGAN (arXiv:1705.02355, section 2), in the layout of its data set.

    python -m reproductions.calogan simulate --particle eplus --events 1000 --seed 1 --out eplus.h5

The detector, as hep-lbdl/CaloGAN builds it: 80 x (2 mm lead + 4 mm liquid argon), 1 m x 1 m, stacked along z around
z = 0. Its middle 480 mm x 480 mm is read out in three layers of cells; the first index of a layer's image grows with x,
the second with y. Particles fly along z at the centre, their kinetic energy uniform in the range. A cell's energy is
all that is deposited in it, in lead and argon alike; `overflow` is the deposit of each layer outside its cells.

Geant4's tables are downloaded on first use, or read from the folder that GEANT4_DATA_DIR names.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from reproductions.calogan.data import SHAPES
from zoo.cli import flag
from zoo.data import geant4
from zoo.data.geant4 import Primary, Scorers, box, place, replicate
from zoo.data.simulation import Simulation
from zoo.errors import InputError
from zoo.production import chunks

PARTICLES = {"eplus": "e+", "gamma": "gamma", "piplus": "pi+"}  # ours: Geant4's

# All lengths are in mm, Geant4's own unit.
PAIRS = 80  # of lead and argon
LEAD = 2.0
ARGON = 4.0
WIDTH = 1000.0
DEPTH = PAIRS * (LEAD + ARGON)
WORLD = 1.2  # times the calorimeter's edges
READ_OUT = 480.0  # width and height of the part that has cells
EDGES = (-DEPTH / 2, -150.0, 197.0, DEPTH / 2)  # of the layers in z
GUN = -288.0


def slabs(front: float, back: float) -> Iterator[tuple[str, float, float]]:
    """What lies between `front` and `back` (mm): material, distance of its middle from theirs, thickness (mm)."""
    for pair in range(PAIRS):
        lead = pair * (LEAD + ARGON) - DEPTH / 2
        for material, start, end in (("lead", lead, lead + LEAD), ("argon", lead + LEAD, lead + LEAD + ARGON)):
            start, end = max(start, front), min(end, back)
            if start < end:
                yield material, (start + end - front - back) / 2, end - start


def build(g4: ModuleType, layer: int, world: Any, materials: Mapping[str, Any], scorers: Scorers) -> None:
    """Put a layer into `world`: an image > rows along x > cells along y > slabs, and around it four bars > slabs."""
    (rows, columns), front, back = SHAPES[f"layer_{layer}"], EDGES[layer], EDGES[layer + 1]
    depth, middle, height, width = back - front, (front + back) / 2, READ_OUT / rows, READ_OUT / columns
    side = (WIDTH - READ_OUT) / 2

    def tower(x: float, y: float, scored: str, shape: tuple[int, int] | tuple[()] = ()) -> Any:
        volume = box(g4, f"tower_{layer}", x, y, depth, materials["vacuum"])
        made: dict[tuple[str, float], Any] = {}
        for material, z, thickness in slabs(front, back):
            if (material, thickness) not in made:
                made[material, thickness] = slab = box(g4, material, x, y, thickness, materials[material])
                scorers.add(scored, slab, shape, above=1)
            place(g4, made[material, thickness], volume, z)
        return volume

    image = box(g4, f"image_{layer}", READ_OUT, READ_OUT, depth, materials["vacuum"])
    row = box(g4, f"row_{layer}", height, READ_OUT, depth, materials["vacuum"])
    place(g4, image, world, middle)
    replicate(g4, row, image, g4.kXAxis, rows, height)
    replicate(g4, tower(height, width, f"layer_{layer}", (rows, columns)), row, g4.kYAxis, columns, width)
    beside, across = tower(side, WIDTH, f"overflow_{layer}"), tower(READ_OUT, side, f"overflow_{layer}")
    for shift in (-(READ_OUT + side) / 2, (READ_OUT + side) / 2):
        place(g4, beside, world, middle, x=shift)
        place(g4, across, world, middle, y=shift)


@dataclass(frozen=True)
class Calorimeter:
    """The CaloGAN calorimeter (a `zoo.data.geant4.Setup`) and what is shot at it; energies in GeV."""

    particle: str
    energy_min: float
    energy_max: float

    def __post_init__(self):
        if self.particle not in PARTICLES:
            raise InputError(f"particle is {self.particle!r}, expected one of {', '.join(PARTICLES)}")
        if not 0 < self.energy_min <= self.energy_max < float("inf"):
            found = f"{self.energy_min:g} to {self.energy_max:g} GeV"
            raise InputError(f"the energy range is {found}, expected two finite numbers above 0, the smaller first")

    def detector(self, g4: ModuleType, scorers: Scorers) -> Any:
        """The three layers, one behind the other; around the calorimeter is nothing.

        The slabs of lead and argon lie within the cells: a parallel world of cells across the slabs took 1.6 times as
        long (commit d6abda9).
        """
        lead = g4.G4NistManager.Instance().FindOrBuildMaterial("G4_Pb")
        argon = g4.G4Material("liquid argon", 18.0, 39.95 * g4.g / g4.mole, 1.390 * g4.g / g4.cm3)
        density, temperature, pressure = g4.universe_mean_density, 2.73 * g4.kelvin, 3e-18 * g4.pascal
        vacuum = g4.G4Material("vacuum", 1.0, 1.01 * g4.g / g4.mole, density, g4.kStateGas, temperature, pressure)

        world = box(g4, "world", WORLD * WIDTH, WORLD * WIDTH, WORLD * DEPTH, vacuum)
        placed = place(g4, world, None)
        for layer in range(len(SHAPES)):
            build(g4, layer, world, {"lead": lead, "argon": argon, "vacuum": vacuum}, scorers)
        return placed

    def primary(self, rng: np.random.Generator) -> Primary:
        """Along z from (0, 0, -288 mm), the kinetic energy uniform in the range."""
        energy = rng.uniform(self.energy_min, self.energy_max)
        return Primary(PARTICLES[self.particle], energy, (0.0, 0.0, GUN), (0.0, 0.0, 1.0))

    def record(self, primary: Primary, deposits: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """energy (1,) GeV; layer_0 (3, 96), layer_1 (12, 12), layer_2 (12, 6) and overflow (3,) MeV; float32."""
        layers = {f"layer_{layer}": deposits[f"layer_{layer}"] for layer in range(3)}
        overflow = [deposits[f"overflow_{layer}"] for layer in range(3)]
        arrays = {"energy": [primary.energy], **layers, "overflow": overflow}
        return {name: np.asarray(array, np.float32) for name, array in arrays.items()}


@dataclass(frozen=True, kw_only=True)
class Flags(chunks.Flags):
    """Showers of one particle; a core makes about one e+ or gamma a second, three to four pi+."""

    particle: str = flag("", "what is shot at the calorimeter", choices=PARTICLES, required=True)
    energy_min: float = flag(1.0, "smallest kinetic energy", metavar="GEV")
    energy_max: float = flag(100.0, "largest kinetic energy", metavar="GEV")


def simulate(flags: Flags, command: str) -> str:
    """Write showers to flags.out; what to tell the user. Raises as `zoo.data.geant4.run` does."""
    geant4.run(
        Calorimeter(flags.particle, flags.energy_min, flags.energy_max),
        flags,
        stream=flags.particle,
        provenance={
            "particle": flags.particle,
            "energy_min_gev": flags.energy_min,
            "energy_max_gev": flags.energy_max,
            "units": "energy GeV, layers and overflow MeV",
        },
        command=command,
    )
    return f"{flags.out}: {flags.events} {flags.particle} showers"


SIMULATION = Simulation(Flags, simulate)
