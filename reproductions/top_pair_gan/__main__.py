"""Train the top-pair GAN and compare it with the paper: ``python -m reproductions.top_pair_gan --epochs 10``."""

from reproductions.top_pair_gan.config import Config
from zoo import cli


def steps():
    from reproductions.top_pair_gan.train import compare, train

    return train, compare


if __name__ == "__main__":
    cli.run(lambda: cli.reproduce("top_pair_gan", Config, __doc__, steps))
