"""Train the TPC pad-row GAN and compare it with held-out events: ``python -m reproductions.tpc_gan --epochs 10``."""

from reproductions.tpc_gan.config import Config
from zoo import cli


def steps():
    from reproductions.tpc_gan.train import compare, train

    return train, compare


if __name__ == "__main__":
    cli.run(lambda: cli.reproduce("tpc_gan", Config, __doc__, steps))
