"""Does a generator trained on calibration channels hold where it is used? On the tracks of B -> K* mu mu.

    python -m reproductions.rich_gan --recipe rich_gan_muon_calibration    # J/psi -> mu mu, with sWeights
    python -m reproductions.rich_gan.stability runs/rich_gan_muon_calibration --beside rich_gan_muon_plus

The calibration sample has P > 3 GeV and cuts on pT; the tracks of the decay of interest have all of phase space. What
another seed of the training makes as well is the sample's, and what a model of the whole spectrum (--beside) makes as
well is not. Prints what fails, and writes a figure.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from reproductions.rich_gan import data, efficiencies, evaluate
from reproductions.rich_gan.constants import CONDITIONS, DLLS
from reproductions.rich_gan.room import ROOM
from zoo.cli import Parser, run
from zoo.errors import InputError
from zoo.training.release import finished

TRACKS = efficiencies.BINS * efficiencies.PER_BIN
FAILS = 5.0  # standard deviations of a ratio from 1 that count as a failure: of 1400 ratios chance makes none


def failures(ratios: Mapping[str, Mapping]) -> dict[str, list[tuple[str, int, float]]]:
    """{feature: [(DLL, bin, largest |ratio - 1| there)]} of the bins with a ratio more than FAILS from 1."""
    found: dict[str, list] = {}
    for name, features in ratios.items():
        for feature, one in features.items():
            for i, cells in enumerate(zip(*one["q"].values(), strict=True)):
                bad = [abs(m.value - 1) for m in cells if abs(m.value - 1) > FAILS * m.uncertainty > 0]
                if bad:
                    found.setdefault(feature, []).append((name, i, max(bad)))
    return found


def format_table(ratios: Mapping[str, Mapping], beyond: float) -> str:
    """What holds and what fails, as text; `beyond` is the share of tracks outside the range of the training."""
    mean = efficiencies.summary(ratios).values()
    rows = {"generated": [one["value"] for one in mean], "uncertainty": [one["uncertainty"] for one in mean]}
    lines = [f"{beyond:.1%} of the tracks are outside the range of the training", "", *efficiencies.format_means(rows)]
    failed = failures(ratios)
    for feature, bins in failed.items():
        for i in sorted({i for _, i, _ in bins}):
            low, high = ratios[DLLS[0]][feature]["edges"][i : i + 2]
            names = ", ".join(f"{name} by {off:.0%}" for name, j, off in bins if j == i)
            lines.append(f"fails for {feature} from {low:.4g} to {high:.4g}: {names}")
    return "\n".join(lines if failed else [*lines, f"no ratio is more than {FAILS:g} standard deviations from 1"])


def main() -> None:
    """Test trained generators from the command line."""
    parser = Parser(prog="python -m reproductions.rich_gan.stability", what=__doc__)
    parser.add_argument("runs", type=Path, nargs="+", help="folders of runs of one species with --sample calibration")
    parser.add_argument("--beside", metavar="NAME", help="a released model of the same species")
    parser.add_argument("--tracks", type=int, default=TRACKS, help="of B -> K* mu mu (%(default)s)")
    parser.add_argument("--seed", type=int, default=2, help="of the tracks (%(default)s)")
    parser.add_argument("--out", type=Path, default=Path("runs/stability.png"), help="figure (%(default)s)")
    args = parser.parse_args()
    configs = [finished(ROOM, run) for run in args.runs]
    for config in configs:
        if config.sample != "calibration":
            raise InputError(f"{config.folder}: was trained on the sample {config.sample}, expected calibration")
        if config.particle != configs[0].particle:
            raise InputError(f"{config.folder}: is of {config.particle}s, expected {configs[0].particle}s as the first")

    import zoo
    from reproductions.rich_gan import figures, simulate, train
    from zoo.generator import Generator, read_model
    from zoo.training import runs

    particle = configs[0].particle
    tracks = simulate.joined(simulate.generate(particle, args.tracks, args.seed, "signal"))
    models = {
        f"calibration, seed {config.seed}": Generator(
            read_model(config.folder / runs.BEST), train.card(config, train.load(config))
        )
        for config in configs
    }
    models |= {"whole spectrum": zoo.load(args.beside)} if args.beside else {}
    found = {}
    for name, generator in models.items():
        found[name] = efficiencies.ratios(evaluate.sampled(generator, tracks, args.seed), tracks)
        print(f"{name}:\n{format_table(found[name], outside(tracks, generator))}\n")
    figures.stability(args.out, particle, found)
    print(args.out)


def outside(tracks: data.Tracks, generator) -> float:
    """The share of tracks with a condition outside the range of the training."""
    limits = {name: generator.conditions[name] for name in CONDITIONS}
    beyond = [(tracks[name] < one.low) | (tracks[name] > one.high) for name, one in limits.items()]
    return float(np.mean(np.any(beyond, axis=0)))


if __name__ == "__main__":
    run(main)
