"""The paper's comparison (arXiv:1907.03764, section 3): what makes mass peaks, the MMD, which kernel, the mapping?

    python -m reproductions.top_pair_gan.mmd_comparison --data mg5.h5 --seeds 1 2 3 --out runs/mmd_comparison

Trains one small network in several ways, each from the same start, with the same events and for as many iterations,
once for each seed; finished trainings are not repeated and interrupted ones go on. Draws the masses of t and W+ in
OUT/peaks.png and prints where their peaks are and how wide, for held-out events too; OUT/peaks.json has the numbers.
"""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from reproductions.top_pair_gan.config import Config
from zoo.cli import Parser, run
from zoo.data.files import atomic
from zoo.errors import InputError

# What differs; all else is SMALL.
WAYS: dict[str, dict] = {
    "no MMD": {"lambda_mmd": 0.0},
    "Breit-Wigner": {},
    "Gaussian": {"kernel": "gaussian"},
    "Breit-Wigner of 1, 3, 10, 30 widths": {"kernel_widths": (1.0, 3.0, 10.0, 30.0), "whole_truth": True},
    "mapping, no MMD": {"mapping": True, "lambda_mmd": 0.0},
}
# The recipe of the released model with networks that a core trains in minutes.
SMALL = Config(
    units=128,
    depth=4,
    batch_size=256,
    beta_2=0.99,
    lambda_gradient=0.05,
    inverse_time_decay=0.25,
    average=0.99,
    discriminator_scale=150.0,
    discriminator_weights="he_normal",
    epochs=10,
    iterations_per_epoch=250,
)
MASSES = {"m_t": np.linspace(123, 223, 101), "m_wplus": np.linspace(40, 120, 81)}  # GeV: some peaks are very wide
GENERATED = 100_000


def configurations(data: Path, folder: Path, seed: int, **changes) -> dict[str, Config]:
    """The trainings of one seed by name, in subfolders of `folder`."""
    base = dataclasses.replace(SMALL, data=data, seed=seed, **changes)
    return {name: dataclasses.replace(base, out=folder / f"{_slug(name)}_{seed}", **way) for name, way in WAYS.items()}


def trained(config: Config):
    """The generator of `config` after its last epoch, from the folder of its run, or trained there now.

    Not the best by the score: that is the first of a training that makes peaks at the expense of spectra.
    """
    from reproductions.top_pair_gan import train
    from zoo.generator import Generator
    from zoo.training import runs

    if not (config.folder / runs.HISTORY).exists():
        train.train(config)
    elif len(runs.read_history(config.folder)) < config.epochs:
        train.train(dataclasses.replace(config, resume=True))
    before = runs.read_config(config.folder, Config)
    if dataclasses.replace(before, out=config.out, resume=False) != config:
        raise InputError(f"{config.folder}: holds another training, expected that of this command; name another --out")
    trainer, network = train.build(config)
    trainer.load_weights(config.folder / runs.CHECKPOINT)
    return Generator(network, train.card(config, {}))


def compare(configs: Sequence[Mapping[str, Config]], out: Path, events: int = GENERATED) -> dict:
    """Train what `configs` (one mapping for each seed) lists, draw the masses and return the peaks.

    {mass: {way: [what `observables.peak` gives, for each seed]}}; "held out" is one of the ways. The split of events
    is that of the seed.
    """
    from reproductions.top_pair_gan import train
    from reproductions.top_pair_gan.observables import observables, peak
    from zoo.metrics import plain

    ways = (*configs[0], "held out")
    peaks: dict[str, dict[str, list]] = {name: {way: [] for way in ways} for name in MASSES}
    counts: dict[str, dict[str, list]] = {name: {way: [] for way in ways} for name in MASSES}
    for by_name in configs:
        first = next(iter(by_name.values()))
        true = observables(train.partons(train.load(first)["test"]))
        for way in ways:
            found = true
            if way in by_name:
                found = observables(trained(by_name[way]).sample(events, seed=by_name[way].seed)["p4"])
            for name, edges in MASSES.items():
                peaks[name][way].append(plain(peak(found[name], true[name], seed=first.seed)))
                counts[name][way].append(np.histogram(found[name], edges)[0] / (len(found[name]) * np.diff(edges)))
    draw(out / "peaks.png", counts)
    with atomic(out / "peaks.json") as temporary:
        temporary.write_text(json.dumps(peaks, indent=1) + "\n")
    return peaks


