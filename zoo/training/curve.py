"""The score on the validation events against CPU time: ``python -m zoo.training.curve runs/a runs/b``.

Each run is a line, by the name of its folder; a point is one score, as the room defines it: lower is better.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from zoo import plotting
from zoo.cli import Parser, run
from zoo.errors import InputError
from zoo.training import runs


def draw(path: Path, folders: Sequence[Path]) -> None:
    """Write the figure of the runs in `folders`. Raises InputError for a folder that holds no run."""
    for folder in folders:
        if not (folder / runs.HISTORY).exists():
            raise InputError(f"{folder}: has no {runs.HISTORY}, expected the folder of a run")
    with plotting.figure(path, 5, 2.8, dpi=100) as page:
        panel = page.subplots()
        for folder in folders:
            rows = runs.read_history(folder)
            hours = np.cumsum([float(row["cpu_seconds"]) for row in rows]) / 3600
            scores = np.array([float(row["score"]) for row in rows])
            known = ~np.isnan(scores)  # --score-every leaves some out
            panel.plot(hours[known], scores[known], marker=".", markersize=3, label=folder.name)
        panel.set_yscale("log")
        panel.set_xlabel("CPU hours")
        panel.set_ylabel("score on validation events")
        if len(folders) > 1:
            panel.legend()


def main() -> None:
    """Draw from the command line."""
    parser = Parser(
        prog="python -m zoo.training.curve",
        what=__doc__,
        example="python -m zoo.training.curve runs/a runs/b --out curve.png",
    )
    parser.add_argument("runs", type=Path, nargs="+", help="folders of runs")
    parser.add_argument("--out", type=Path, default=Path("runs/curve.png"), help="figure to write (%(default)s)")
    args = parser.parse_args()
    draw(args.out, args.runs)
    print(args.out)


if __name__ == "__main__":
    run(main)
