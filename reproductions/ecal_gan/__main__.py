"""Train the ECAL GAN and compare it with the paper: ``python -m reproductions.ecal_gan --epochs 10``."""

from reproductions.ecal_gan.config import Config
from zoo import cli


def steps():
    from reproductions.ecal_gan.train import compare, train

    return train, compare


if __name__ == "__main__":
    cli.run(lambda: cli.reproduce("ecal_gan", Config, __doc__, steps))
