"""Showers in the layout of the 2019 school's data set (MLHEP): read, checked, split, and packed as a small sample.

| dataset          | shape       | unit                                                                |
|------------------|-------------|---------------------------------------------------------------------|
| EnergyDeposit    | (N, 30, 30) | MeV in the scintillator of each cell; with an axis of 1, too        |
| ParticleMomentum | (N, 3)      | GeV                                                                 |
| ParticlePoint    | (N, 3)      | mm, where the electron enters; only x and y are used, z may lack    |

in an HDF5 file (.h5) or in NumPy's .npz. A shower set is a dict: energy (n, 30, 30), momentum (n, 3), point (n, 2), all
float32.

`python -m reproductions.ecal_gan.data SOURCE --out FILE --events N` makes the samples in sample/: showers to train on,
and with --held-out-of others to judge all models by.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
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

ROWS = 30  # cells along an edge
CELL = 20.0  # mm
BEAM = 7000.0  # GeV, of the LHC: no particle has more
DEPTH = 120.0  # mm behind the front face: where showers have their centres on average
SAMPLE, HELD_OUT = (Path(__file__).parent / "sample" / name for name in ("electrons.h5", "held_out.h5"))
NAMES = {"EnergyDeposit": "energy", "ParticleMomentum": "momentum", "ParticlePoint": "point"}
FIRST_OF = 25_000  # so many showers has the file whose first ones are embedded
PARTS = {"train": 0.5, "validation": 0.1, "test": 0.4}
EMBEDDED = {"train": 0.9, "validation": 0.1}  # of the embedded sample, which has other showers to be judged by

FIELDS = (
    hdf5.Field("EnergyDeposit", (ROWS, ROWS), "MeV", minimum=0, maximum=1e3 * BEAM),
    hdf5.Field("ParticleMomentum", (3,), "GeV", minimum=-BEAM, maximum=BEAM),
    hdf5.Field("ParticlePoint", (3,), "mm"),
)
FORMS = {"EnergyDeposit": ((ROWS, ROWS, 1), (1, ROWS, ROWS)), "ParticlePoint": ((2,),)}  # as others write them
# Median over the file of deposit / energy of the electron. It is 0.14; another unit on one side reads 1000 times more
# or less.
LEAST_RESPONSE, LARGEST_RESPONSE = 0.01, 1.0
EMPTY = 0.001  # share of showers without any energy; Geant4 makes none (0 of 1,600), so that more were never written

MANTISSA_BITS = 8


def load(path: str | os.PathLike | None, events: int | None = None) -> Showers:
    """The first `events` showers (None: all) of the file `path`, or of the embedded sample if `path` is None.

    Raises InputError for everything that `zoo.data.hdf5.read` refuses, for an .npz that does not hold these arrays, for
    electrons that fly backwards, for units that are mixed up, and for showers that were never written.
    """
    path = Path(path) if path is not None else SAMPLE
    if path.suffix.lower() == ".npz":
        arrays = _read_npz(path, events)
    else:
        arrays = hdf5.read(path, _fields(hdf5.shapes(path)), events)
    showers = {NAMES[name]: values for name, values in arrays.items()}
    showers["energy"] = showers["energy"].reshape(-1, ROWS, ROWS)
    showers["point"] = showers["point"][:, :2]
    backwards = showers["momentum"][:, 2] <= 0
    if backwards.any():
        event = backwards.argmax()
        found = showers["momentum"][event, 2]
        raise InputError(f"{path}: ParticleMomentum[{event}, 2] is {found:g} GeV, expected a positive pz")
    deposit = showers["energy"].sum(axis=(1, 2), dtype=np.float64)
    response = np.median(deposit / beam_energy(showers["momentum"].astype(np.float64)) / 1000)
    if not LEAST_RESPONSE < response < LARGEST_RESPONSE:
        raise InputError(
            f"{path}: the median of deposit / energy is {response:.3g}, expected about 0.14: "
            "EnergyDeposit must be in MeV, ParticleMomentum in GeV"
        )
    empty = deposit == 0
    if empty.sum() > EMPTY * len(empty):
        raise InputError(
            f"{path}: {empty.sum()} of {len(empty)} showers have no energy at all, the first is shower "
            f"{empty.argmax()}: were they never written?"
        )
    return showers


def beam_energy(momentum: np.ndarray) -> np.ndarray:
    """The energy (n,) of electrons of `momentum` (n, 3), whose mass does not matter here; GeV."""
    return np.linalg.norm(momentum, axis=1)


def conditions(showers: Showers) -> Showers:
    """What a generator is asked for: momentum and point."""
    return {name: showers[name] for name in ("momentum", "point")}


def split(showers: Showers, seed: int, shares: Mapping[str, float] = PARTS) -> dict[str, Showers]:
    """Disjoint parts "train", "validation" and "test" of 50, 10 and 40 %, or of `shares`, shuffled by `seed`."""
    parts = split_indices(len(showers["point"]), tuple(shares.values()), seed)
    return {name: take(showers, part) for name, part in zip(shares, parts, strict=True)}


def parts_of(path: Path | None, events: int | None, seed: int) -> dict[str, Showers]:
    """Train, validation and test of the file `path`; of the embedded sample (None) the held-out one is the test.

    A copy is known by its attributes. `events` is how many showers of each file are used, by default all.
    """
    showers = load(path, events)
    copied = path is not None and path.suffix.lower() != ".npz" and hdf5.attributes(path) == hdf5.attributes(SAMPLE)
    if path is None or copied:
        return split(showers, seed, EMBEDDED) | {"test": load(HELD_OUT, events)}
    return split(showers, seed)


def held_out(card: Mapping[str, Any]) -> dict[str, Showers] | None:
    """The held-out sample as "test", if the model of `card` is one of those that it was made to judge, else None.

    "train", of which the shower library is made, is the whole embedded sample: the first showers of the file that all
    released models learnt from, or those that they began with. "learnt" are those that its split trained on.
    """
    if not sample_held_out.belongs(HELD_OUT, card):
        return None
    embedded = load(None)
    rows = split_indices(FIRST_OF, tuple(PARTS.values()), card["training"]["seed"])[0]
    learnt = take(embedded, rows[rows < len(embedded["point"])])
    return {"train": embedded, "learnt": learnt, "test": load(HELD_OUT)}


def flipped(energy: np.ndarray, signs: np.ndarray) -> np.ndarray:
    """Images (n, 30, 30) with x reversed where `signs[:, 0]` is -1, and y where `signs[:, 1]` is."""
    energy = energy.copy()
    for axis in (0, 1):
        chosen = signs[:, axis] < 0
        energy[chosen] = np.flip(energy[chosen], axis=1 + axis)
    return energy


def mirrored(batch: Showers, rng: np.random.Generator) -> Showers:
    """Each shower of `batch` mirrored in x, y, both or neither: the detector and the beam are symmetric."""
    signs = rng.choice(np.array([-1, 1], np.float32), (len(batch["point"]), 2))
    momentum = batch["momentum"] * np.column_stack([signs, np.ones(len(signs), np.float32)])
    return {"energy": flipped(batch["energy"], signs), "momentum": momentum, "point": batch["point"] * signs}


def pack(source: Path, out: Path, events: int, of: Sequence[str] = (), seed: int = 1) -> None:
    """Write the first showers of a file to a smaller one: energies keep 8 mantissa bits (0.2 %), so that they compress.

    The attributes of `source` are carried over. `of` are the SHA-256 of the files of models, trained with `seed`, that
    are to be judged by these showers, which are of another file. Raises InputError as `zoo.data.held_out.write` does.
    """
    arrays = hdf5.read(source, FIELDS, events)
    arrays["EnergyDeposit"] = round_mantissa(arrays["EnergyDeposit"], MANTISSA_BITS)
    packed = f"first {events} showers of {source.name}, energies rounded to {MANTISSA_BITS} mantissa bits"
    told = {**hdf5.attributes(source), "packed": packed}
    if of:
        sample_held_out.write(out, arrays, [{"name": source.name, **told}], of, seed)
    else:
        hdf5.write(out, arrays, told)


def _fields(shapes: Mapping[str, tuple[int, ...]]) -> list[hdf5.Field]:
    """What is expected of a file whose arrays have these `shapes`: one of the forms in which they are written."""
    return [
        replace(field, shape=shapes[field.name][1:])
        if shapes.get(field.name, ())[1:] in FORMS.get(field.name, ())
        else field
        for field in FIELDS
    ]


def _read_npz(path: Path, events: int | None) -> Showers:
    if path.is_dir():
        raise InputError(f"{path}: is a folder, expected an .npz file")
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    if events is not None and events < 1:
        raise InputError(f"{events} events of {path} were asked for, expected at least 1")
    try:
        with path.open("rb") as archive, np.load(archive, allow_pickle=False) as file:
            arrays = {name: file[name] for name in NAMES if name in file}
    except Exception as error:  # zip, zlib and NumPy raise a dozen kinds for damaged files
        words = " ".join(str(error).split())
        raise InputError(f"{path}: is truncated or not an .npz file of numbers ({words})") from error
    if len(arrays) < len(NAMES):
        missing = ", ".join(name for name in NAMES if name not in arrays)
        raise InputError(f"{path}: {missing} is missing, expected {', '.join(NAMES)}")
    fields = _fields({name: values.shape for name, values in arrays.items()})
    return hdf5.checked(path, {field: arrays[field.name] for field in fields}, events)


def main() -> None:
    """Pack a sample from the command line."""
    parser = Parser(
        prog="python -m reproductions.ecal_gan.data",
        what="Write the first showers of a file to a smaller one, to train on or, with --held-out-of, to judge by.",
        example="python -m reproductions.ecal_gan.data electrons.h5 --events 1000 --out sample.h5",
    )
    parser.add_argument("source", type=Path, help="HDF5 file of showers")
    parser.add_argument("--out", type=Path, required=True, help="HDF5 file to write")
    parser.add_argument("--events", type=int, required=True, help="how many showers to take")
    text = "SHA-256 of the files whose models are judged by it"
    parser.add_argument("--held-out-of", nargs="+", default=[], metavar="SHA256", help=text)
    parser.add_argument("--split-seed", type=int, default=1, metavar="N", help="of their trainings (1)")
    args = parser.parse_args()
    pack(args.source, args.out, args.events, args.held_out_of, args.split_seed)


if __name__ == "__main__":
    run(main)
