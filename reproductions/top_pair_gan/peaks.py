"""The mass peaks of several runs beside each other:

python -m reproductions.top_pair_gan.peaks runs/A runs/B --out peaks.png
"""

import argparse
from pathlib import Path

import numpy as np

from reproductions.top_pair_gan.figures import WIDE, runs
from reproductions.top_pair_gan.observables import observables, peak
from reproductions.top_pair_gan.room import ROOM
from zoo.cli import run
from zoo.metrics import plain


def main() -> None:
    """Draw the mass peaks of several runs from the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m reproductions.top_pair_gan.peaks", description="Draw the mass peaks of several runs."
    )
    parser.add_argument("runs", type=Path, nargs="+", help="folders of runs with the same data and seed")
    parser.add_argument("--out", type=Path, required=True, help="PNG to write")
    parser.add_argument("--events", type=int, default=100_000, help="how many each generates (100000)")
    args = parser.parse_args()

    from reproductions.top_pair_gan import train
    from reproductions.top_pair_gan.evaluate import format_peaks
    from zoo.generator import Generator, read_model
    from zoo.training.release import finished
    from zoo.training.runs import BEST

    configs = {folder.name: finished(ROOM, folder) for folder in args.runs}
    masses = {}
    parts = train.load(next(iter(configs.values())))
    for name, config in configs.items():
        generator = Generator(read_model(config.folder / BEST), train.card(config, parts))
        masses[name] = observables(generator.sample(args.events, seed=config.seed)["p4"])
    true = observables(train.partons(parts["test"]))
    for name in WIDE:
        table = {run: peak(found[name], true[name], seed=0) for run, found in {**masses, "held out": true}.items()}
        print(name, *format_peaks(plain(table)), "", sep="\n")
    counts = {run: {n: np.histogram(found[n], edges)[0] for n, edges in WIDE.items()} for run, found in masses.items()}
    runs(args.out, counts, {name: np.histogram(true[name], edges)[0] for name, edges in WIDE.items()})
    print(args.out)


if __name__ == "__main__":
    run(main)
