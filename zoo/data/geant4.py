"""Showers from Geant4 over several processes; a detector brings its geometry, its primaries and its cells.

Geant4 (through geant4-pybind) allows one run manager a process: each chunk of events has a process of its own, see
`zoo.production.chunks`, and only those processes import geant4_pybind.

    run     the events of a `Setup` into an HDF5 file, in full or with a `Fast` generator for a part of the detector
    shoot   one chunk of them
    box, place, replicate   volumes
"""

import importlib.metadata
import importlib.util
import os
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple, Protocol

import numpy as np

from zoo.data import processes
from zoo.errors import InputError, SimulationError
from zoo.production import chunks

PHYSICS = "FTFP_BERT"
CUT = 0.7  # mm, Geant4's own production cut for gammas, electrons, positrons and protons
TABLES = {  # what FTFP_BERT reads: the variable that points at each set, and how the set's folder begins
    "G4LEDATA": "G4EMLOW",
    "G4ENSDFSTATEDATA": "G4ENSDFSTATE",
    "G4LEVELGAMMADATA": "PhotonEvaporation",
    "G4PARTICLEXSDATA": "G4PARTICLEXS",
    "G4SAIDXSDATA": "G4SAIDDATA",
}


class Primary(NamedTuple):
    """A particle on its way in: Geant4's name for it, kinetic energy (GeV), position (mm), direction of flight."""

    particle: str
    energy: float
    position: tuple[float, float, float]
    direction: tuple[float, float, float]


class Scorers:
    """Energy deposits (MeV) of one event, added up by Geant4's own scorers: no Python runs between two steps.

    A step's deposit belongs to the volume that holds the step's pre-point.
    """

    def __init__(self, g4: ModuleType):
        self._g4 = g4
        self._images: dict[str, tuple[tuple[int, ...], list[str]]] = {}  # shape, Geant4's collections

    def add(self, name: str, volume: Any, shape: tuple[int, int] | tuple[()] = (), above: int = 0) -> None:
        """Score the logical `volume` under `name`; what several volumes leave under one name adds up.

        () is one sum over a volume placed as copy 0. (rows, columns) is an image of cells: a cell is the volume that
        stands `above` levels above `volume` (0: `volume` itself). Copies of the cell are the columns within a row,
        copies of its mother the rows, and the row's own mother is copy 0.
        """
        g4 = self._g4
        if shape:
            scorer = g4.G4PSEnergyDeposit3D("energy", 1, *shape, above + 2, above + 1, above)
        else:
            scorer = g4.G4PSEnergyDeposit("energy", 0)
        _, collections = self._images.setdefault(name, (shape, []))
        detector = g4.G4MultiFunctionalDetector(f"{name}#{len(collections)}")
        g4.G4SDManager.GetSDMpointer().AddNewDetector(detector)
        detector.RegisterPrimitive(scorer)
        volume.SetSensitiveDetector(detector)
        collections.append(f"{detector.GetName()}/energy")

    def read(self, event: Any) -> dict[str, np.ndarray]:
        """The deposits (MeV) of the Geant4 `event`, by name, each of the shape it was added with."""
        manager, hits = self._g4.G4SDManager.GetSDMpointer(), event.GetHCofThisEvent()
        deposits = {name: np.zeros(shape) for name, (shape, _) in self._images.items()}
        for name, (_, collections) in self._images.items():
            for collection in collections:
                for index, energy in hits.GetHC(manager.GetCollectionID(collection)):
                    deposits[name].flat[index] += energy
        return deposits


def box(g4: ModuleType, name: str, x: float, y: float, z: float, material: Any) -> Any:
    """A logical volume: a box of edges x, y, z (mm), of `material`."""
    return g4.G4LogicalVolume(g4.G4Box(name, x / 2, y / 2, z / 2), material, name)


def place(g4: ModuleType, volume: Any, mother: Any, z: float = 0.0, x: float = 0.0, y: float = 0.0) -> Any:
    """Place `volume`, as copy 0, (x, y, z) mm off the centre of the logical volume `mother` (None: it is the world)."""
    return g4.G4PVPlacement(None, g4.G4ThreeVector(x, y, z), volume, volume.GetName(), mother, False, 0, False)


