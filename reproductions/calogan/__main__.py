"""Train CaloGAN and compare it with the paper: ``python -m reproductions.calogan --particle piplus --epochs 50``."""

import argparse

from reproductions.calogan.config import Config
from zoo import cli


def main():
    parser = argparse.ArgumentParser(prog="python -m reproductions.calogan", description=__doc__)
    cli.add_flags(parser, Config)
    config = cli.config_from(parser.parse_args(), Config)

    from reproductions.calogan.train import compare, train

    try:
        generator = train(config)
    except KeyboardInterrupt:
        print(f"\nstopped; --resume continues after the last whole epoch of {config.folder}")
        raise
    compare(generator, config)


if __name__ == "__main__":
    cli.run(main)
