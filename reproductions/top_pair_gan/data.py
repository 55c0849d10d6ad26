"""Top-pair events: read, checked, split, and made by Pythia on first use.

An HDF5 file of events:

| dataset | shape     | unit                                                    |
|---------|-----------|---------------------------------------------------------|
| p3      | (N, 6, 3) | GeV: px, py, pz of the six partons, in the order SLOTS  |
| pdg     | (N, 6)    | PDG identifiers of the partons; may lack                |

A Les Houches event file (.lhe or .lhef, perhaps .gz, .bz2 or .xz) must hold unweighted events with the tops and W
bosons as intermediate particles.

An event set is the array p3 (n, 6, 3), float32: energies follow from the masses.

`python -m reproductions.top_pair_gan.data SOURCE --out FILE --events N` makes the sample in sample/;
`--skip-others` leaves out the events of a Les Houches file that are not this process; `--hold-out` takes the events
that a training held out by its split, and makes the sample that released models are judged by.
"""

import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from reproductions.top_pair_gan.constants import IDENTIFIERS, MASSES, SLOTS, arranged
from zoo.cli import Parser, run
from zoo.data import first_use, hdf5, lhe
from zoo.data import held_out as sample_held_out
from zoo.data.files import round_mantissa, sha256
from zoo.data.splits import split as split_indices
from zoo.errors import InputError
from zoo.observables import four_vectors

SIMULATED = 1_250_000  # events of the default sample, so that 80 % are the paper's million of training events
SAMPLE = Path(__file__).parent / "sample" / "mg5.h5"

HELD_OUT = Path(__file__).parent / "sample" / "held_out.h5"
FRACTIONS = (0.8, 0.1, 0.1)  # train, validation, test

P3 = hdf5.Field("p3", (6, 3), "GeV")
PDG = hdf5.Field("pdg", (6,), "", optional=True)
MASS_TOLERANCE = 0.01  # GeV between a mass in an LHE file and ours
MEDIANS = ((("W+", "W-"), 80.4, slice(1, 3)), (("t", "tbar"), 173.0, slice(0, 3)))  # GeV, and which slots they decay to
MEDIAN_TOLERANCE = 5.0  # GeV; the medians of a thousand events are within 0.2
EVENT_TOLERANCE = 40.0  # GeV, of a single event
# GeV, of any event. Among 300,000 of Pythia's, whose Breit-Wigners have no cutoff, W have 13 to 199 and t 100 to 1206.
EXTREMES = {"W": (5.0, 500.0), "t": (50.0, 5000.0)}
WEIGHT_TOLERANCE = 1e-5  # relative; what the rounding of printed numbers makes
SKIP = "python -m reproductions.top_pair_gan.data --skip-others leaves such events out"

MANTISSA_BITS = 14


def load(path: str | os.PathLike | None, events: int | None = None, skip_others: bool = False) -> np.ndarray:
    """The first `events` events (None: all) of the file `path`, or of Pythia's sample if `path` is None: p3 (n, 6, 3).

    Pythia's sample has `events` (None: 1,250,000) events. It is made on first use and kept in the user's cache.
    Raises InputError for what `zoo.data.hdf5.read` and `zoo.data.lhe.read` refuse, for an event that is not
    t tbar -> (b q qbar')(bbar q qbar'), and for momenta in another unit or order than `SLOTS`. With `skip_others` the
    events of a Les Houches file that are another process are left out, and their number is printed.
    """
    path = source(path, events)
    if lhe.recognised(path):
        p3 = _read_lhe(path, events, skip_others)
    else:
        arrays = hdf5.read(path, (P3, PDG), events)
        p3 = arrays["p3"]
        if "pdg" in arrays:
            _check_identifiers(path, arrays["pdg"])
    _check_resonances(path, p3)
    return p3


def source(path: str | os.PathLike | None, events: int | None = None) -> Path:
    """The file that `load` reads; Pythia's sample is made if it is not there yet.

    A smaller sample is the beginning of a larger one: Pythia draws event after event.
    """
    if path is not None:
        return Path(path)

    def make(path: Path) -> None:
        from reproductions.top_pair_gan.simulate import Flags, write

        print(write(Flags(out=path, events=number, seed=1), command=""))

    number = events or SIMULATED
    what = f"{number:,} top pairs by Pythia ({max(1, round(number / 5000 / 60))} min)"
    return first_use.made(f"top_pair_pythia_{number}.h5", make, what)


def split(events: np.ndarray, seed: int) -> dict[str, np.ndarray]:
    """Disjoint parts "train", "validation" and "test" of 80, 10 and 10 %, shuffled by `seed`."""
    parts = split_indices(len(events), FRACTIONS, seed)
    return {name: events[part] for name, part in zip(("train", "validation", "test"), parts, strict=True)}


def held_out(card: Mapping[str, Any]) -> dict[str, np.ndarray] | None:
    """Events to judge the model of `card` by, from this folder alone; None if it may have learnt from them.

    "test" is the held-out sample, "train" and "validation" the embedded events that its training knew as these.
    """
    if not sample_held_out.belongs(HELD_OUT, card):
        return None
    told, embedded = hdf5.attributes(HELD_OUT), load(SAMPLE)
    train, validation, _ = split_indices(int(told["split_events"]), FRACTIONS, int(told["split_seed"]))
    known = {
        name: embedded[part[part < len(embedded)]] for name, part in (("train", train), ("validation", validation))
    }
    return {**known, "test": load(HELD_OUT)}


