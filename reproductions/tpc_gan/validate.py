"""The simulator against detailed simulation: ``python -m reproductions.tpc_gan.validate digits.dat --out FOLDER``.

Prints the score of simulated responses to the segments of a file of real ones, and draws every moment against every
variable, both as mean and standard deviation.
"""

from pathlib import Path

import numpy as np

from reproductions.tpc_gan import data, evaluate, observables
from reproductions.tpc_gan.data import Events
from reproductions.tpc_gan.simulate import simulate
from zoo.cli import Parser, run
from zoo.errors import InputError

LEGEND = {"reference": "MPD", "generated": "simulator"}


def validate(events: Events, seed: int) -> tuple[Events, dict]:
    """Simulated responses to the segments of `events`, and how near they are; scores are means over five samples.

    {"score", "floor": of the simulator against itself at the same segments, "real": of one half of the events against
    the other, "profiles": the terms by moment and variable}. Raises InputError for fewer than a hundred events.
    """
    parameters = events["parameters"]
    if len(parameters) < evaluate.LEAST_EVENTS:
        raise InputError(f"{len(parameters)} events to validate with, expected at least {evaluate.LEAST_EVENTS}")
    samples = [{**events, "amplitude": simulate(parameters, seed + i)} for i in range(evaluate.REPEATS + 1)]
    terms = np.nansum(observables.profile_terms(samples[0], events), axis=(2, 3))
    return samples[0], {
        "score": evaluate.averaged([observables.score(sample, events) for sample in samples[1:]]),
        "floor": evaluate.averaged([observables.score(sample, samples[0]) for sample in samples[1:]]),
        "real": evaluate.averaged([_halves(events, seed + i) for i in range(evaluate.REPEATS)]),
        "profiles": {
            moment: dict(zip(observables.VARIABLES, map(float, row), strict=True))
            for moment, row in zip(observables.SCORED, terms, strict=True)
        },
    }


def main() -> None:
    """Validate from the command line."""
    parser = Parser(
        prog="python -m reproductions.tpc_gan.validate",
        what=__doc__,
        example="python -m reproductions.tpc_gan.validate digits.dat --out runs/validate",
    )
    parser.add_argument("source", type=Path, help="MPD's text file or HDF5 file of responses")
    parser.add_argument("--out", type=Path, default=Path("runs/validate"), help="folder of the figure (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the simulated responses (1)")
    args = parser.parse_args()
    events = data.load(args.source)
    simulated, found = validate(events, args.seed)
    print(f"{len(events['amplitude'])} segments, score of 950 terms")
    for name, label in (
        ("score", "simulator against the file"),
        ("floor", "simulator against itself, same segments"),
        ("real", "one half of the file against the other"),
    ):
        print(f"{label:<42}{found[name].value:6.0f} ± {found[name].uncertainty:.0f}")
    print(evaluate.format_profiles(found["profiles"]))

    from reproductions.tpc_gan import figures

    title = f"{len(events['amplitude'])} segments: mean and standard deviation"
    path = args.out / "simulator.png"
    sets = {"reference": events, "generated": simulated}
    figures.profiles(path, sets, figures.EVERY, len(observables.VARIABLES), title, LEGEND)
    print(f"\n{path}")


def _halves(events: Events, seed: int) -> float:
    one, other = np.array_split(np.random.default_rng(seed).permutation(len(events["amplitude"])), 2)
    return observables.score(data.take(events, one), data.take(events, other))


if __name__ == "__main__":
    run(main)
