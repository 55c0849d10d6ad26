"""Showers in the file layout of the CaloGAN paper: read, checked, split, joined, and packed as a small sample.

The layout (arXiv:1705.02355; Mendeley Data, doi 10.17632/pvn3xc3wy5.1), one HDF5 file for each particle:

| dataset  | shape       | unit                                                               |
|----------|-------------|--------------------------------------------------------------------|
| energy   | (N, 1)      | GeV, kinetic energy of the incoming particle, 1 to 100             |
| layer_0  | (N, 3, 96)  | MeV, absorber and gap                                              |
| layer_1  | (N, 12, 12) | MeV                                                                |
| layer_2  | (N, 12, 6)  | MeV                                                                |
| overflow | (N, 3)      | MeV deposited beside the cells of each layer; not used, may lack   |

A shower set is a dict: energy (n,) in GeV, layer_0, layer_1, layer_2 as above in MeV, all float32.

`python -m reproductions.calogan.data pack SOURCE --out FILE --events N` makes the samples in sample/, `hold-out` those
that the released models never saw, `beyond` those above their energies (sample/README.md has the commands);
`python -m reproductions.calogan.data join SOURCES --out FILE --seed 1` makes one file of several, `fetch` downloads the
authors' 100,000 of each particle.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from zoo.cli import Parser, run
from zoo.data import hdf5
from zoo.data import held_out as sample_held_out
from zoo.data.files import round_mantissa
from zoo.data.splits import split as split_indices
from zoo.data.splits import take
from zoo.errors import InputError

Showers = dict[str, np.ndarray]

PARTICLES = ("eplus", "gamma", "piplus")
SHAPES = {"layer_0": (3, 96), "layer_1": (12, 12), "layer_2": (12, 6)}
SAMPLE = Path(__file__).parent / "sample"

ENERGY = hdf5.Field("energy", (1,), "GeV", minimum=1e-3)
LAYERS = tuple(hdf5.Field(name, shape, "MeV", minimum=0) for name, shape in SHAPES.items())
OVERFLOW = hdf5.Field("overflow", (3,), "MeV", minimum=0, optional=True)

# GeV: ten times the paper's range. Any set of 1 to 100 GeV showers given in MeV has energies above it.
LARGEST_ENERGY = 1000
# Median over the file of deposits / energy. It is 0.99 for e+ and gamma, 0.26 for pi+; a pion that only ionises leaves
# least: of 17,500 pi+ 99.9 % are above 0.0032, so that even a file of one shower passes. Layers in GeV, or both in one
# unit, read 1000 times smaller, below 0.001; layers in keV, or energies in TeV, 1000 times larger, above 3.2.
LEAST_DEPOSIT = 0.002
LARGEST_DEPOSIT = 2

# Of a single shower: no shower of our 28,500 deposits more than 1.07 of its energy.
LARGEST_SHOWER = 10
# Which share of showers may have nothing in a layer, or in all of them; more were never written. Of 28,500 of Geant4's
# none leaves nothing, one (a pi+) nothing in layer 1, none nothing in layer 0. Layer 2 is empty for 2.4 % of the e+ of
# 1 to 100 GeV, and often below.
EMPTY = {"layer_0, layer_1 and layer_2": 0.001, "layer_0": 0.01, "layer_1": 0.01, "layer_2": 0.9}

MANTISSA_BITS = 10
FRACTIONS = (0.8, 0.1, 0.1)  # train, validation, test
ASKED = 10_000  # energies of the showers that are compared with a held-out sample
RANGE = (1.0, 100.0)  # GeV, in which they are uniform, as in the paper's files and ours


def load(path: str | os.PathLike | None, particle: str, events: int | None = None) -> Showers:
    """The first `events` showers (None: all) of the file `path`, or of the embedded sample if `path` is None.

    Raises InputError for everything that `zoo.data.hdf5.read` refuses, negative energies among it, for units that are
    mixed up, for showers that were never written, all cells 0 where Geant4 leaves energy, and for a file whose
    attribute `particle` is not `particle`.
    """
    if particle not in PARTICLES:
        raise InputError(f"there is no particle '{particle}', expected one of {', '.join(PARTICLES)}")
    path = Path(path) if path is not None else SAMPLE / f"{particle}.h5"
    held = hdf5.attributes(path).get("particle", particle)
    if held != particle:
        raise InputError(f"{path}: holds showers of {held}, expected {particle}")
    showers = _read(path, (ENERGY, *LAYERS), events)
    return {**showers, "energy": showers["energy"][:, 0]}


def split(showers: Showers, seed: int) -> dict[str, Showers]:
    """Disjoint parts "train", "validation" and "test" of 80, 10 and 10 %, shuffled by `seed`."""
    parts = split_indices(len(showers["energy"]), FRACTIONS, seed)
    return {name: take(showers, part) for name, part in zip(("train", "validation", "test"), parts, strict=True)}


def held_out(particle: str, card: Mapping[str, Any]) -> dict[str, Showers] | None:
    """Showers to judge the model of `card` by, from this folder alone; None if it may have learnt from them.

    "test" is the held-out sample, "train" and "validation" are the embedded showers that its training knew as these.
    They are few: "asked" has energies to generate at, uniform as those of the training. "beyond" are showers above its
    energies.
    """
    path = SAMPLE / f"held_out_{particle}.h5"
    if not sample_held_out.belongs(path, card):
        return None
    told = hdf5.attributes(path)
    embedded = load(None, particle)
    parts = split_indices(int(told["split_events"]), FRACTIONS, int(told["split_seed"]))
    known = {
        name: take(embedded, part[part < len(embedded["energy"])])
        for name, part in zip(("train", "validation"), parts, strict=False)
    }
    asked = np.random.default_rng(int(told["split_seed"])).uniform(*RANGE, ASKED).astype(np.float32)
    more = {"asked": {"energy": asked}, "beyond": load(SAMPLE / f"beyond_{particle}.h5", particle)}
    return {**known, "test": load(path, particle), **more}


def in_gev(showers: Showers) -> Showers:
    """Showers as the networks see them: images in GeV, one column of energies and of particles."""
    return {name: values / 1000.0 if name in SHAPES else values[:, None] for name, values in showers.items()}


def pack(source: Path, out: Path, events: int) -> None:
    """Write the first showers of a file to a smaller one: deposits keep 10 mantissa bits, so that they compress.

    The attributes of `source` are carried over. Cells > 0 stay > 0, for the sparsity counts them. Raises InputError as
    `load` does, and for an `out` that exists.
    """
    _refuse_existing(out)
    showers = _read(source, (ENERGY, *LAYERS, OVERFLOW), events)
    deposits = {name: round_mantissa(values, MANTISSA_BITS) for name, values in showers.items() if name != "energy"}
    packed = f"first {events} events of {source.name}, deposits rounded to {MANTISSA_BITS} mantissa bits"
    hdf5.write(out, {"energy": showers["energy"], **deposits}, {**hdf5.attributes(source), "packed": packed})


def hold_out(full: Path, more: Sequence[Path], out: Path, of: Sequence[str], seed: int) -> None:
    """Write what the training held out of the file `full`, and all of the files `more` that no training saw.

    `of` are the SHA-256 of the training files, of whose events those of `full` are the first and were split by `seed`.
    Deposits are rounded as in `pack`. Raises InputError as `load` and `zoo.data.held_out.write` do.
    """
    first = _read(full, (ENERGY, *LAYERS), None)
    total = len(first["energy"])
    rows = np.sort(split_indices(total, FRACTIONS, seed)[-1])
    files = [take(first, rows), *(_read(path, (ENERGY, *LAYERS), None) for path in more)]
    told = ["test part of its split", *["all"] * len(more)]
    origins = [
        {"name": path.name, "events": len(showers["energy"]), "taken": what, **hdf5.attributes(path)}
        for path, showers, what in zip((full, *more), files, told, strict=True)
    ]
    particle = hdf5.attributes(full)["particle"]
    sample_held_out.write(out, _rounded(files), origins, of, seed, split_events=total, particle=particle)


def beyond(sources: Sequence[Path], out: Path) -> None:
    """Write the showers of several files of one particle, one behind the other, deposits rounded as in `pack`.

    Raises InputError as `load` does, for an `out` that exists and for files of several particles.
    """
    _refuse_existing(out)
    origins = [{"name": path.name, **hdf5.attributes(path)} for path in sources]
    if len(particles := {str(one["particle"]) for one in origins}) > 1:
        raise InputError(f"{out}: the files hold showers of {' and '.join(sorted(particles))}, expected one particle")
    files = [_read(path, (ENERGY, *LAYERS), None) for path in sources]
    hdf5.write(out, _rounded(files), {"origins": origins, "particle": particles.pop()})


def _rounded(files: Sequence[Showers]) -> Showers:
    showers = {name: np.concatenate([one[name] for one in files]) for name in files[0]}
    deposits = {name: round_mantissa(showers[name], MANTISSA_BITS) for name in SHAPES}
    return {"energy": showers["energy"], **deposits}


def join(sources: Sequence[Path], out: Path, seed: int) -> None:
    """Write the showers of several files of one particle to one file, whose split by `seed` is made of their splits.

    A model trained on one of them with that seed goes on with them all, and what was held out remains so, but for a
    shower or two that rounding moves to the next part. The attribute `joined` has the sources' names, numbers of events
    and attributes; what lies beside the cells (overflow) is left out. Raises InputError as `load` does, for
    files of several particles, for a file given twice, for an `out` that exists and for a negative seed.
    """
    if seed < 0:
        raise InputError(f"seed is {seed}, expected at least 0")
    _refuse_existing(out)
    if len(set(map(Path.resolve, sources))) < len(sources):
        raise InputError(f"{', '.join(map(str, sources))}: one file is given twice, expected different ones")
    origins = [hdf5.attributes(source) for source in sources]
    particles = {origin["particle"] for origin in origins if "particle" in origin}  # the authors' files do not say it
    if len(particles) > 1:
        raise InputError(f"{', '.join(map(str, sources))}: hold showers of {' and '.join(sorted(particles))}, not one")
    files = [_read(source, (ENERGY, *LAYERS), None) for source in sources]
    counts = [len(showers["energy"]) for showers in files]
    showers = {name: np.concatenate([showers[name] for showers in files]) for name in files[0]}
    parts = [
        [first + part for part in split_indices(count, FRACTIONS, seed)]
        for first, count in zip(np.cumsum([0, *counts[:-1]]), counts, strict=True)
    ]
    order = np.concatenate([part for of_all in zip(*parts, strict=True) for part in of_all])
    rows = np.argsort(np.concatenate(split_indices(len(order), FRACTIONS, seed)))  # so that the split restores `order`
    history = [
        {"name": source.name, "events": count, **origin}
        for source, count, origin in zip(sources, counts, origins, strict=True)
    ]
    attributes: dict[str, Any] = {"joined": history}
    if particles:
        attributes["particle"] = particles.pop()
    hdf5.write(out, take(showers, order[rows]), attributes)


def _refuse_existing(out: Path) -> None:
    if out.exists():
        raise InputError(f"{out}: exists, expected a new file")


def _read(path: Path, fields: Sequence[hdf5.Field], events: int | None) -> Showers:
    showers = hdf5.read(path, fields, events)
    energy = showers["energy"][:, 0]
    if energy.max() > LARGEST_ENERGY:
        raise InputError(f"{path}: energy[{energy.argmax()}] is {energy.max():g}: looks like MeV, expected GeV")
    deposits = sum(showers[name].sum(axis=(1, 2), dtype=np.float64) for name in SHAPES)
    fraction = np.median(deposits / (1000 * energy))
    if not LEAST_DEPOSIT < fraction < LARGEST_DEPOSIT:
        layers = "empty" if fraction == 0 else "like GeV" if fraction < LEAST_DEPOSIT else "like keV"
        raise InputError(
            f"{path}: layer_0, layer_1 and layer_2 add up to {fraction:.2g} of the energy (median): "
            f"they look {layers}, expected MeV, with energy in GeV"
        )
    most = (deposits / energy).argmax()
    if deposits[most] > 1000 * LARGEST_SHOWER * energy[most]:
        found = f"{deposits[most]:.4g} MeV in its cells, {energy[most]:.4g} GeV of energy"
        raise InputError(f"{path}: shower {most} has {found}, expected at most {LARGEST_SHOWER} times as much")
    _refuse_unwritten(path, showers)
    return showers


def _refuse_unwritten(path: Path, showers: Showers) -> None:
    empty: dict[str, Any] = {name: ~showers[name].any(axis=(1, 2)) for name in SHAPES}
    empty = {"layer_0, layer_1 and layer_2": np.logical_and.reduce(list(empty.values())), **empty}
    for name, where in empty.items():
        if where.sum() > EMPTY[name] * len(where):
            raise InputError(
                f"{path}: {where.sum()} of {len(where)} showers have nothing in {name}, the first is shower "
                f"{where.argmax()}: were they never written? Expected at most {100 * EMPTY[name]:g} %"
            )


def main() -> None:
    """Make files of showers from the command line."""
    from reproductions.calogan.authors import fetch

    parser = Parser(
        prog="python -m reproductions.calogan.data",
        what="Make files of showers.",
        example="python -m reproductions.calogan.data join a.h5 b.h5 --out eplus.h5",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    packing = commands.add_parser("pack", help="the first showers of a file, rounded", what=pack.__doc__)
    packing.set_defaults(command=pack)
    packing.add_argument("source", type=Path, help="HDF5 file of showers")
    packing.add_argument("--out", type=Path, required=True, help="HDF5 file to write")
    packing.add_argument("--events", type=int, required=True, help="how many showers to take")
    joining = commands.add_parser("join", help="several files as one", what=join.__doc__)
    joining.set_defaults(command=join)
    joining.add_argument("sources", type=Path, nargs="+", help="HDF5 files of showers of one particle")
    joining.add_argument("--out", type=Path, required=True, help="HDF5 file to write")
    joining.add_argument("--seed", type=int, default=1, help="seed of the split that is kept (%(default)s)")
    holding = commands.add_parser("hold-out", help="what no training saw", what=hold_out.__doc__)
    holding.set_defaults(command=hold_out)
    holding.add_argument("full", type=Path, help="HDF5 file of showers whose first part was trained on")
    holding.add_argument("--more", type=Path, nargs="*", default=[], help="HDF5 files of showers of another seed")
    holding.add_argument("--of", nargs="+", required=True, help="SHA-256 of the files that were trained on")
    holding.add_argument("--seed", type=int, default=1, help="seed of their split (%(default)s)")
    holding.add_argument("--out", type=Path, required=True, help="HDF5 file to write")
    above = commands.add_parser("beyond", help="several files, one behind the other", what=beyond.__doc__)
    above.set_defaults(command=beyond)
    above.add_argument("sources", type=Path, nargs="+", help="HDF5 files of showers of one particle")
    above.add_argument("--out", type=Path, required=True, help="HDF5 file to write")
    fetching = commands.add_parser("fetch", help="the authors' public showers", what=fetch.__doc__)
    fetching.set_defaults(command=fetch)
    fetching.add_argument("--out", type=Path, default=Path("runs/authors"), help="folder to write to (%(default)s)")
    text = "of which particles (all)"
    fetching.add_argument("--particle", nargs="+", choices=PARTICLES, default=PARTICLES, help=text)
    args = vars(parser.parse_args())
    command = args.pop("command")
    command(**args)


if __name__ == "__main__":
    run(main)
