"""Train the MFC CGAN and compare it with held-out events: ``python -m reproductions.mfc_cgan --epochs 50``."""

import argparse

from reproductions.mfc_cgan.config import Config
from zoo import cli


def main():
    parser = argparse.ArgumentParser(prog="python -m reproductions.mfc_cgan", description=__doc__)
    cli.add_flags(parser, Config)
    config = cli.config_from(parser.parse_args(), Config)

    from reproductions.mfc_cgan.train import compare, train

    try:
        generator = train(config)
    except KeyboardInterrupt:
        print(f"\nstopped; --resume continues after the last whole epoch of {config.folder}")
        raise
    compare(generator, config)


if __name__ == "__main__":
    cli.run(main)
