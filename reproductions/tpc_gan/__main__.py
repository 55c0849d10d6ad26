"""The TPC pad-row GAN from the command line: ``python -m reproductions.tpc_gan``."""

from reproductions.tpc_gan.room import ROOM
from zoo.training import commands

if __name__ == "__main__":
    commands.main(ROOM)
