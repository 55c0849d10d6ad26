"""The simulator beside LHCb's own simulation, as far as that is published; and the fit of its constants to it.

    python -m reproductions.rich_gan.validate         # prints the deviations, draws both beside each other
    python -m reproductions.rich_gan.validate --fit   # prints constants for detector.py

LHCb's numbers are in `published/`: quartiles of six samples of a million tracks, histograms of the muon sample.
"""

import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np

from reproductions.rich_gan import published
from reproductions.rich_gan.constants import DLLS, PARTICLES
from reproductions.rich_gan.data import informed, matrix, take
from zoo.cli import Parser, run

QUARTILES = (0.25, 0.5, 0.75)
PRIOR = 0.06  # how strongly a constant is held at its start, in deviations of the quartiles for a factor of e
STEP = 0.1  # relative, of the fit's differences
FACTOR = 3.0  # that a constant may change by
STEPS = 4


def compare(tracks: int, seed: int, constants=None) -> dict[str, dict]:
    """The quartiles (3, 5) of the DLLs of each species: "simulated", "published", their "error" and "deviation".

    The deviation is the difference in units of the published distance of the outer quartiles + 1.
    """
    found = {}
    for particle in PARTICLES:
        simulated = sample(particle, tracks, seed, constants)
        dlls = matrix(simulated)
        expected = published.quartiles(particle, DLLS)
        quartiles = np.quantile(dlls, QUARTILES, axis=0)
        blocks = [np.quantile(block, QUARTILES, axis=0) for block in np.array_split(dlls, 10)]
        found[particle] = {
            "simulated": quartiles,
            "error": np.std(blocks, axis=0, ddof=1) / np.sqrt(len(blocks)),
            "published": expected,
            "deviation": (quartiles - expected) / (expected[2] - expected[0] + 1),
            "uninformed": np.mean(~informed(simulated)),
            "uninformed_published": published.uninformed(particle),
        }
    return found


def sample(particle: str, tracks: int, seed: int, constants=None) -> dict[str, np.ndarray]:
    """Tracks by name, each (n,), with `constants` (None: the released ones)."""
    import tensorflow as tf

    from reproductions.rich_gan import detector, simulate

    given = tf.nest.map_structure(tf.constant, constants or detector.RELEASED)
    made = _made(particle, simulate.CHUNK)
    numbers = range(math.ceil(tracks / simulate.CHUNK))
    return take(simulate.joined(made(tf.constant([seed, number]), given) for number in numbers), slice(tracks))


@cache
def _made(particle, n):
    import tensorflow as tf

    from reproductions.rich_gan import detector, simulate

    @tf.function(autograph=False)
    def made(seed, constants):
        return simulate.arrays(particle, detector.tracks(particle, n, constants).sample(seed=seed), constants)

    return made


def marginals(number: int, seed: int) -> dict[str, dict]:
    """The DLLs of calibration muons, J/psi -> mu mu with sWeights, in the bins of the published distributions.

    {DLL: {"edges", "simulated", "published", "distance"}}: densities of tracks with RICH information, and the largest
    difference of the cumulative distributions at an edge.
    """
    from reproductions.rich_gan import simulate

    tracks = simulate.joined(simulate.generate("muon", number, seed, "calibration"))
    tracks = take(tracks, informed(tracks))
    found = {}
    for name in DLLS:
        edges, density = (np.array(published.read("muon_marginals")[name][key]) for key in ("edges", "density"))
        inside = np.clip(tracks[name], edges[0], edges[-1])  # the outermost bins hold all beyond
        counts = np.histogram(inside, edges, weights=tracks["weight"].astype(float))[0]
        shares = counts / counts.sum()
        distance = np.abs(np.cumsum(shares - density * np.diff(edges))).max()
        found[name] = {
            "edges": edges,
            "simulated": shares / np.diff(edges),
            "published": density,
            "distance": float(distance),
        }
    return found


def fit(tracks: int, seed: int):
    """Constants that bring the quartiles of all species nearest to the published ones, by least squares.

    The same random numbers are used throughout, and constants change by factors; a prior holds what the quartiles
    do not tell. Prints its steps.
    """
    from scipy.optimize import least_squares

    from reproductions.rich_gan.detector import Constants, Spread

    start = Constants()
    names = ("photons", "resolution", "scattering", "background")
    origin = np.array([*(getattr(r, name) for r in start.radiators for name in names), *start.spread, *start.lost])

    def constants(factors: np.ndarray) -> Constants:
        values = (origin * factors).tolist()
        radiators = tuple(
            r._replace(**dict(zip(names, values[4 * i : 4 * i + 4], strict=True)))
            for i, r in enumerate(start.radiators)
        )
        spread = Spread(*values[8:12])
        spread = spread._replace(hidden=min(spread.hidden, 0.99))
        return Constants(radiators, spread, tuple(min(x, 0.9) for x in values[12:]))

    def residuals(factors: np.ndarray) -> np.ndarray:
        found = compare(tracks, seed, constants(factors))
        return np.concatenate([*(one["deviation"].ravel() for one in found.values()), PRIOR * np.log(factors)])

    one = np.ones(len(origin))
    found = least_squares(residuals, one, bounds=(1 / FACTOR, FACTOR), diff_step=STEP, max_nfev=STEPS, verbose=2)
    before, after = (np.sqrt(np.mean(off[: -len(one)] ** 2)) for off in (residuals(one), found.fun))
    print(f"root mean square deviation of all species: {before:.4f} -> {after:.4f}")
    return constants(found.x)


def main() -> None:
    """Compare, or fit, from the command line."""
    parser = Parser(prog="python -m reproductions.rich_gan.validate", what=__doc__)
    parser.add_argument("--tracks", type=int, default=200_000, help="of each species (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="(%(default)s)")
    parser.add_argument("--out", type=Path, default=Path("runs/rich_gan_validation"), help="folder (%(default)s)")
    parser.add_argument("--fit", action="store_true", help="fit the constants instead")
    args = parser.parse_args()
    if args.fit:
        print(fit(args.tracks, args.seed))
        return
    from reproductions.rich_gan import figures

    found = compare(args.tracks, args.seed)
    print(format_table(found))
    for particle in PARTICLES:
        figures.validation(args.out / f"{particle}.png", particle, sample(particle, args.tracks, args.seed + 1))
    muons = marginals(args.tracks, args.seed)
    distances = ", ".join(f"{name} {one['distance']:.3f}" for name, one in muons.items())
    print(f"calibration muons, largest distance of cumulative distributions: {distances}")
    figures.marginals(args.out / "muon_marginals.png", muons)
    print(f"\nFigures are in {args.out}")


def format_table(found: Mapping[str, Mapping]) -> str:
    """Quartiles, simulated and published, as a page of text."""
    lines = [f"{'':19}" + "".join(f"{f'{q:.0%}':>22}" for q in QUARTILES) + "   simulated (published)"]
    for particle, one in found.items():
        for i, name in enumerate(DLLS):
            cells = (f"{one['simulated'][k, i]:.2f} ({one['published'][k, i]:.2f})" for k in range(3))
            lines.append(f"{particle:9} {name:9}" + "".join(f"{cell:>22}" for cell in cells))
        lines.append(
            f"{particle:9} no RICH information: {one['uninformed']:.2%} ({one['uninformed_published']:.2%}); "
            f"rms deviation {np.sqrt(np.mean(one['deviation'] ** 2)):.3f}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    run(main)
