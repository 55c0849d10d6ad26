"""Showers from Geant4 over several processes; a detector brings its geometry, its primaries and its cells.

Geant4 (through geant4-pybind) allows one run manager a process, so the events are cut into chunks and each chunk has a
process and a seed of its own: the result does not depend on the number of processes, and an interrupted run goes on
where it was. Only those processes import geant4_pybind.

    run     the events of a `Setup` into an HDF5 file
    shoot   one chunk of them
    box, place, replicate   volumes
"""

import importlib.metadata
import importlib.util
import json
import multiprocessing
import os
import shutil
import signal
import sys
import time
import traceback
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from multiprocessing.connection import Connection, wait
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple, Protocol, cast

import h5py
import numpy as np
from tqdm import tqdm

from zoo import cli
from zoo.cli import flag
from zoo.data import hdf5, simulation
from zoo.data.files import atomic
from zoo.errors import InputError, SimulationError

CHUNK = 100  # events: few enough to lose little when interrupted, enough to pay for initialising Geant4
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


class Setup(Protocol):
    """What a detector brings to Geant4. It is pickled; `g4` is the module geant4_pybind, which only workers import."""

    def detector(self, g4: ModuleType, scorers: Scorers) -> Any:
        """Build the detector, tell `scorers` what to score, and return the physical volume of the world."""

    def primary(self, rng: np.random.Generator) -> Primary:
        """Draw the next event's particle."""

    def record(self, primary: Primary, deposits: Mapping[str, np.ndarray]) -> Mapping[str, np.ndarray]:
        """The event's rows of the output's datasets, from the deposits (MeV) of the scorers."""


def shoot(
    setup: Setup,
    events: int,
    seed: np.random.SeedSequence,
    tick: Callable[[], None],
    cut: float = CUT,
    commands: Sequence[str] = (),
) -> dict[str, np.ndarray]:
    """Simulate `events` particles in `setup` and return the stacked records (events, ...), calling `tick` after each.

    Once a process: Geant4 cannot start twice. FTFP_BERT with a production cut of `cut` mm, after the `commands` to
    Geant4's user interface; MIXMAX draws in Geant4.
    """
    g4: Any = _geant4()
    rng = np.random.default_rng(seed)
    g4.G4Random.setTheEngine(g4.MixMaxRng(int(rng.integers(1, 2**62))))
    scorers = Scorers(g4)
    records = []

    class Detector(g4.G4VUserDetectorConstruction):
        def Construct(self):
            return setup.detector(g4, scorers)

    class Gun(g4.G4VUserPrimaryGeneratorAction):
        primary: Primary

        def __init__(self):
            super().__init__()
            self.gun = g4.G4ParticleGun(1)

        def GeneratePrimaries(self, event):
            self.primary = setup.primary(rng)
            self.gun.SetParticleDefinition(g4.G4ParticleTable.GetParticleTable().FindParticle(self.primary.particle))
            self.gun.SetParticleEnergy(self.primary.energy * g4.GeV)
            self.gun.SetParticlePosition(g4.G4ThreeVector(*self.primary.position))
            self.gun.SetParticleMomentumDirection(g4.G4ThreeVector(*self.primary.direction))
            self.gun.GeneratePrimaryVertex(event)

    class Record(g4.G4UserEventAction):
        def EndOfEventAction(self, event):
            records.append(setup.record(gun.primary, scorers.read(event)))
            tick()

    manager = g4.G4RunManagerFactory.CreateRunManager(g4.G4RunManagerType.SerialOnly)
    manager.SetUserInitialization(Detector())
    manager.SetUserInitialization(getattr(g4, PHYSICS)())
    gun, record = Gun(), Record()
    manager.SetUserAction(gun)
    manager.SetUserAction(record)
    settings = [f"/run/setCut {cut} mm", *commands]  # SetDefaultCutValue would print the new cut and keep the old one
    if tables() == "stand-in tables":  # they lack gamma-nuclear cross-sections; CHIPS was the default before Geant4 11
        settings.append("/physics_lists/em/UseGammaNuclearXS false")
    for setting in settings:
        g4.G4UImanager.GetUIpointer().ApplyCommand(setting)
    manager.Initialize()
    manager.BeamOn(events)
    if len(records) < events:
        raise SimulationError(f"Geant4 gave up after {len(records)} of {events} events")
    return {name: np.stack([row[name] for row in records]) for name in records[0]}