def replicate(g4: ModuleType, volume: Any, mother: Any, axis: Any, copies: int, width: float) -> Any:
    """Fill `mother` with `copies` of `volume`, each `width` mm along `axis`."""
    return g4.G4PVReplica(volume.GetName(), volume, mother, axis, copies, width)


# What stands beside the deposits: the CPU seconds of the event, and how many particles a `Fast` took from it.
CPU, TAKEN = "cpu_seconds", "taken"


class Setup(Protocol):
    """What a detector brings to Geant4. It is pickled; `g4` is the module geant4_pybind, which only workers import."""

    def detector(self, g4: ModuleType, scorers: Scorers) -> Any:
        """Build the detector, tell `scorers` what to score, and return the physical volume of the world."""

    def primary(self, rng: np.random.Generator) -> Primary:
        """Draw the next event's particle."""

    def record(self, primary: Primary, deposits: Mapping[str, np.ndarray]) -> Mapping[str, np.ndarray]:
        """The event's rows of the output's datasets, from the deposits (MeV) of the scorers, and `CPU` and `TAKEN`."""


class Fast(Protocol):
    """A generator that answers for a volume of the detector, as a G4VFastSimulationModel does; pickled like a Setup."""

    @property
    def volume(self) -> str:
        """The name of the logical volume."""

    @property
    def batch(self) -> int:
        """How many particles it is asked for at once; 1 asks at the end of each event."""

    def takes(self, particle: Primary) -> bool:
        """Whether it answers for the `particle`, which is about to enter the volume; Geant4 goes on with others."""

    def deposits(self, particles: Sequence[Primary], seed: int, first: int) -> Mapping[str, np.ndarray]:
        """What n `particles` leave where they are about to enter: (n, ...) MeV by the names of the scorers.

        They are the numbers `first`, `first` + 1 and so on of what is drawn with `seed`.
        """


_Event = tuple[Primary, dict[str, np.ndarray]]  # what was shot, and the deposits


class _Answers:
    """Events that ended, kept until the generator has answered for the particles that were taken from them."""

    def __init__(self, fast: Fast, seed: int):
        self.fast = fast
        self.taken: list[Primary] = []  # from the event that goes on
        self._seed, self._asked = seed, 0
        self._events: list[tuple[Primary, dict[str, np.ndarray], list[Primary]]] = []

    def end(self, primary: Primary, deposits: dict[str, np.ndarray]) -> list[_Event]:
        """The events that are complete once this one has ended."""
        self._events.append((primary, deposits, self.taken))
        self.taken = []
        waiting = sum(len(taken) for _, _, taken in self._events)
        return self.complete() if waiting >= self.fast.batch else []

    def complete(self) -> list[_Event]:
        """All that are kept, each with what the generator leaves in its cells, and its share of the CPU time."""
        begun = time.process_time()
        particles = [particle for _, _, taken in self._events for particle in taken]
        found = self.fast.deposits(particles, self._seed, self._asked) if particles else {}
        self._asked += len(particles)
        cost, row = (time.process_time() - begun) / max(len(particles), 1), 0
        for _, deposits, taken in self._events:
            for name, values in found.items():
                deposits[name] = deposits[name] + values[row : row + len(taken)].sum(axis=0)
            deposits[CPU] += cost * len(taken)
            row += len(taken)
        ended = [(primary, deposits) for primary, deposits, _ in self._events]
        self._events = []
        return ended


def _taking(g4: Any, answers: _Answers) -> Any:
    """A stepping action that ends what the generator takes, where it is about to enter its volume."""

    class Take(g4.G4UserSteppingAction):
        def UserSteppingAction(self, step):
            if not _enters(g4, step, answers.fast.volume):
                return
            track = step.GetTrack()
            particle = _at(g4, step.GetPostStepPoint(), track.GetDefinition().GetParticleName())
            if answers.fast.takes(particle):
                track.SetTrackStatus(g4.fStopAndKill)
                answers.taken.append(particle)

    return Take()


def _enters(g4: ModuleType, step: Any, volume: str) -> bool:
    """Whether a step of Geant4 ends where it enters the logical `volume`, or something within it, from outside."""

    def within(point: Any) -> bool:
        place = point.GetTouchable()
        depths = range(place.GetHistoryDepth() + 1)
        return any(place.GetVolume(depth).GetLogicalVolume().GetName() == volume for depth in depths)

    before, after = step.GetPreStepPoint(), step.GetPostStepPoint()
    return after.GetStepStatus() == g4.fGeomBoundary and within(after) and not within(before)


