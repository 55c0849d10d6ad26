"""From a finished run to weights/NAME: ``python -m reproductions.ecal_gan.release runs/ecal_gan``."""

from pathlib import Path

from reproductions.ecal_gan.config import Config
from zoo.cli import run as run_main
from zoo.errors import InputError
from zoo.training.release import finished, main
from zoo.training.release import release as release_run

COMMAND = "python -m reproductions.ecal_gan"
PAPERS = {
    "none": {
        "title": "Generative Models for Fast Calorimeter Simulation: the LHCb case",
        "authors": [
            "Viktoria Chekalina",
            "Elena Orlova",
            "Fedor Ratnikov",
            "Dmitry Ulyanov",
            "Andrey Ustyuzhanin",
            "Egor Zakharov",
        ],
        "arxiv": "1812.01319",
        "doi": "10.1051/epjconf/201921402034",
    },
    "refined": {
        "title": "GAN with an Auxiliary Regressor for the Fast Simulation of the Electromagnetic Calorimeter Response",
        "authors": ["Alexander Rogachev", "Fedor Ratnikov"],
        "arxiv": "2207.06329",
    },
}
TITLES = {
    "none": "LHCb's electromagnetic calorimeter",
    "direct": "LHCb's electromagnetic calorimeter, asymmetries in the loss",
    "surrogate": "LHCb's electromagnetic calorimeter, with an auxiliary regressor of the asymmetries",
}
SUMMARIES = (
    "floor",
    "generated",
    "library",
    "published",
    "library_bytes",
    "conditions",
)  # of metrics.json, in the card


def release(run: Path, weights: Path) -> Path:
    """Write weights/NAME from the run in `run`; the new folder.

    Raises InputError if `run` holds no finished run, or one of a file that is not HDF5.
    """
    config = finished(run, Config, COMMAND)

    from reproductions.ecal_gan import data, evaluate, train

    source = config.data or data.SAMPLE
    if source.suffix != ".h5":
        raise InputError(
            f"{source}: is not HDF5, expected a run on an HDF5 file, which says where its showers come from"
        )
    parts = train.load(config)

    def judge(generator, folder):
        metrics = evaluate.evaluate(generator.sample, parts, folder, config.seed)
        print(evaluate.format_table(metrics))
        return {name: metrics[name] for name in SUMMARIES}

    card = {
        **train.card(config),
        "title": TITLES[config.metric],
        "reproduction": "reproductions.ecal_gan",
        "paper": PAPERS["none" if config.metric == "none" else "refined"],
        "summary": "Energy in the scintillator of 30 x 30 cells of 2 cm, for electrons of 1 to 100 GeV that enter a "
        "shashlik calorimeter of 66 x (2 mm lead + 4 mm polystyrene) near its centre, at up to some 60 degrees",
    }
    return release_run(
        run,
        weights,
        config=config,
        command=COMMAND,
        card=card,
        source=source,
        events={name: len(part["point"]) for name, part in parts.items()},
        judge=judge,
    )


if __name__ == "__main__":
    run_main(lambda: main("ecal_gan", release))