def draw(path: Path, densities: Mapping[str, Mapping[str, Sequence[np.ndarray]]]) -> None:
    """Densities in the bins MASSES of each way, for each seed: their mean, and a band from the least to the largest."""
    from reproductions.top_pair_gan.observables import OBSERVABLES
    from zoo import plotting

    with plotting.figure(path, 10, 5, dpi=90) as page:
        for panel, (name, edges) in zip(page.subplots(1, 2), MASSES.items(), strict=True):
            for i, (way, found) in enumerate(densities[name].items()):
                true = way == "held out"
                color = "0.6" if true else f"C{i}"
                mean, low, high = np.mean(found, axis=0), np.min(found, axis=0), np.max(found, axis=0)
                panel.stairs(mean, edges, color=color, fill=true, label=way, linewidth=1.5, zorder=0 if true else 2)
                if len(found) > 1 and not true:
                    panel.stairs(high, edges, baseline=low, color=color, fill=True, alpha=0.25, zorder=1)
            panel.set_yscale("log")
            panel.set_ylim(2e-4, 1)
            panel.set_xlim(edges[0], edges[-1])
            panel.set_xlabel(f"{OBSERVABLES[name].label} [GeV]")
            panel.set_ylabel("density [1/GeV]")
        handles, names = panel.get_legend_handles_labels()
        page.legend(handles, names, loc="outside lower center", ncols=3)


def format_table(peaks: Mapping[str, Mapping[str, Sequence[Mapping]]]) -> str:
    """The peaks of `compare` as text: means over seeds and +- their spread, or of one seed its own uncertainty."""
    from zoo.metrics import text

    lines = []
    for name, ways in peaks.items():
        seeds = len(next(iter(ways.values())))
        lines += [f"{name}, {seeds} seeds" if seeds > 1 else f"{name}, 1 seed"]
        lines += [f"{'':<38}{'median [GeV]':>18}{'IQR [GeV]':>18}{'within 5 GeV':>18}"]
        for way, found in ways.items():
            cells = []
            for key in found[0]:
                values = [one[key]["value"] for one in found]
                error = np.std(values, ddof=1) if seeds > 1 else found[0][key]["uncertainty"]
                cells.append(text({"value": float(np.mean(values)), "uncertainty": float(error)}, digits=3))
            lines.append(f"{way:<38}" + "".join(f"{cell:>18}" for cell in cells))
        lines.append("")
    return "\n".join(lines)


def main() -> None:
    """Compare from the command line."""
    parser = Parser(prog="python -m reproductions.top_pair_gan.mmd_comparison", what=__doc__)
    parser.add_argument("--data", type=Path, help="HDF5 or LHE file of events (default: made by Pythia on first use)")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1], help="one or more (1)")
    parser.add_argument("--epochs", type=int, default=SMALL.epochs, help=f"of 250 iterations each ({SMALL.epochs})")
    parser.add_argument("--events", type=int, default=GENERATED, help=f"generated by each ({GENERATED:,})")
    parser.add_argument("--out", type=Path, default=Path("runs/mmd_comparison"), help="(runs/mmd_comparison)")
    args = parser.parse_args()
    configs = [configurations(args.data, args.out, seed, epochs=args.epochs) for seed in args.seeds]
    print(format_table(compare(configs, args.out, args.events)))
    print(args.out / "peaks.png")


def _slug(name: str) -> str:
    return "_".join("".join(c if c.isalnum() else " " for c in name.lower()).split())


if __name__ == "__main__":
    run(main)