def _at(g4: ModuleType, point: Any, particle: str) -> Primary:
    """A `particle` as it is at a point of a step of Geant4."""
    where, flight = point.GetPosition(), point.GetMomentumDirection()
    energy = point.GetKineticEnergy() / g4.GeV
    return Primary(particle, energy, (where.x, where.y, where.z), (flight.x, flight.y, flight.z))


def shoot(
    setup: Setup,
    events: int,
    seed: np.random.SeedSequence,
    cut: float = CUT,
    commands: Sequence[str] = (),
    fast: Fast | None = None,
) -> dict[str, np.ndarray]:
    """Simulate `events` particles in `setup` and return the stacked records (events, ...).

    Once a process: Geant4 cannot start twice. FTFP_BERT with a production cut of `cut` mm, after the `commands` to
    Geant4's user interface; MIXMAX draws in Geant4. The primaries of a seed are the same with and without `fast`, whose
    answers are added to what Geant4 deposits; an action looks at every step then.
    """
    g4: Any = module()
    rng = np.random.default_rng(seed)
    g4.G4Random.setTheEngine(g4.MixMaxRng(int(rng.integers(1, 2**62))))
    scorers = Scorers(g4)
    answers = _Answers(fast, int(seed.generate_state(1)[0])) if fast else None
    records: list[Mapping[str, np.ndarray]] = []

    def end(primary: Primary, deposits: dict[str, np.ndarray]) -> None:
        deposits[TAKEN] = np.array(len(answers.taken) if answers else 0)
        ended = answers.end(primary, deposits) if answers else [(primary, deposits)]
        records.extend(setup.record(*one) for one in ended)

    manager = g4.G4RunManagerFactory.CreateRunManager(g4.G4RunManagerType.SerialOnly)
    manager.SetUserInitialization(_construction(g4, lambda: setup.detector(g4, scorers)))
    manager.SetUserInitialization(getattr(g4, PHYSICS)())
    gun = _gun(g4, lambda: setup.primary(rng))
    actions = [gun, _recording(g4, gun, scorers, end), *([_taking(g4, answers)] if answers else [])]
    for action in actions:  # Geant4 keeps none of them alive
        manager.SetUserAction(action)
    for setting in _settings(cut, commands):
        g4.G4UImanager.GetUIpointer().ApplyCommand(setting)
    manager.Initialize()
    manager.BeamOn(events)
    if answers:
        records.extend(setup.record(*one) for one in answers.complete())
    if len(records) < events:
        raise SimulationError(f"Geant4 gave up after {len(records)} of {events} events")
    return {name: np.stack([row[name] for row in records]) for name in records[0]}


def _construction(g4: Any, construct: Callable[[], Any]) -> Any:
    """Geant4's detector construction, which asks ``construct()``."""

    class Detector(g4.G4VUserDetectorConstruction):
        def Construct(self):
            return construct()

    return Detector()


def _gun(g4: Any, draw: Callable[[], Primary]) -> Any:
    """The action that shoots ``draw()``, the `primary` of the event, and knows when it has `begun` (CPU seconds)."""

    class Gun(g4.G4VUserPrimaryGeneratorAction):
        primary: Primary
        begun: float

        def __init__(self):
            super().__init__()
            self.gun = g4.G4ParticleGun(1)

        def GeneratePrimaries(self, event):
            self.begun = time.process_time()
            self.primary = draw()
            self.gun.SetParticleDefinition(g4.G4ParticleTable.GetParticleTable().FindParticle(self.primary.particle))
            self.gun.SetParticleEnergy(self.primary.energy * g4.GeV)
            self.gun.SetParticlePosition(g4.G4ThreeVector(*self.primary.position))
            self.gun.SetParticleMomentumDirection(g4.G4ThreeVector(*self.primary.direction))
            self.gun.GeneratePrimaryVertex(event)

    return Gun()


