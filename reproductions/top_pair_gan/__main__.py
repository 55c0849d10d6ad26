"""The top-pair GAN from the command line: ``python -m reproductions.top_pair_gan``."""

from reproductions.top_pair_gan.room import ROOM
from zoo.training import commands

if __name__ == "__main__":
    commands.main(ROOM)
