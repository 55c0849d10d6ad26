"""Whole tracks: from helices to the digits of a TPC sector, segment by segment.

    python -m reproductions.tpc_gan.track tpc_gan --tracks 100 --seed 1

The sector's own coordinates: y from the beam axis outwards, across the pad rows; x along them, 0 in the middle; z along
the beam, from the central membrane (0) to the pads. A track starts at x = y = 0 and curls in the magnetic field.
"""

import argparse
import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from scipy.sparse import coo_array

from reproductions.tpc_gan import data
from reproductions.tpc_gan.constants import AT_ONCE, BUCKETS, MPD, PADS, PADS_IN_ROW, PT_RANGE, Detector
from reproductions.tpc_gan.simulate import digitise
from zoo.cli import Parser, run
from zoo.errors import InputError
from zoo.generator import Generator

FIELD = 0.5  # T, MPD's solenoid
RADIUS = 100 / 0.299792458  # cm of a helix's radius for each GeV of pT and T of field
FIRST_ROW = 40.3  # cm from the beam axis to the lower edge of the first row, MPD
DRIFT = 170.0  # cm from the membrane to the pads, MPD
SAMPLES = 512  # time buckets that are read out, MPD
SHAPE = MPD.rows, int(PADS_IN_ROW.max()), SAMPLES


class Segments(NamedTuple):
    """What tracks leave in rows: `parameters` (n, 6) as `simulate.PARAMETERS`, and the number of the `track` (n,)."""

    parameters: np.ndarray
    track: np.ndarray


def segments(tracks: Mapping[str, np.ndarray], detector: Detector = MPD) -> Segments:
    r"""The segments of tracks in the 53 rows of a sector.

    `tracks` holds, each (n,) or one for all: pt (GeV), charge (+-1), azimuth (degrees, of the track at its start, from
    y towards x), dip_angle (degrees, from the plane of the pads, > 0 towards them), z (cm, of the start). With
    kappa = charge / R the direction at the row at height y is

    .. math:: \sin\phi = \sin\phi_0 + \kappa y, \quad x = (\cos\phi_0 - \cos\phi) / \kappa, \quad
              z = z_0 + (\phi - \phi_0) \tan(\mathrm{dip}) / \kappa

    and phi is the crossing angle. A track ends at the row it does not reach, at the sector's sides, at the membrane and
    at the pads. Raises InputError for names that are missing or unknown, lengths that differ and values without sense.
    """
    pt, charge, azimuth, dip, z = _checked(tracks)
    kappa = charge * FIELD / (RADIUS * pt)
    y = centres(detector)
    start = np.radians(azimuth)[:, None]
    sine = np.sin(start) + kappa[:, None] * y
    with np.errstate(invalid="ignore"):  # the arc sine of rows that are not reached is NaN, and compares as False
        direction = np.arcsin(sine)
    x = (np.cos(start) - np.cos(direction)) / kappa[:, None]
    at = z[:, None] + (direction - start) / kappa[:, None] * np.tan(np.radians(dip))[:, None]
    pad = x / detector.pad_width + PADS_IN_ROW / 2 - 0.5
    there = (pad >= 0) & (pad <= PADS_IN_ROW - 1) & (at > 0) & (at < DRIFT)
    there = np.logical_and.accumulate(there, axis=1)
    track, row = np.nonzero(there)
    columns = (
        np.degrees(direction[there]),
        dip[track],
        (DRIFT - at[there]) / detector.bucket,
        pad[there],
        row,
        pt[track],
    )
    return Segments(np.column_stack(columns).astype(np.float32), track)


def centres(detector: Detector = MPD) -> np.ndarray:
    """The heights y of the middles of the rows, cm from the beam axis."""
    heights = detector.height(np.arange(detector.rows))
    return FIRST_ROW + np.cumsum(heights) - heights / 2


