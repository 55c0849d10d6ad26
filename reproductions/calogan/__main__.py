"""CaloGAN from the command line: ``python -m reproductions.calogan``."""

from reproductions.calogan.room import ROOM
from zoo.training import commands

if __name__ == "__main__":
    commands.main(ROOM)
