"""geant4-pybind's names without its physics: boxes within boxes, and primaries that leave their energy along a line.

$FAKE_GEANT4 makes it fail like the real one: "offline" (tables cannot be downloaded), "crash" (the process dies in an
event), "give up" (the run ends early); "slow" takes 10 ms an event.
"""

import os
import random
import signal
import sys
import time
from collections import namedtuple
from types import SimpleNamespace
from urllib.error import URLError

MOOD = os.environ.get("FAKE_GEANT4")
if MOOD == "offline":
    raise ImportError("initialization failed") from URLError("no route to host")

G4VERSION_NUMBER = 1234
mm, cm, cm3, MeV, GeV, g, mole, kelvin, pascal = 1.0, 10.0, 1e3, 1.0, 1e3, 1.0, 1.0, 1.0, 1.0
universe_mean_density, kStateGas = 1e-25, "gas"
kXAxis, kYAxis, kZAxis = range(3)
fGeomBoundary, fUndefined, fAlive, fStopAndKill = "boundary", "anywhere", "alive", "killed"

commands = []  # given to Geant4's user interface
shots = []  # what the guns fired


G4ThreeVector = namedtuple("G4ThreeVector", "x y z")


class G4Box:
    def __init__(self, name, x, y, z):
        self.half = (x, y, z)


class G4Material:
    def __init__(self, name, *properties):
        self.name = name


class G4NistManager:
    @staticmethod
    def Instance():
        return SimpleNamespace(FindOrBuildMaterial=G4Material)


class G4LogicalVolume:
    def __init__(self, solid, material, name):
        self.half, self.material, self.name = solid.half, material, name
        self.daughters, self.detector = [], None

    def GetName(self):
        return self.name

    def SetSensitiveDetector(self, detector):
        self.detector = detector


class G4PVPlacement:
    def __init__(self, rotation, position, volume, name, mother, many, copy, check):
        self.volume, self.position, self.copy = volume, position, copy
        if mother:
            mother.daughters.append(self)

    def enter(self, point):
        """The copy number and the point within the daughter, or None."""
        local = [p - q for p, q in zip(point, self.position, strict=True)]
        return (self.copy, local) if _inside(self.volume, local) else None


