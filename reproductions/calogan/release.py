"""From a finished run to the folder in weights/ that ``zoo.load`` reads.

    python -m reproductions.calogan.release runs/calogan_piplus

The best generator of the run is stored with int8 kernels, loaded again as users will, and that one is evaluated on the
held-out showers: the card's numbers are those of the file beside it.
"""

import argparse
import json
import shlex
import subprocess
from pathlib import Path

import zoo
from zoo.cli import run
from zoo.data import hdf5
from zoo.data.files import atomic, sha256
from zoo.errors import InputError

PAPER = {
    "title": "CaloGAN: Simulating 3D High Energy Particle Showers in Multi-Layer Electromagnetic Calorimeters "
    "with Generative Adversarial Networks",
    "authors": ["Michela Paganini", "Luke de Oliveira", "Benjamin Nachman"],
    "arxiv": "1705.02355",
    "doi": "10.1103/PhysRevD.97.014021",
}
PARTICLE = {"eplus": "positrons", "gamma": "photons", "piplus": "charged pions"}
SUMMARIES = ("mean", "classifier_auc", "nearest_neighbours")  # of metrics.json, in the card


def release(folder: Path, weights: Path) -> Path:
    """Write weights/NAME from the run in `folder`; the new folder.

    Raises InputError if `folder` holds no finished run of one particle.
    """
    from reproductions.calogan import data, evaluate, train
    from zoo.generator import Generator, read_model, save

    for name in ("config.json", "history.csv", "best.keras"):
        if not (folder / name).exists():
            raise InputError(
                f"{folder}: has no {name}, expected the folder of a run of python -m reproductions.calogan"
            )
    config = train.read_config(folder)
    if len(config.particle) != 1:
        raise InputError(f"{folder}: trained {' '.join(config.particle)}, expected a run of one particle")
    (particle,) = config.particle
    parts = train.load(config)
    history = train.read_history(folder)
    source = config.data[0] if config.data else data.SAMPLE / f"{particle}.h5"

    with atomic(weights / config.name) as new:
        new.mkdir()
        save(read_model(folder / "best.keras"), new / "generator.keras")
        generator = Generator(read_model(new / "generator.keras"), train.card(config))
        metrics = evaluate.evaluate(generator.sample, parts, particle, new, config.seed)
        (new / "metrics.json").unlink()
        (new / "figures" / "overview.png").rename(new / "overview.png")
        (folder / "figures").mkdir(exist_ok=True)
        for figure in (new / "figures").iterdir():
            figure.replace(folder / "figures" / figure.name)
        (new / "figures").rmdir()
        scores = [float(row["score"]) for row in history]
        card = {
            **train.card(config),
            "title": f"CaloGAN for {PARTICLE[particle]}",
            "paper": PAPER,
            "summary": f"Energy deposits of {PARTICLE[particle]} of 1 to 100 GeV, perpendicular at the centre of a "
            "three-layer lead and liquid-argon calorimeter (absorber and gap)",
            "training": {
                "command": f"python -m reproductions.calogan {shlex.join(train.flags(config))}",
                "seed": config.seed,
                "version": _version(),
                "epochs": len(history),
                "best_epoch": 1 + scores.index(min(score for score in scores if score == score)),
                "steps": len(history) * (len(parts["train"]["energy"]) // config.batch_size),
                "cpu_hours": round(sum(float(row["cpu_seconds"]) for row in history) / 3600, 2),
                "deviations": train.deviations(config),
            },
            "data": {
                "name": source.name,
                "sha256": sha256(source),
                "events": {name: len(part["energy"]) for name, part in parts.items()},
                "provenance": {name: str(value) for name, value in hdf5.attributes(source).items()},
            },
            "metrics": {name: metrics[name] for name in SUMMARIES},
            "sha256": {path.name: sha256(path) for path in sorted(new.iterdir())},
        }
        (new / "card.json").write_text(json.dumps(card, indent=1) + "\n")
        print(evaluate.format_table(metrics))
    return weights / config.name


def _version() -> str:
    """The zoo's version and the commit, with + if files have changed since."""
    describe = ["git", "describe", "--always", "--dirty=+"]
    done = subprocess.run(describe, cwd=Path(__file__).parent, capture_output=True, text=True, check=False)
    return " ".join(filter(None, [zoo.__version__, done.stdout.strip()]))


def main() -> None:
    """Release a run from the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m reproductions.calogan.release", description="Turn a finished run into released weights."
    )
    parser.add_argument("run", type=Path, help="folder of the run")
    parser.add_argument("--weights", type=Path, default=Path("weights"), help="folder to write to (weights)")
    args = parser.parse_args()
    print(f"\nwrote {release(args.run, args.weights)}")


if __name__ == "__main__":
    run(main)
