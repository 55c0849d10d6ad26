"""The interpolation test: train without one inner beam energy, predict it, for each of them in turn.

    python -m reproductions.mfc_cgan.interpolate --recipe mfc_cgan_plus

takes the flags of `python -m reproductions.mfc_cgan`; each energy has a folder of its own, and with --resume finished
ones are not trained again. --start is a folder of such runs: each energy goes on from that without the same energy.
"""

import dataclasses
import sys

from reproductions.mfc_cgan.room import ROOM
from zoo import cli
from zoo.training import commands


def interpolate(config):
    """Train and evaluate for each inner energy; {energy: metrics of that energy}, as evaluate.evaluate returns them.

    Raises InputError as train.train does.
    """
    from reproductions.mfc_cgan import data, evaluate, train
    from zoo.training import runs

    source = config.data or data.default(config.events)
    metrics = {}
    for energy in data.energies(data.load(source, config.events))[1:-1]:
        one = dataclasses.replace(config, without=energy, out=None)
        out, start = (folder / one.name if folder else None for folder in (config.out, config.start))
        one = dataclasses.replace(one, out=out, start=start)
        resume = config.resume and (one.folder / runs.CHECKPOINT).exists()
        one = dataclasses.replace(one, resume=resume)
        generator = train.train(one)
        metrics[energy] = evaluate.evaluate(generator, train.load(one), one, one.folder, config.seed)
        print(f"\ntrained without {energy:g} GeV\n{evaluate.format_table(metrics[energy])}", flush=True)
    return metrics


def main() -> None:
    """Run the test from the command line."""
    words = {"prog": f"{ROOM.command}.interpolate", "usage": "%(prog)s [flags]", "what": __doc__, "example": ""}
    interpolate(commands.configuration(ROOM, sys.argv[1:], **words))


if __name__ == "__main__":
    cli.run(main)
