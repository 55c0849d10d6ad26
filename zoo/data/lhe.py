"""Events in the Les Houches format (hep-ph/0609017), which every event generator and `pylhe` read."""

from __future__ import annotations

import gzip
import os
import warnings
import zlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from zoo.data.files import atomic
from zoo.errors import InputError

if TYPE_CHECKING:
    import pylhe

INCOMING, OUTGOING, DECAYED = -1, 1, 2  # status codes
FLAVOURLESS, UNPOLARISED = "0 0", 9  # no colour flow, and a spin that nobody knows
CHUNK = 10_000  # events formatted at a time
# What pylhe, XML and gzip raise where a file is damaged.
DAMAGE = (ValueError, IndexError, AttributeError, OSError, EOFError, RuntimeError, zlib.error, Warning)


class Particle(NamedTuple):
    """A row of every event: PDG number, status, and the first and last mother as rows counted from 1 (0: none)."""

    pdg: int
    status: int
    mothers: tuple[int, int] = (0, 0)


class Beam(NamedTuple):
    """PDG number and energy in GeV."""

    pdg: int
    energy: float


def write(
    path: str | os.PathLike,
    particles: Sequence[Particle],
    p4: np.ndarray,
    masses: ArrayLike,
    *,
    beams: tuple[Beam, Beam],
    cross_section: tuple[float, float] = (0.0, 0.0),
    header: Mapping[str, object] | None = None,
) -> None:
    """Write unweighted events that all hold the same `particles`; the file appears when complete.

    Arguments:
        path: the file.
        particles: the k rows of an event.
        p4: (n, k, 4), (E, px, py, pz) in GeV.
        masses: (k,) or (n, k) in GeV; told by the caller, since E^2 - p^2 forgets the mass of a fast particle.
        beams: the two that collide.
        cross_section: value and uncertainty in pb; 0 where there is none, as for events of a network.
        header: what else is known about the events, a line each.

    Raises InputError for shapes that do not fit and numbers that are not finite.
    """
    p4 = np.asarray(p4)
    if p4.ndim != 3 or p4.shape[1:] != (len(particles), 4):
        raise InputError(f"{path}: four-momenta have shape {p4.shape}, expected (n, {len(particles)}, 4)")
    try:
        masses = np.broadcast_to(np.asarray(masses), p4.shape[:2])
    except ValueError as error:
        raise InputError(f"{path}: masses have shape {np.shape(masses)}, expected {p4.shape[1:2]}") from error
    # px, py, pz, E, m: the order of a row
    rows = np.concatenate([p4[..., 1:], p4[..., :1], masses[..., None]], axis=2)
    if not np.isfinite(rows).all():
        event, particle, _ = np.argwhere(~np.isfinite(rows))[0]
        raise InputError(f"{path}: particle {particle} of event {event} is not finite, expected GeV")
    notes = "".join(f"{name}: {value}\n" for name, value in (header or {}).items())
    if "<" in notes:
        raise InputError(f"{path}: the header holds '<', expected text without tags")
    event = _template(particles)
    with atomic(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        file.write(f'<LesHouchesEvents version="3.0">\n<header>\n{notes}</header>\n')
        file.write(_init(beams, cross_section))
        for start in range(0, len(rows), CHUNK):
            chunk = rows[start : start + CHUNK]
            file.write(event * len(chunk) % tuple(chunk.ravel().tolist()))
        file.write("</LesHouchesEvents>\n")


def read(path: str | os.PathLike) -> Iterator[pylhe.LHEEvent]:
    """The events of the file `path`, plain or gzipped, one by one.

    Raises InputError, naming the file and the event, for a file that is missing or not LHE.
    """
    import pylhe  # a second, and only to read

    path = Path(path)
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    with (gzip.open if path.suffix == ".gz" else open)(path, "rb") as file:
        events: Iterator[pylhe.LHEEvent] | None = None
        for number in count():
            try:
                # pylhe only warns of XML that breaks off, and ends.
                with warnings.catch_warnings():
                    warnings.simplefilter("error", RuntimeWarning)
                    events = iter(pylhe.LHEFile.frombuffer(file).events) if events is None else events
                    event = next(events, None)
            except DAMAGE as error:
                raise InputError(f"{path}: event {number} cannot be read, expected an LHE file ({error})") from error
            if event is None:
                return
            yield event


def _init(beams: tuple[Beam, Beam], cross_section: tuple[float, float]) -> str:
    # No parton densities (0); strategy 3: all weights are 1; one process, number 1, with its cross section.
    numbers, energies = " ".join(str(beam.pdg) for beam in beams), " ".join(f"{beam.energy:.10e}" for beam in beams)
    value, uncertainty = cross_section
    return f"<init>\n{numbers} {energies} 0 0 0 0 3 1\n{value:.10e} {uncertainty:.10e} 1.0 1\n</init>\n"


def _template(particles: Sequence[Particle]) -> str:
    """An event with places for (px, py, pz, E, m) of each particle; scale and couplings are unknown (-1)."""
    lines = [f"{len(particles)} 1 1.0 -1 -1 -1"]
    for pdg, status, mothers in particles:
        lines.append(f"{pdg} {status} {mothers[0]} {mothers[1]} {FLAVOURLESS}" + " %.12e" * 5 + f" 0 {UNPOLARISED}")
    return "<event>\n" + "\n".join(lines) + "\n</event>\n"
