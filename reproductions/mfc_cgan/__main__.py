"""Train the MFC CGAN and compare it with held-out events: ``python -m reproductions.mfc_cgan --epochs 50``."""

from reproductions.mfc_cgan.config import Config
from zoo import cli


def steps():
    from reproductions.mfc_cgan.train import compare, train

    return train, compare


if __name__ == "__main__":
    cli.run(lambda: cli.reproduce("mfc_cgan", Config, __doc__, steps))
