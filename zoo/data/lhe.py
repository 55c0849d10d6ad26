"""Events in the Les Houches format (hep-ph/0609017), which every event generator and `pylhe` read."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from zoo.data.files import atomic
from zoo.errors import InputError

if TYPE_CHECKING:
    import pylhe

INCOMING, OUTGOING, DECAYED = -1, 1, 2  # status codes
FLAVOURLESS, UNPOLARISED = "0 0", 9  # no colour flow, and a spin that nobody knows
CHUNK = 10_000  # events formatted at a time
# How compressed files begin, and what reads them.
OPENERS: dict[bytes, Callable[..., Any]]
OPENERS = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\x00": lzma.open}
COMPRESSIONS = (".gz", ".bz2", ".xz")
DAMAGE = (OSError, EOFError, zlib.error, lzma.LZMAError)  # what they raise where a file is damaged
LONGEST = 1 << 20  # bytes of a line
# 1.5D+03 and, where three digits of an exponent left no room for its letter, 1.5-103.
FORTRAN = re.compile(r"(?<=[\d.])[dD](?=[+-]?\d)|(?<=[\d.])(?=[+-]\d{3}$)")


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


def recognised(path: str | os.PathLike) -> bool:
    """Whether a file is a Les Houches file: by its name, .lhe or .lhef perhaps compressed, or by how it begins."""
    path = Path(path)
    name = path.with_suffix("") if path.suffix.lower() in COMPRESSIONS else path
    if name.suffix.lower() in (".lhe", ".lhef"):
        return True
    try:
        with _open(path) as file:
            return file.read(64).lstrip().startswith(b"<")
    except DAMAGE:
        return False


def read(path: str | os.PathLike) -> Iterator[pylhe.LHEEvent]:
    """The events of the file `path`, plain or compressed by gzip, bzip2 or xz, one by one.

    As generators write them: several files one behind the other (of the same beams), blank lines, Fortran's exponents,
    and any blocks and comments behind the particles, which are passed over.

    Raises InputError, naming the file and the event, for a file that is missing or not LHE, or breaks off.
    """
    import pylhe  # a second, and only to read

    path = Path(path)
    if path.is_dir():
        raise InputError(f"{path}: is a folder, expected an LHE file")
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    number = 0
    try:
        with _open(path) as file:
            for info, *particles in _events(_lines(file)):
                yield pylhe.LHEEvent(
                    eventinfo=_parsed(pylhe.LHEEventInfo, info),
                    particles=[_parsed(pylhe.LHEParticle, row) for row in particles],
                )
                number += 1
    except (ValueError, OverflowError, *DAMAGE) as error:
        words = str(error).replace("\n", " ")
        raise InputError(f"{path}: event {number} cannot be read, expected an LHE file ({words})") from error


def _open(path: Path) -> IO[bytes]:
    with path.open("rb") as file:
        start = file.read(8)
    for beginning, opener in OPENERS.items():
        if start.startswith(beginning):
            return opener(path, "rb")
    return path.open("rb")


def _lines(file: IO[bytes]) -> Iterator[str]:
    """The lines, without what is commented out and without the blank ones; tags stand on lines of their own."""
    comment = False
    while line := file.readline(LONGEST):
        if len(line) == LONGEST:
            raise ValueError("a line is longer than a megabyte")
        text = line.decode("utf-8", "replace")
        if "<!--" in text or comment:
            text, comment = _uncommented(text, comment)
        if "<" in text:
            for part in re.split(r"(?=<)|(?<=>)", text):
                if part := part.strip():
                    yield part
        elif text := text.strip():
            yield text


def _uncommented(text: str, comment: bool) -> tuple[str, bool]:
    """`text` without comments, given whether it begins in one, and whether it ends in one."""
    kept = ""
    while text:
        before, mark, text = text.partition("-->" if comment else "<!--")
        kept += "" if comment else before
        comment = comment != bool(mark)
    return kept, comment


def _events(lines: Iterator[str]) -> Iterator[list[str]]:
    """The rows of each event: that of the event as a whole, then its particles."""
    opened, beams = False, None
    for line in lines:
        if _tag(line) == "LesHouchesEvents" and not opened:
            opened = True
        elif _tag(line) == "/LesHouchesEvents" and opened:
            opened = False
        elif not opened and not line.startswith("<?xml"):
            raise ValueError(f"'{line[:40]}' stands where <LesHouchesEvents> should")
        elif _tag(line) == "header":
            _skip(lines, "/header")
        elif _tag(line) == "init":
            found = [float(FORTRAN.sub("e", word)) for word in _row(lines).split()[:4]]
            if beams not in (None, found):
                raise ValueError(f"from here the beams are {found}, expected {beams} as before")
            beams = found
            _skip(lines, "/init")
        elif _tag(line) == "event":
            if beams is None:
                raise ValueError("there is no <init> before it")
            yield _event(lines)
    if opened:
        raise ValueError("the file breaks off before </LesHouchesEvents>")
    if beams is None:
        raise ValueError("the file holds no <init>")


def _event(lines: Iterator[str]) -> list[str]:
    rows = [_row(lines)]
    particles = int(float(rows[0].split()[0]))
    for line in lines:
        if line[0] in "<#":
            break
        if len(rows) > particles:
            raise ValueError(f"it has more than the {particles} particles that it says")
        rows.append(line)
    else:
        raise ValueError("the file breaks off within it")
    if len(rows) <= particles:
        raise ValueError(f"it has {len(rows) - 1} particles and says {particles}")
    if _tag(line) != "/event":
        _skip(lines, "/event")
    return rows


def _skip(lines: Iterator[str], tag: str) -> None:
    for line in lines:
        if _tag(line) == tag:
            return
        if _tag(line) in ("event", "LesHouchesEvents", "/LesHouchesEvents"):
            break
    raise ValueError(f"the file breaks off before <{tag}>")


def _tag(line: str) -> str | None:
    return re.split(r"[\s>]", line[1:], maxsplit=1)[0] if line.startswith("<") else None


def _row(lines: Iterator[str]) -> str:
    return next((line for line in lines if not line.startswith("#")), "the end")


def _parsed(kind: Any, row: str) -> Any:
    """`row` as the class `kind` of pylhe."""
    try:
        return kind.fromstring(row)
    except (ValueError, IndexError):
        try:
            return kind.fromstring(" ".join(FORTRAN.sub("e", word) for word in row.split()))
        except IndexError as error:
            raise ValueError(f"'{row[:40]}' has too few numbers") from error


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
