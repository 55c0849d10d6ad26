"""Train the top-pair GAN and compare it with the paper: ``python -m reproductions.top_pair_gan --epochs 10``."""

import argparse

from reproductions.top_pair_gan.config import Config
from zoo import cli


def main():
    parser = argparse.ArgumentParser(prog="python -m reproductions.top_pair_gan", description=__doc__)
    cli.add_flags(parser, Config)
    config = cli.config_from(parser.parse_args(), Config)

    from reproductions.top_pair_gan.train import compare, train

    try:
        generator = train(config)
    except KeyboardInterrupt:
        print(f"\nstopped; --resume continues after the last whole epoch of {config.folder}")
        raise
    compare(generator, config)


if __name__ == "__main__":
    cli.run(main)