def _recording(g4: Any, gun: Any, scorers: Scorers, end: Callable[[Primary, dict[str, np.ndarray]], None]) -> Any:
    """The action that tells ``end(primary, deposits)`` what an event has left, and how many CPU seconds it took."""

    class Record(g4.G4UserEventAction):
        def EndOfEventAction(self, event):
            deposits = scorers.read(event)
            deposits[CPU] = np.array(time.process_time() - gun.begun)
            end(gun.primary, deposits)

    return Record()


def _settings(cut: float, commands: Sequence[str]) -> list[str]:
    """What Geant4's user interface is told."""
    settings = [f"/run/setCut {cut} mm", *commands]  # SetDefaultCutValue would print the new cut and keep the old one
    if tables() == "stand-in tables":  # they lack gamma-nuclear cross-sections; CHIPS was the default before Geant4 11
        settings.append("/physics_lists/em/UseGammaNuclearXS false")
    return settings


def environment() -> dict[str, str | float]:
    """Which Geant4 is here, with which tables, as provenance; tables that are missing are downloaded first.

    Raises InputError when geant4-pybind or tables are missing and cannot be had.
    """
    if importlib.util.find_spec("geant4_pybind") is None:
        raise InputError("Geant4 is not installed, expected geant4-pybind: pip install '.[simulate]'")
    with processes.pool(1) as process:
        version = process.submit(_version).result()
    return {
        "geant4": version,
        "geant4_pybind": importlib.metadata.version("geant4-pybind"),
        "tables": tables(),
        "physics_list": PHYSICS,
    }


def tables() -> str:
    """Which tables Geant4 has: "official Geant4 data sets", or "stand-in tables" if gamma-nuclear ones are left out.

    They lie in $GEANT4_DATA_DIR, or in ~/.geant4_pybind where geant4-pybind puts its downloads, or where Geant4's
    variables for single sets (G4LEDATA and so on) point. Raises InputError naming the missing ones.
    """
    folder = Path(os.environ.get("GEANT4_DATA_DIR", Path.home() / ".geant4_pybind"))
    found = {
        name: os.environ.get(variable) or next((path for path in sorted(folder.glob(f"{name}*")) if path.is_dir()), "")
        for variable, name in TABLES.items()
    }
    missing = [name for name, path in found.items() if not Path(path or "missing").is_dir()]
    if missing:
        remedy = "set GEANT4_DATA_DIR to the folder that holds them, or unset it to download the official ones"
        raise InputError(f"Geant4's data tables {', '.join(missing)} are not in {folder}: {remedy}")
    complete = any(Path(found["G4PARTICLEXS"], "gamma").glob("inel*"))
    return "official Geant4 data sets" if complete else "stand-in tables"


def module() -> ModuleType:
    """The module geant4_pybind, whose import downloads missing tables unless GEANT4_DATA_DIR is set."""
    os.environ["CI"] = "true"  # geant4-pybind asks on the terminal otherwise
    try:
        import geant4_pybind
    except ImportError as error:
        remedy = "set GEANT4_DATA_DIR to a folder that holds them"
        raise InputError(f"Geant4's data tables cannot be downloaded ({error.__cause__ or error}): {remedy}") from error
    return geant4_pybind


def _version() -> str:
    number = module().G4VERSION_NUMBER  # 1141 is 11.4.1
    return f"{number // 100}.{number // 10 % 10}.{number % 10}"


def run(
    setup: Setup,
    flags: chunks.Flags,
    *,
    stream: str,
    provenance: Mapping[str, str | int | float],
    command: str,
    cut: float = CUT,
    commands: Sequence[str] = (),
    fast: Fast | None = None,
) -> None:
    """Simulate events of `setup` as `flags` say and write their records to the HDF5 file flags.out.

    `cut`, `commands` and `fast` are those of `shoot`. `stream` (the particle, say) separates the random numbers of runs
    with the same seed. `provenance` is what else the events depend on; it becomes attributes of the file beside
    `environment()`, events and seed. Raises as `environment` and `zoo.production.chunks.run` do.
    """
    physics: dict[str, str | float] = {"production_cut_mm": cut}
    if commands:
        physics["commands"] = "; ".join(commands)
    plan = {**provenance, **environment(), **physics, "events": flags.events, "seed": flags.seed}
    simulate = partial(shoot, setup, cut=cut, commands=tuple(commands), fast=fast)
    chunks.run(simulate, flags, stream, plan, command)
