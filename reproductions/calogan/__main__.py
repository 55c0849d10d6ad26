"""Train CaloGAN and compare it with the paper: ``python -m reproductions.calogan --particle piplus --epochs 50``."""

import argparse

from reproductions.calogan.config import Config
from zoo import cli


def main():
    parser = argparse.ArgumentParser(prog="python -m reproductions.calogan", description=__doc__)
    cli.add_flags(parser, Config)
    config = cli.config_from(parser.parse_args(), Config)

    from reproductions.calogan import evaluate, train

    generator = train.train(config)
    parts = train.load(config)
    print(
        evaluate.format_table(
            evaluate.evaluate(generator.sample, parts, config.particle[0], config.folder, config.seed)
        )
    )


if __name__ == "__main__":
    cli.run(main)