def environment() -> dict[str, str | float]:
    """Which Geant4 is here, with which tables, as provenance; tables that are missing are downloaded first.

    Raises InputError when geant4-pybind or tables are missing and cannot be had.
    """
    if importlib.util.find_spec("geant4_pybind") is None:
        raise InputError("Geant4 is not installed, expected geant4-pybind: pip install '.[simulate]'")
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
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
    found = {name: os.environ.get(variable) or next(folder.glob(f"{name}*"), "") for variable, name in TABLES.items()}
    missing = [name for name, path in found.items() if not Path(path or "missing").is_dir()]
    if missing:
        remedy = "set GEANT4_DATA_DIR to the folder that holds them, or unset it to download the official ones"
        raise InputError(f"Geant4's data tables {', '.join(missing)} are not in {folder}: {remedy}")
    complete = any(Path(found["G4PARTICLEXS"], "gamma").glob("inel*"))
    return "official Geant4 data sets" if complete else "stand-in tables"


def _geant4() -> ModuleType:
    """The module geant4_pybind, whose import downloads missing tables unless GEANT4_DATA_DIR is set."""
    os.environ["CI"] = "true"  # geant4-pybind asks on the terminal otherwise
    try:
        import geant4_pybind
    except ImportError as error:
        remedy = "set GEANT4_DATA_DIR to a folder that holds them"
        raise InputError(f"Geant4's data tables cannot be downloaded ({error.__cause__ or error}): {remedy}") from error
    return geant4_pybind


def _version() -> str:
    number = _geant4().G4VERSION_NUMBER  # 1141 is 11.4.1
    return f"{number // 100}.{number // 10 % 10}.{number % 10}"


def chunks(events: int, seed: int, stream: str) -> list[tuple[int, np.random.SeedSequence]]:
    """The numbers of events, CHUNK and at last what remains, each with the seed that (seed, stream, index) gives."""
    entropy = [seed, zlib.crc32(stream.encode())]
    return [
        (min(CHUNK, events - first), np.random.SeedSequence(entropy, spawn_key=(index,)))
        for index, first in enumerate(range(0, events, CHUNK))
    ]


@dataclass(frozen=True, kw_only=True)
class Flags(simulation.Flags):
    """The flags of a simulation with Geant4."""

    jobs: int = flag(os.cpu_count() or 1, "processes at a time; the same events with any number")
    resume: bool = flag(False, "go on from the chunks that an interrupted run left in FILE.parts")

    def __post_init__(self):
        """Raises InputError for values that make no sense."""
        super().__post_init__()
        cli.check(self, {"at least 1": (lambda x: x >= 1, "jobs")})


def run(
    setup: Setup,
    flags: Flags,
    *,
    stream: str,
    provenance: Mapping[str, str | int | float],
    command: str,
    cut: float = CUT,
    commands: Sequence[str] = (),
) -> None:
    """Simulate events of `setup` as `flags` say and write their records to the HDF5 file flags.out.

    `cut` and `commands` are those of `shoot`. `stream` (the particle, say) separates the random numbers of runs with
    the same seed. `provenance` is what else the events depend on; it becomes attributes of the file beside
    `environment()`, events, seed, command, date and the CPU seconds spent. Finished chunks stay in the folder
    `out`.parts until all are there; `resume` goes on from them.

    Raises InputError for a file that exists without `overwrite`, for the remains of an
    interrupted run without `resume`, for the remains of another run with it, and as `environment` does;
    SimulationError when a chunk fails; KeyboardInterrupt, its message saying how to go on, when interrupted.
    """
    out, events, seed = flags.out, flags.events, flags.seed
    if out.is_dir():
        raise InputError(f"{out}: is a folder, expected the name of a file to write")
    if out.exists() and not flags.overwrite:
        raise InputError(f"{out}: exists, expected a new file or --overwrite")
    folder = out.with_name(f"{out.name}.parts")
    physics: dict[str, str | float] = {"production_cut_mm": cut}
    if commands:
        physics["commands"] = "; ".join(commands)
    plan = {**provenance, **environment(), **physics, "events": events, "seed": seed}
    _claim(folder, plan, flags.resume, flags.overwrite)

    work = [(*chunk, folder / f"{index:05d}.h5") for index, chunk in enumerate(chunks(events, seed, stream))]
    parts = [part for _, _, part in work]
    try:
        _finish(partial(shoot, setup, cut=cut, commands=tuple(commands)), work, flags.jobs, stream)
    except KeyboardInterrupt:
        done = sum(part.exists() for part in parts)
        kept = f"{done} of {len(parts)} chunks are kept in {folder}"
        raise KeyboardInterrupt(f"Interrupted: {kept}, --resume goes on from there") from None
    attributes = {
        **plan,
        "command": command,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "cpu_seconds": sum(hdf5.attributes(part)["cpu_seconds"] for part in parts),
    }
    with hdf5.appending(out, attributes) as append:
        for part in parts:
            with h5py.File(part) as file:
                append({name: dataset[:] for name, dataset in file.items()})
    shutil.rmtree(folder)