def hold_out(source: Path, out: Path, seed: int) -> None:
    """Write the events of the file `source` that a training on it with this `seed` held out, rounded as in `pack`."""
    events = load(source)
    rows = np.sort(split_indices(len(events), FRACTIONS, seed)[-1])
    origin = {"name": source.name, "taken": "test part of its split", **hdf5.attributes(source)}
    arrays = {"p3": round_mantissa(events[rows], MANTISSA_BITS)}
    sample_held_out.write(out, arrays, [origin], [sha256(source)], seed, split_events=len(events))


def pack(source: Path, out: Path, events: int | None, skip_others: bool = False) -> None:
    """Write the first events of a file to a smaller one: momenta keep 14 mantissa bits (2e-5), so that they compress.

    The attributes of `source` are carried over, of a Les Houches file its name and hash.
    """
    p3 = round_mantissa(load(source, events, skip_others), MANTISSA_BITS)
    packed = f"first {len(p3)} events of {source.name}, momenta rounded to {MANTISSA_BITS} mantissa bits"
    origin = {"sha256": sha256(source)} if lhe.recognised(source) else hdf5.attributes(source)
    hdf5.write(out, {"p3": p3}, {**origin, "packed": packed})


def _read_lhe(path: Path, events: int | None, skip_others: bool) -> np.ndarray:
    if events is not None and events < 1:
        raise InputError(f"{events} events of {path} were asked for, expected at least 1")
    momenta: list[list] = []
    first = None
    skipped = 0
    for number, event in enumerate(lhe.read(path)):
        if len(momenta) == events:
            break
        first = event.eventinfo.weight if first is None else first
        _check_weight(path, number, event.eventinfo.weight, first)
        try:
            momenta.append(_partons(event))
        except InputError as error:
            if not skip_others:
                raise InputError(f"{path}: event {number} {error} ({SKIP})") from error
            skipped += 1
    if skipped:
        print(f"{path}: left out {skipped} of {len(momenta) + skipped} events, which are another process")
    if len(momenta) < (events or 1):
        raise InputError(f"{path}: holds {len(momenta)} events, expected at least {events or 1}")
    with np.errstate(over="ignore"):
        p3 = np.array(momenta, np.float32)
    if not np.isfinite(p3).all():
        number = np.argmin(np.isfinite(p3).all(axis=(1, 2)))
        raise InputError(f"{path}: event {number} has a momentum that is not finite, expected GeV")
    return p3


def _check_weight(path: Path, number: int, weight: float, first: float) -> None:
    if not 0 < first < math.inf:
        raise InputError(f"{path}: event 0 has the weight {first:g}, expected a positive number")
    if not abs(weight - first) <= WEIGHT_TOLERANCE * first:
        found = f"event {number} has the weight {weight:.9g}, event 0 has {first:.9g}"
        raise InputError(f"{path}: {found}, expected equal weights")


def _partons(event) -> list[list[float]]:
    particles = event.particles
    final = [particle for particle in particles if particle.status == 1]
    mothers = [particles[p.mother1 - 1].id if 0 < p.mother1 <= len(particles) else 0 for p in final]
    partons = [final[i] for i in arranged([particle.id for particle in final], mothers)]
    for slot, parton, expected in zip(SLOTS, partons, MASSES, strict=True):
        if not abs(parton.m - expected) < MASS_TOLERANCE:
            raise InputError(f"has a {slot} of mass {parton.m:g} GeV, expected {expected:g}")
    return [[parton.px, parton.py, parton.pz] for parton in partons]


def _check_identifiers(path: Path, pdg: np.ndarray) -> None:
    for slot, (name, allowed) in enumerate(zip(SLOTS, IDENTIFIERS, strict=True)):
        wrong = ~np.isin(pdg[:, slot], allowed)
        if wrong.any():
            event = wrong.argmax()
            expected = " or ".join(map(str, allowed))
            raise InputError(f"{path}: event {event} has the {name} {pdg[event, slot]:g}, expected {expected}")


def _check_resonances(path: Path, p3: np.ndarray) -> None:
    partons = four_vectors.on_shell(p3, MASSES)
    tolerance = max(MEDIAN_TOLERANCE, EVENT_TOLERANCE / math.sqrt(len(p3)))
    masses = {}
    for names, expected, decay in MEDIANS:
        for name, daughters in ((names[0], partons[:, decay]), (names[1], partons[:, 3:][:, decay])):
            masses[name] = four_vectors.mass(daughters.sum(axis=1))
            median = np.median(masses[name])
            if not abs(median - expected) <= tolerance:
                raise InputError(
                    f"{path}: the median mass of the {name} is {median:.4g}, expected {expected:g} GeV: "
                    f"the momenta are in another unit, or the partons in another order than {', '.join(SLOTS)}"
                )
    for name, values in masses.items():
        low, high = EXTREMES[name[0]]
        wrong = ~((values >= low) & (values <= high))
        if wrong.any():
            event = wrong.argmax()
            raise InputError(
                f"{path}: event {event} has a {name} of mass {values[event]:.4g} GeV, expected {low:g} to {high:g}"
            )


def main() -> None:
    """Pack a sample from the command line."""
    parser = Parser(
        prog="python -m reproductions.top_pair_gan.data",
        what=pack.__doc__,
        example="python -m reproductions.top_pair_gan.data events.lhe.gz --out events.h5",
    )
    parser.add_argument("source", type=Path, help="HDF5 or Les Houches file of events")
    parser.add_argument("--out", type=Path, required=True, help="HDF5 file to write")
    parser.add_argument("--events", type=int, help="how many events to take (all)")
    parser.add_argument("--skip-others", action="store_true", help="leave out the events of another process")
    parser.add_argument("--hold-out", type=int, metavar="SEED", help="take what a training with this seed held out")
    args = parser.parse_args()
    if args.hold_out is not None:
        hold_out(args.source, args.out, args.hold_out)
    else:
        pack(args.source, args.out, args.events, args.skip_others)


if __name__ == "__main__":
    run(main)
