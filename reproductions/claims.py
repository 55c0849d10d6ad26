"""How many claims the papers make, and what was found of them: the lines of all rooms' claims.json, in one sentence.

python -m reproductions.claims
"""

from pathlib import Path

from zoo import claims
from zoo.cli import run

ROOMS = sorted(path.parent for path in Path(__file__).parent.glob(f"*/{claims.FILE}"))


def main() -> None:
    """Print the sentence of each room, then that of all, which stands in the front README."""
    ledgers = {room.name: claims.load(room) for room in ROOMS}
    for name, lines in ledgers.items():
        print(f"{name}: {claims.summary(lines)}")
    print(f"\n{claims.summary([line for lines in ledgers.values() for line in lines])}")


if __name__ == "__main__":
    run(main)
