"""From a finished run to weights/NAME: ``python -m reproductions.calogan.release runs/calogan_piplus``."""

from pathlib import Path

from reproductions.calogan.config import Config
from zoo.cli import run as run_main
from zoo.errors import InputError
from zoo.training.release import finished, main
from zoo.training.release import release as release_run

COMMAND = "python -m reproductions.calogan"
PAPER = {
    "title": "CaloGAN: Simulating 3D High Energy Particle Showers in Multi-Layer Electromagnetic Calorimeters "
    "with Generative Adversarial Networks",
    "authors": ["Michela Paganini", "Luke de Oliveira", "Benjamin Nachman"],
    "arxiv": "1705.02355",
    "doi": "10.1103/PhysRevD.97.014021",
}
PARTICLE = {"eplus": "positrons", "gamma": "photons", "piplus": "charged pions"}
SUMMARIES = ("mean", "classifier_auc", "nearest_neighbours")  # of metrics.json, in the card


def release(run: Path, weights: Path) -> Path:
    """Write weights/NAME from the run in `run`; the new folder.

    Raises InputError if `run` holds no finished run of one particle.
    """
    config = finished(run, Config, COMMAND)
    if len(config.particle) != 1:
        raise InputError(f"{run}: trained {' '.join(config.particle)}, expected a run of one particle")
    (particle,) = config.particle

    from reproductions.calogan import data, evaluate, train

    parts = train.load(config)

    def judge(generator, folder):
        metrics = evaluate.evaluate(generator.sample, parts, particle, folder, config.seed)
        print(evaluate.format_table(metrics))
        return {name: metrics[name] for name in SUMMARIES}

    card = {
        **train.card(config),
        "title": f"CaloGAN for {PARTICLE[particle]}",
        "reproduction": "reproductions.calogan",
        "paper": PAPER,
        "summary": f"Energy deposits of {PARTICLE[particle]} of 1 to 100 GeV, perpendicular at the centre of a "
        "three-layer lead and liquid-argon calorimeter (absorber and gap)",
    }
    return release_run(
        run,
        weights,
        config=config,
        command=COMMAND,
        card=card,
        source=config.data[0] if config.data else data.SAMPLE / f"{particle}.h5",
        events={name: len(part["energy"]) for name, part in parts.items()},
        judge=judge,
    )


if __name__ == "__main__":
    run_main(lambda: main("calogan", release))
