"""The ECAL GAN from the command line: ``python -m reproductions.ecal_gan``."""

from reproductions.ecal_gan.room import ROOM
from zoo.training import commands

if __name__ == "__main__":
    commands.main(ROOM)
