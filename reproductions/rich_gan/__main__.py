"""Train a RICH GAN and compare it with held-out tracks: ``python -m reproductions.rich_gan --particle kaon``."""

from reproductions.rich_gan.config import Config
from zoo import cli


def steps():
    from reproductions.rich_gan.train import compare, train

    return train, compare


if __name__ == "__main__":
    cli.run(lambda: cli.reproduce("rich_gan", Config, __doc__, steps))
