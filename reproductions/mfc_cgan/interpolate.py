"""The interpolation test: train without one inner beam energy, predict it, for each of them in turn.

    python -m reproductions.mfc_cgan.interpolate --epochs 50

takes the flags of `python -m reproductions.mfc_cgan`; each energy has a folder of its own, and with --resume finished
ones are not trained again.
"""

import dataclasses

from reproductions.mfc_cgan.config import Config
from zoo import cli
from zoo.training.settings import ORDER


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
        one = dataclasses.replace(one, out=config.out / one.name if config.out else None)
        resume = config.resume and (one.folder / runs.CHECKPOINT).exists()
        one = dataclasses.replace(one, resume=resume)
        generator = train.train(one)
        metrics[energy] = evaluate.evaluate(generator, train.load(one), one, one.folder, config.seed)
        print(f"\ntrained without {energy:g} GeV\n{evaluate.format_table(metrics[energy])}", flush=True)
    return metrics


def main() -> None:
    """Run the test from the command line."""
    parser = cli.Parser(prog="python -m reproductions.mfc_cgan.interpolate", usage="%(prog)s [flags]", what=__doc__)
    cli.add_flags(parser, Config, order=ORDER)
    interpolate(cli.config_from(parser.parse_args(), Config))


if __name__ == "__main__":
    cli.run(main)