def _claim(folder: Path, plan: Mapping[str, Any], resume: bool, overwrite: bool) -> None:
    """Make `folder` the place of the run described by `plan`: a new one, or the same as before."""
    file = folder / "plan.json"
    if resume and file.exists():
        before = json.loads(file.read_text())
        for name in {**before, **plan}:
            if before.get(name) != plan.get(name):
                was, now = before.get(name), plan.get(name)
                raise InputError(f"{folder}: holds chunks of a run with {name} {was}, expected {name} {now} to resume")
        return
    if folder.exists():
        if not overwrite:
            raise InputError(
                f"{folder}: is left of an interrupted run, expected --resume or, to start anew, --overwrite"
            )
        shutil.rmtree(folder)
    with atomic(file) as temporary:
        temporary.write_text(json.dumps(plan, indent=1))


Simulate = Callable[[int, np.random.SeedSequence, Callable[[], None]], Mapping[str, np.ndarray]]  # shoot, but the setup
Chunk = tuple[int, np.random.SeedSequence, Path]  # how many events, from which seed, into which file


class _Worker(NamedTuple):
    process: multiprocessing.process.BaseProcess
    part: Path


def _finish(simulate: Simulate, work: Sequence[Chunk], jobs: int, title: str) -> None:
    """Simulate the chunks of `work` whose files are missing, at most `jobs` at a time."""
    missing = iter([chunk for chunk in work if not chunk[-1].exists()])
    total = sum(events for events, _, _ in work)
    done = sum(events for events, _, part in work if part.exists())
    workers: dict[Connection, _Worker] = {}
    with tqdm(total=total, initial=done, desc=title, unit="event") as progress, _stopping(workers):
        while True:
            while len(workers) < jobs and (chunk := next(missing, None)):
                workers.update([_start(simulate, chunk)])
            if not workers:
                return
            for receiver in cast(list[Connection], wait(list(workers))):
                try:
                    receiver.recv()
                    progress.update()
                except EOFError:
                    _check(workers.pop(receiver))


@contextmanager
def _stopping(workers: dict[Connection, _Worker]) -> Iterator[None]:
    """Leave no process of `workers` behind."""
    try:
        yield
    finally:
        for worker in workers.values():
            worker.process.terminate()
        for worker in workers.values():
            worker.process.join()


def _start(simulate: Simulate, chunk: Chunk) -> tuple[Connection, _Worker]:
    context = multiprocessing.get_context("spawn")  # a fork would share whatever state the parent's libraries have
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(simulate, *chunk, sender), daemon=True)
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # inherited: Ctrl-C is for the parent alone
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    sender.close()  # so that the pipe ends with the process
    return receiver, _Worker(process, chunk[-1])


def _work(simulate: Simulate, events: int, seed: np.random.SeedSequence, part: Path, sender: Connection) -> None:
    """A worker's life: one chunk into the file `part`, a message after every event, all output into a log."""
    log = os.open(part.with_suffix(".log"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(log, 1)  # the descriptors: Geant4 writes past sys.stdout
    os.dup2(log, 2)
    try:
        arrays = simulate(events, seed, lambda: sender.send(None))
    except Exception:
        traceback.print_exc()
        sys.exit(1)
    hdf5.write(part, arrays, {"cpu_seconds": time.process_time()})


def _check(worker: _Worker) -> None:
    """Raise SimulationError unless the worker left its events; a bad exit code alone can be Geant4 crashing on exit."""
    worker.process.join()
    if not worker.part.exists():
        log, code = worker.part.with_suffix(".log"), worker.process.exitcode
        raise SimulationError(f"Geant4 stopped in chunk {worker.part.stem} with exit code {code}: {log} says why")
