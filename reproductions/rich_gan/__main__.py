"""The RICH GANs from the command line: ``python -m reproductions.rich_gan``."""

from reproductions.rich_gan.room import ROOM
from zoo.training import commands

if __name__ == "__main__":
    commands.main(ROOM)
