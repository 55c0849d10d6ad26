"""Top-pair events as a Les Houches file, from a model or an HDF5 file.

    python -m reproductions.top_pair_gan.lhe top_pair_gan --events 100000 --seed 1 --out events.lhe

Flavours are not generated: every W+ decays to u dbar, every W- to d ubar, and the pair comes from two gluons.
"""

import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from reproductions.top_pair_gan.constants import MASSES
from reproductions.top_pair_gan.data import load
from zoo.cli import Parser, run
from zoo.data.files import check_writable
from zoo.data.lhe import DECAYED, INCOMING, OUTGOING, Beam, Particle, recognised
from zoo.data.lhe import write as write_lhe
from zoo.errors import InputError
from zoo.observables import four_vectors

PROTON = Beam(2212, 7000.0)
# g g -> t tbar -> (b W+ -> u dbar)(bbar W- -> d ubar); mothers are counted from 1.
PARTICLES = (
    Particle(21, INCOMING),
    Particle(21, INCOMING),
    Particle(6, DECAYED, (1, 2)),
    Particle(-6, DECAYED, (1, 2)),
    Particle(24, DECAYED, (3, 3)),
    Particle(-24, DECAYED, (4, 4)),
    Particle(5, OUTGOING, (3, 3)),
    Particle(2, OUTGOING, (5, 5)),
    Particle(-1, OUTGOING, (5, 5)),
    Particle(-5, OUTGOING, (4, 4)),
    Particle(1, OUTGOING, (6, 6)),
    Particle(-2, OUTGOING, (6, 6)),
)


def write(path: str | os.PathLike, p3: np.ndarray, header: Mapping[str, object] | None = None) -> None:
    """Write events of momenta (n, 6, 3) in GeV, in the order of `constants.SLOTS`, with weights 1; exact to 12 digits.

    The gluons fly along the beam and balance energy and longitudinal momentum; what the partons have across the beam,
    nothing in truth and little in a good generator, is not balanced.
    """
    partons = four_vectors.on_shell(p3, MASSES)
    tops, bosons = partons.reshape(-1, 2, 3, 4).sum(axis=2), partons.reshape(-1, 2, 3, 4)[:, :, 1:].sum(axis=2)
    pair = tops.sum(axis=1)
    gluons = np.zeros((len(p3), 2, 4))
    for i, sign in enumerate((1, -1)):
        gluons[:, i, 0] = (pair[:, 0] + sign * pair[:, 3]) / 2
        gluons[:, i, 3] = sign * gluons[:, i, 0]
    p4 = np.concatenate([gluons, tops, bosons, partons], axis=1)
    masses = np.concatenate(
        [np.zeros((len(p3), 2)), *map(four_vectors.mass, (tops, bosons)), np.tile(MASSES, (len(p3), 1))], axis=1
    )
    write_lhe(path, PARTICLES, p4, masses, beams=(PROTON, PROTON), header=header)


def main() -> None:
    """Write a file from the command line."""
    parser = Parser(prog="python -m reproductions.top_pair_gan.lhe", what=__doc__)
    parser.add_argument("source", help="name or folder of a model, or a file of events")
    parser.add_argument("--events", type=int, help="how many (1000 of a model, all of a file)")
    parser.add_argument("--seed", type=int, default=0, help="of a model's events (0)")
    parser.add_argument("--out", type=Path, required=True, help="LHE file to write")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing file")
    args = parser.parse_args()
    if args.out.exists() and not args.overwrite:
        raise InputError(f"{args.out}: exists already (--overwrite replaces it)")
    check_writable(args.out)
    if args.source.lower().endswith((".h5", ".hdf5")) or recognised(args.source):
        p3, header = load(args.source, args.events), {"source": Path(args.source).name}
    else:
        import zoo

        generator = zoo.load(args.source)
        p3 = generator.sample(1000 if args.events is None else args.events, args.seed)["p4"][..., 1:]
        header = {"generator": generator.name, "seed": str(args.seed)}
    write(args.out, p3, header)
    print(f"{args.out}: {len(p3)} events")


if __name__ == "__main__":
    run(main)
