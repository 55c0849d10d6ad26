"""The MFC CGAN from the command line: ``python -m reproductions.mfc_cgan``."""

from reproductions.mfc_cgan.room import ROOM
from zoo.training import commands

if __name__ == "__main__":
    commands.main(ROOM)
