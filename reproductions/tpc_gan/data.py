"""Pad-row responses: read, checked, split, and simulated on first use.

An HDF5 file of responses, as `simulate.py` writes it:

| dataset    | shape      |                                                                                   |
|------------|------------|-----------------------------------------------------------------------------------|
| parameters | (N, 6)     | crossing and dip angle in degrees, drift length in time buckets, pad coordinate in |
|            |            | pads, pad row, pT in GeV                                                          |
| amplitude  | (N, 8, 16) | ADC counts of pads -3 to 4 and time buckets -7 to 8, about the integer parts of   |
|            |            | pad coordinate and drift length                                                   |

A text file of MPD has two lines an event, "params:" with the six numbers and then triples pad, time bucket, amplitude;
the second is empty if there are none.

An event set is a dict {"parameters", "amplitude"} of such arrays, float32; amplitudes below the threshold are 0.

`python -m reproductions.tpc_gan.data SOURCE.dat --out FILE.h5` turns text into HDF5.
"""

import os
from pathlib import Path

import numpy as np

from reproductions.tpc_gan.constants import BUCKETS, MPD, PADS, PARAMETERS
from reproductions.tpc_gan.simulate import Flags, write
from zoo.cli import Parser, run
from zoo.data import first_use, hdf5
from zoo.data.files import sha256
from zoo.data.splits import split as split_indices
from zoo.data.splits import take
from zoo.errors import InputError
from zoo.generator import Generator

Events = dict[str, np.ndarray]

SIMULATED = 27_500  # events of the default sample, so that the paper's 20,000 are trained on
HELD_OUT = 2_500  # events that judge: the size for which the paper's score is known
TRAINED = 0.8  # share of all others that is trained on; the rest validates
SAMPLE = Path(__file__).parent / "sample" / "simulated.h5"

FIELDS = (
    hdf5.Field("parameters", (len(PARAMETERS),), ""),
    hdf5.Field("amplitude", (len(PADS), len(BUCKETS)), "ADC counts", minimum=0.0, maximum=1e6),
)
LIMITS: dict[str, tuple[float, float]]
LIMITS = {"crossing_angle": (-89, 89), "dip_angle": (-89, 89), "drift_length": (0, 1000), "pad_coordinate": (0, 1000)}
LIMITS |= {"pad_row": (0, MPD.rows - 1), "pt": (0.01, 1000)}
# ADC counts: median over the file of each event's largest amplitude. It is 76 and 94 in MPD's files, 73 and 95 in ours.
LEAST_PEAK, LARGEST_PEAK = 5, 5000
WITHOUT_DIGITS = 0.2  # share of events that may have none; MPD's and ours (13,600 in four samples) all have some
HDF5 = (".h5", ".hdf5")
EMPTY = "holds no events, expected pairs of lines: 'params: ...' and triples of pad, time bucket, amplitude"


def load(path: str | os.PathLike | None, events: int | None = None, six: bool = False) -> Events:
    """The first `events` (None: all) of the file `path`, or of the simulator's sample if `path` is None.

    The simulator's sample is made on first use and kept in the user's cache; with `six` it has all rows and many pT.
    Raises InputError for what `zoo.data.hdf5.read` refuses, for text that is not MPD's, for digits outside the window,
    and for parameters that no segment has.
    """
    path = source(path, six)
    found = hdf5.read(path, FIELDS, events) if path.suffix.lower() in HDF5 else _read_text(path, events)
    _check(path, found["parameters"])
    amplitude = np.where(found["amplitude"] < MPD.threshold, 0, found["amplitude"])
    _check_amplitudes(path, amplitude)
    return {"parameters": found["parameters"], "amplitude": amplitude}


def source(path: str | os.PathLike | None, six: bool = False) -> Path:
    """The file that `load` reads; the simulator's sample is made if it is not there yet.

    It is made whole: segments are drawn together, so that fewer would be others.
    """
    if path is not None:
        return Path(path)

    def make(path: Path) -> None:
        print(write(Flags(out=path, events=SIMULATED, seed=1, six=six), command=""))  # the cards know the hash without

    name = f"tpc_{'six_' if six else ''}simulated_{SIMULATED}.h5"
    return first_use.made(name, make, f"{SIMULATED:,} responses of pad rows (half a minute)")


