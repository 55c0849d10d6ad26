"""Top-pair events by Pythia 8: gg, qqbar -> t tbar -> (b q qbar')(bbar q qbar') at 14 TeV, leading order.

    python -m reproductions.top_pair_gan simulate --events 100000 --seed 1 --out events.h5

Parton level: no showers, no multiple interactions, no hadronisation. Tops and W bosons have Breit-Wigner masses. Each
top decays on its own, unpolarised: the spins of top and antitop are not correlated, unlike in MadGraph.
"""

from dataclasses import dataclass
from importlib.metadata import version

import numpy as np
from tqdm import tqdm

from reproductions.top_pair_gan.constants import arranged
from zoo import optional
from zoo.data import hdf5, simulation
from zoo.data.simulation import Simulation
from zoo.errors import InputError

LARGEST_SEED = 900_000_000  # Pythia's

SETTINGS = (
    "Beams:eCM = 14000",
    "Top:gg2ttbar = on",
    "Top:qqbar2ttbar = on",
    "PDF:pSet = 13",  # NNPDF2.3 QCD+QED LO, alpha_s 0.130, as in the MadGraph sample
    "PartonLevel:MPI = off",
    "PartonLevel:ISR = off",
    "PartonLevel:FSR = off",
    "HadronLevel:all = off",
    "BeamRemnants:primordialKT = off",
    # t -> b W; W -> u dbar, u sbar, c dbar, c sbar
    "6:onMode = off",
    "6:onIfMatch = 5 24",
    "24:onMode = off",
    "24:onIfMatch = 1 2",
    "24:onIfMatch = 2 3",
    "24:onIfMatch = 1 4",
    "24:onIfMatch = 3 4",
    # GeV
    "6:m0 = 173.0",
    "6:mMin = 100",
    "24:m0 = 80.419",
    "5:m0 = 4.7",
    *(f"{quark}:m0 = 0" for quark in (1, 2, 3, 4)),
)


def simulate(events: int, seed: int) -> tuple[dict[str, np.ndarray], dict[str, str | int | float]]:
    """`events` events as arrays p3 (n, 6, 3) in GeV and pdg (n, 6), and where they come from.

    The same seed gives the same events. Raises InputError for fewer than one event and for a seed that Pythia cannot
    take.
    """
    if events < 1:
        raise InputError(f"--events is {events}, expected at least 1")
    if not 0 < seed <= LARGEST_SEED:
        raise InputError(f"--seed is {seed}, expected 1 to {LARGEST_SEED}")
    with optional.needed("the simulation of top pairs"):
        import pythia8mc

    pythia = pythia8mc.Pythia("", False)
    for setting in ("Print:quiet = on", "Random:setSeed = on", f"Random:seed = {seed}", *SETTINGS):
        if not pythia.readString(setting):
            raise ValueError(f"Pythia does not know the setting {setting}")
    pythia.init()
    p3, pdg = np.empty((events, 6, 3), np.float32), np.empty((events, 6), np.int8)
    with tqdm(total=events, unit="event", desc="Pythia", mininterval=1) as progress:
        while progress.n < events:
            if not pythia.next():
                continue
            record = pythia.process
            final = [particle for particle in record if particle.isFinal()]
            identifiers = [particle.id() for particle in final]
            order = arranged(identifiers, [record[particle.mother1()].id() for particle in final])
            p3[progress.n] = [(final[i].px(), final[i].py(), final[i].pz()) for i in order]
            pdg[progress.n] = [identifiers[i] for i in order]
            progress.update()
    info = pythia.infoPython()
    attributes = {
        "generator": f"Pythia {version('pythia8mc')}",
        "seed": seed,
        "sigma_pb": 1e9 * info.sigmaGen(),
        "sigma_error_pb": 1e9 * info.sigmaErr(),
        "sqrt_s_tev": 14.0,
        "units": "p3 GeV",
    }
    return {"p3": p3, "pdg": pdg}, attributes


@dataclass(frozen=True, kw_only=True)
class Flags(simulation.Flags):
    """Events; a core makes 10,000 a second."""


def write(flags: Flags, command: str) -> str:
    """Write events to flags.out, which `reproductions.top_pair_gan.data.load` reads; what to tell the user."""
    arrays, attributes = simulate(flags.events, flags.seed)
    hdf5.write(flags.out, arrays, attributes | ({"command": command} if command else {}))
    return f"{flags.out}: {flags.events} events"


SIMULATION = Simulation(Flags, write)
