"""Train CaloGAN and compare it with the paper: ``python -m reproductions.calogan --particle piplus --epochs 50``."""

from reproductions.calogan.config import Config
from zoo import cli


def steps():
    from reproductions.calogan.train import compare, train

    return train, compare


if __name__ == "__main__":
    cli.run(lambda: cli.reproduce("calogan", Config, __doc__, steps))