def split(events: Events, seed: int) -> dict[str, Events]:
    """Disjoint parts "train", "validation" and "test", shuffled by `seed`.

    2,500 events are for the test, at most half; 80 % of all others train.
    """
    n = len(events["amplitude"])
    rest = 1 - min(HELD_OUT, n // 2) / n
    parts = split_indices(n, (TRAINED * rest, (1 - TRAINED) * rest, 1 - rest), seed)
    return {name: take(events, part) for name, part in zip(("train", "validation", "test"), parts, strict=True)}


def asked(generator: Generator, parameters: np.ndarray) -> dict[str, np.ndarray]:
    """What `generator` asks of segments with `parameters` (n, 6): those that it knows, by name.

    Raises InputError for a model of other events, which asks for something else.
    """
    known = dict(zip(PARAMETERS, parameters.T, strict=True))
    if not set(generator.conditions) <= set(known):
        raise InputError(f"{generator.name}: asks for {', '.join(generator.conditions)}, expected a model of pad rows")
    return {name: known[name] for name in generator.conditions}


def conditions(parameters: np.ndarray, six: bool = False) -> dict[str, np.ndarray]:
    """The columns of `parameters` (n, 6) by name, (n,) each, as a generator takes them: four or, with `six`, all."""
    return dict(zip(PARAMETERS if six else PARAMETERS[:4], parameters.T, strict=False))


def pack(path: Path, out: Path) -> None:
    """Write the events of a text file as HDF5, which is faster to read and knows where its events come from."""
    attributes = {
        "generator": f"{path.name}, MPD's detailed simulation",
        "sha256": sha256(path),
        "licence": "MPD's public events, which state no licence",
    }
    hdf5.write(out, load(path), attributes)


def _read_text(path: Path, events: int | None) -> Events:
    if events is not None and events < 1:
        raise InputError(f"{events} events of {path} were asked for, expected at least 1")
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is neither HDF5 (.h5) nor text") from error
    pairs = _pairs(path, lines)
    if not pairs:
        raise InputError(f"{path}: {EMPTY}")
    number = len(pairs) if events is None else events
    if number > len(pairs):
        raise InputError(f"{path}: holds {len(pairs)} events, expected at least {number}")
    parameters = np.empty((number, len(PARAMETERS)), np.float32)
    amplitude = np.zeros((number, len(PADS), len(BUCKETS)), np.float32)
    for event, (first, second) in enumerate(pairs[:number]):
        try:
            parameters[event] = _parameters(first)
            pads, buckets, values = _digits(second, parameters[event])
        except InputError as error:
            raise InputError(f"{path}: event {event} {error}") from error
        np.add.at(amplitude[event], (pads, buckets), values)
    return {"parameters": parameters, "amplitude": amplitude}


def _pairs(path: Path, lines: list[str]) -> list[tuple[str, str]]:
    """The two lines of each event; between events there may be blank ones."""
    pairs: list[tuple[str, str]] = []
    remaining = iter(lines)
    for first in remaining:
        if first.strip():
            second = next(remaining, None)
            if second is None:
                raise InputError(f"{path}: event {len(pairs)} has one line, expected a second with its digits")
            pairs.append((first, second))
    return pairs


def _parameters(line: str) -> np.ndarray:
    first, *words = line.split()
    if first != "params:" or len(words) != len(PARAMETERS):
        expected = f"'params:' and the {len(PARAMETERS)} numbers {', '.join(PARAMETERS)}"
        raise InputError(f"begins '{line.strip()[:40]}', expected {expected}")
    return _numbers(words)


def _digits(line: str, parameters: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    words = line.split()
    if len(words) % 3:
        raise InputError(f"has {len(words)} numbers of digits, expected triples of pad, time bucket, amplitude")
    pad, bucket, values = _numbers(words).reshape(-1, 3).T
    if (pad % 1).any() or (bucket % 1).any():
        raise InputError("has a digit between pads or time buckets, expected whole numbers")
    largest = FIELDS[1].maximum
    if (values < 0).any() or (values > largest).any():
        wrong = values[(values < 0) | (values > largest)][0]
        raise InputError(f"has an amplitude of {wrong:g}, expected 0 to {largest:g}")
    positions = []
    for name, coordinate, position, window in (
        ("pad", pad, parameters[3], PADS),
        ("time bucket", bucket, parameters[2], BUCKETS),
    ):
        inside = coordinate - np.floor(position) - window[0]
        outside = (inside < 0) | (inside >= len(window))
        if outside.any():
            low, high = np.floor(position) + window[[0, -1]]
            wrong = coordinate[outside][0]
            raise InputError(f"has a digit in {name} {wrong:g}, outside the window of {low:g} to {high:g}")
        positions.append(inside.astype(int))
    return positions[0], positions[1], values


def _numbers(words: list[str]) -> np.ndarray:
    try:
        numbers = np.array(words, float)
    except ValueError as error:
        raise InputError(f"holds what is not a number ({error})") from error
    wrong = ~(np.abs(numbers) < np.finfo(np.float32).max)
    if wrong.any():
        raise InputError(f"holds {numbers[wrong][0]:g}, expected finite numbers")
    return numbers


def _check(path: Path, parameters: np.ndarray) -> None:
    for i, (name, (low, high)) in enumerate(LIMITS.items()):
        wrong = (parameters[:, i] < low) | (parameters[:, i] > high)
        if wrong.any():
            event = wrong.argmax()
            raise InputError(f"{path}: event {event} has {name} {parameters[event, i]:g}, expected {low} to {high}")


def _check_amplitudes(path: Path, amplitude: np.ndarray) -> None:
    peaks = amplitude.max(axis=(1, 2))
    empty = peaks == 0
    if empty.sum() > WITHOUT_DIGITS * len(empty):
        raise InputError(
            f"{path}: {empty.sum()} of {len(empty)} events have no amplitude of {MPD.threshold:g} ADC count, the first "
            f"is event {empty.argmax()}: were they never written, or in another unit?"
        )
    median = np.median(peaks[~empty])
    if not LEAST_PEAK < median < LARGEST_PEAK:
        raise InputError(
            f"{path}: the largest amplitude of an event is {median:.4g} (median), expected about 80 ADC counts"
        )


def main() -> None:
    """Pack text from the command line."""
    parser = Parser(
        prog="python -m reproductions.tpc_gan.data",
        what=pack.__doc__,
        example="python -m reproductions.tpc_gan.data digits.dat --out digits.h5",
    )
    parser.add_argument("source", type=Path, help="text file of MPD")
    parser.add_argument("--out", type=Path, required=True, help="HDF5 file to write")
    args = parser.parse_args()
    pack(args.source, args.out)


if __name__ == "__main__":
    run(main)