class G4PVReplica:
    def __init__(self, name, volume, mother, axis, copies, width):
        self.volume, self.axis, self.copies, self.width = volume, axis, copies, width
        mother.daughters.append(self)

    def enter(self, point):
        start = -self.copies * self.width / 2
        copy = int((point[self.axis] - start) // self.width)
        local = list(point)
        local[self.axis] -= start + (copy + 0.5) * self.width
        return (copy, local) if 0 <= copy < self.copies and _inside(self.volume, local) else None


def _inside(volume, point):
    return all(abs(p) <= half for p, half in zip(point, volume.half, strict=True))


def locate(volume, point, copy=0):
    """[(volume, copy number), ...] around `point`, the innermost first, as Geant4 counts depth."""
    for daughter in volume.daughters:
        if found := daughter.enter(point):
            return locate(daughter.volume, found[1], found[0]) + [(volume, copy)]
    return [(volume, copy)]


class G4PSEnergyDeposit:
    def __init__(self, name, depth=0):
        self.name, self.depth, self.energy = name, depth, {}

    def index(self, path):
        return path[self.depth][1]

    def score(self, path, energy):
        index = self.index(path)
        self.energy[index] = self.energy.get(index, 0.0) + energy


class G4PSEnergyDeposit3D(G4PSEnergyDeposit):
    def __init__(self, name, ni, nj, nk, depi, depj, depk):
        super().__init__(name)
        self.shape, self.depths = (ni, nj, nk), (depi, depj, depk)

    def index(self, path):
        i, j, k = (path[depth][1] for depth in self.depths)
        return (i * self.shape[1] + j) * self.shape[2] + k


class G4MultiFunctionalDetector:
    def __init__(self, name):
        self.name, self.scorers = name, []

    def GetName(self):
        return self.name

    def RegisterPrimitive(self, scorer):
        self.scorers.append(scorer)


class G4SDManager:
    detectors = []

    @classmethod
    def GetSDMpointer(cls):
        return cls

    @classmethod
    def AddNewDetector(cls, detector):
        cls.detectors.append(detector)

    @classmethod
    def GetCollectionID(cls, name):
        names = [f"{detector.name}/{scorer.name}" for detector in cls.detectors for scorer in detector.scorers]
        return names.index(name)


class Event:
    def GetHCofThisEvent(self):
        return self

    def GetHC(self, identifier):
        return [scorer for detector in G4SDManager.detectors for scorer in detector.scorers][identifier].energy.items()


class G4VUserDetectorConstruction:
    pass


class G4VUserPrimaryGeneratorAction:
    pass


class G4UserEventAction:
    pass


class G4UserSteppingAction:
    pass


class StepPoint:
    def __init__(self, world, shot, length, status):
        flown = [q + length * d for q, d in zip(shot["position"], shot["direction"], strict=True)]
        self.shot, self.position, self.status = shot, G4ThreeVector(*flown), status
        ahead = [q + 1e-6 * d for q, d in zip(flown, shot["direction"], strict=True)]  # who enters is inside
        self.path = [SimpleNamespace(GetLogicalVolume=lambda one=one: one) for one, _ in locate(world, ahead)]

    def GetTouchable(self):
        return SimpleNamespace(GetHistoryDepth=lambda: len(self.path) - 1, GetVolume=lambda depth: self.path[depth])

    def GetStepStatus(self):
        return self.status

    def GetPosition(self):
        return self.position

    def GetMomentumDirection(self):
        return G4ThreeVector(*self.shot["direction"])

    def GetKineticEnergy(self):
        return self.shot["energy"]


class Step:
    """What is shot flies to the first volume of the world, or a metre without one, and changes nothing on its way."""

    def __init__(self, world, shot):
        far, fine = 0.0, 1.0
        while fine > 1e-9 and far < 1000:
            point = [q + (far + fine) * d for q, d in zip(shot["position"], shot["direction"], strict=True)]
            if len(locate(world, point)) == 1:
                far += fine
            else:
                fine /= 2
        end = fGeomBoundary if far < 1000 else fUndefined
        self.points = StepPoint(world, shot, 0.0, fUndefined), StepPoint(world, shot, far, end)
        self.status, self.particle = fAlive, shot["particle"]

    def GetPreStepPoint(self):
        return self.points[0]

    def GetPostStepPoint(self):
        return self.points[1]

    def GetTrack(self):
        return self

    def GetDefinition(self):
        return self

    def GetParticleName(self):
        return self.particle

    def SetTrackStatus(self, status):
        self.status = status


class G4ParticleTable:
    @staticmethod
    def GetParticleTable():
        return SimpleNamespace(FindParticle=lambda name: name)


class G4ParticleGun:
    def __init__(self, particles):
        self.shot = {}

    def SetParticleDefinition(self, particle):
        self.shot["particle"] = particle

    def SetParticleEnergy(self, energy):
        self.shot["energy"] = energy

    def SetParticlePosition(self, position):
        self.shot["position"] = position

    def SetParticleMomentumDirection(self, direction):
        self.shot["direction"] = direction

    def GeneratePrimaryVertex(self, event):
        event.shot = dict(self.shot)
        shots.append(event.shot)


class FTFP_BERT:
    pass


class G4UImanager:
    @staticmethod
    def GetUIpointer():
        return SimpleNamespace(ApplyCommand=commands.append)


class MixMaxRng(random.Random):
    pass


class G4Random:
    engine = None

    @classmethod
    def setTheEngine(cls, engine):
        cls.engine = engine


class G4RunManagerType:
    SerialOnly = "serial"


class RunManager:
    def __init__(self):
        self.parts = {}

    def SetUserInitialization(self, part):
        self.parts["physics" if isinstance(part, FTFP_BERT) else "detector"] = part

    def SetUserAction(self, action):
        kinds = {G4VUserPrimaryGeneratorAction: "gun", G4UserEventAction: "record", G4UserSteppingAction: "step"}
        (name,) = (name for kind, name in kinds.items() if isinstance(action, kind))
        self.parts[name] = action

    def Initialize(self):
        assert "physics" in self.parts
        assert [command for command in commands if command.startswith("/run/setCut")]
        self.world = self.parts["detector"].Construct().volume

    def BeamOn(self, events):
        print("noise" * 1000, flush=True)
        for number in range(events):
            if MOOD == "slow":
                time.sleep(0.01)
            if number == 2 and MOOD == "crash":
                print("*** Fatal Exception ***", file=sys.stderr, flush=True)
                os.kill(os.getpid(), signal.SIGKILL)
            if number == 2 and MOOD == "give up":
                return
            self.shoot(Event())

    def shoot(self, event):
        for detector in G4SDManager.detectors:
            for scorer in detector.scorers:
                scorer.energy = {}
        self.parts["gun"].GeneratePrimaries(event)
        if "step" not in self.parts or not self.stopped(event.shot):
            deposit(self.world, event.shot)
        self.parts["record"].EndOfEventAction(event)

    def stopped(self, shot):
        step = Step(self.world, shot)
        self.parts["step"].UserSteppingAction(step)
        return step.status == fStopAndKill


def deposit(world, shot, portions=16):
    """Leave the energy of `shot` in equal portions within 570 mm of its line of flight, 50 mm around it."""
    for _ in range(portions):
        length = G4Random.engine.uniform(0, 570)
        point = [
            q + d * length + G4Random.engine.gauss(0, 50) * (axis != kZAxis)
            for axis, (q, d) in enumerate(zip(shot["position"], shot["direction"], strict=True))
        ]
        score(world, point, shot["energy"] / portions)


def score(world, point, energy):
    """Tell the innermost volume around `point`, and no other, of the `energy` deposited there."""
    path = locate(world, point)
    if _inside(world, point) and path[0][0].detector:
        for scorer in path[0][0].detector.scorers:
            scorer.score(path, energy)


class G4RunManagerFactory:
    @staticmethod
    def CreateRunManager(kind):
        assert kind == G4RunManagerType.SerialOnly
        return RunManager()