def place(parameters: np.ndarray, amplitude: np.ndarray) -> coo_array:
    """Responses (n, 8, 16) of segments with `parameters` (n, 6) in the sector, (53, 124, 512), sparse, ADC counts.

    Amplitudes that fall on the same pad and time bucket are added; what falls beside pads or samples is lost.
    """
    values = amplitude.ravel()
    digit = np.flatnonzero(values)
    segment, cell = np.divmod(digit, len(PADS) * len(BUCKETS))
    row, first_pad, first_bucket = (np.floor(parameters[:, i]).astype(np.int64)[segment] for i in (4, 3, 2))
    pad, bucket = first_pad + PADS[cell // len(BUCKETS)], first_bucket + BUCKETS[cell % len(BUCKETS)]
    inside = (pad >= 0) & (pad < PADS_IN_ROW[row]) & (bucket >= 0) & (bucket < SAMPLES)
    # Into a whole sector, of which only places with digits take memory: faster than sorting the places.
    sector = np.zeros(math.prod(SHAPE), np.float32)
    np.add.at(sector, ((row * SHAPE[1] + pad) * SAMPLES + bucket)[inside], values[digit[inside]])
    place = np.flatnonzero(sector)
    return coo_array((sector[place], np.unravel_index(place, SHAPE)), shape=SHAPE)


def sample_track(generator: Generator, seed: int = 0, **tracks) -> coo_array:
    """The digits of tracks in a sector: a sparse array (53 rows, 124 pads, 512 time buckets) of ADC counts, int16.

    `tracks` are the keywords of `segments`, numbers or arrays. The generator is called once, for all segments of all
    tracks; amplitudes that overlap are added before the ADC rounds and saturates. The same seed gives the same digits.
    Segments beyond the generator's training warn. Raises InputError as `segments` does.

    >>> sample_track(zoo.load("tpc_gan"), pt=0.5, charge=1, azimuth=-3, dip_angle=20, z=0)  # doctest: +SKIP
    """
    parameters = segments(tracks).parameters
    asked = data.asked(generator, parameters)
    digits = place(parameters, generator.sample(len(parameters), seed, batch_size=AT_ONCE, **asked)["amplitude"])
    counts = digitise(digits.data)
    kept = counts > 0
    return coo_array((counts[kept], tuple(index[kept] for index in digits.coords)), shape=SHAPE)


def random_tracks(n: int, seed: int) -> dict[str, np.ndarray]:
    """`n` tracks through the middle of the sector, as keywords of `segments`: log-uniform pT from 0.7 to 2.5 GeV.

    Their segments are in the ranges of the generators' training.
    """
    rng = np.random.default_rng(seed)
    return {
        "pt": np.exp(rng.uniform(np.log(0.7), np.log(PT_RANGE[1]), n)),
        "charge": rng.choice([-1.0, 1.0], n),
        "azimuth": rng.uniform(-4, 4, n),
        "dip_angle": rng.uniform(0, 48, n),
        "z": rng.uniform(10, 20, n),
    }


def arguments(prog: str, what: str | None, tracks: int, seed: int, least: int = 1) -> argparse.Namespace:
    """The model, tracks and seed of a program about random tracks, with these defaults; at least `least` tracks."""
    parser = Parser(prog=prog, what=what)
    parser.add_argument("model", metavar="NAME_OR_PATH", help="a name that `python -m zoo list` shows, or a folder")
    parser.add_argument("--tracks", type=int, default=tracks, help="how many, of random momenta (%(default)s)")
    parser.add_argument("--seed", type=int, default=seed, help="of the tracks and their responses (%(default)s)")
    args = parser.parse_args()
    if args.tracks < least or args.seed < 0:
        raise InputError(f"--tracks is {args.tracks} and --seed {args.seed}, expected at least {least} and 0")
    return args


def main() -> None:
    """Put random tracks into a sector from the command line."""
    args = arguments("python -m reproductions.tpc_gan.track", __doc__, tracks=100, seed=0)

    import zoo

    tracks = random_tracks(args.tracks, args.seed)
    digits = sample_track(zoo.load(args.model), args.seed, **tracks)
    crossed = len(segments(tracks).track)
    print(f"{args.tracks} tracks, {crossed} segments: {digits.nnz} digits, the largest {digits.data.max(initial=0)}")


def _checked(tracks: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    names = ("pt", "charge", "azimuth", "dip_angle", "z")
    if set(tracks) != set(names):
        raise InputError(f"tracks have {', '.join(sorted(tracks)) or 'nothing'}, expected {', '.join(names)}")
    try:
        values = np.broadcast_arrays(*(np.atleast_1d(np.asarray(tracks[name], float)) for name in names))
    except (TypeError, ValueError) as error:
        raise InputError(f"tracks are not numbers of equal lengths ({error})") from error
    limits = {"pt": (0.01, 1000), "charge": (-1, 1), "azimuth": (-80, 80), "dip_angle": (-85, 85), "z": (-1000, 1000)}
    for name, value in zip(names, values, strict=True):
        low, high = limits[name]
        wrong = ~((value >= low) & (value <= high)) | ((name == "charge") & (np.abs(value) != 1))
        if wrong.any():
            expected = "-1 or 1" if name == "charge" else f"{low:g} to {high:g}"
            raise InputError(f"{name} is {value[wrong][0]:g}, expected {expected}")
    return list(values)


if __name__ == "__main__":
    run(main)
