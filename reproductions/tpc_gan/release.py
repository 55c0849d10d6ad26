"""From a finished run to weights/NAME: ``python -m reproductions.tpc_gan.release runs/tpc_gan``."""

from pathlib import Path

from reproductions.tpc_gan.config import Config
from zoo.cli import run as run_main
from zoo.errors import InputError
from zoo.training.release import finished, main
from zoo.training.release import release as release_run

COMMAND = "python -m reproductions.tpc_gan"
PAPER = {
    "title": "Simulating the time projection chamber responses at the MPD detector using generative adversarial "
    "networks",
    "authors": ["A. Maevskiy", "F. Ratnikov", "A. Zinchenko", "V. Riabov"],
    "arxiv": "2012.04595",
    "doi": "10.1140/epjc/s10052-021-09366-4",
}
SUMMARIES = ("score", "terms", "cnn_auc", "moments_auc", "hit", "empty")  # of metrics.json, in the card


def release(run: Path, weights: Path) -> Path:
    """Write weights/NAME from the run in `run`; the new folder.

    Raises InputError if `run` holds no finished run, or one of a file that is not HDF5.
    """
    config = finished(run, Config, COMMAND)

    from reproductions.tpc_gan import data, evaluate, train

    source = data.source(config.data, config.six)
    if source.suffix != ".h5":
        remedy = "python -m reproductions.tpc_gan.data makes it"
        raise InputError(f"{source}: is not HDF5, expected a file that says where its events come from: {remedy}")
    parts = train.load(config)

    def judge(generator, folder):
        metrics = evaluate.evaluate(generator, parts, folder, config.seed)
        print(evaluate.format_table(metrics))
        return {name: metrics[name] for name in SUMMARIES}

    card = {
        **train.card(config),
        "title": "Responses of TPC pad rows" + (f", trained on {source.name}" if config.data else ", simulated MPD"),
        "reproduction": "reproductions.tpc_gan",
        "paper": PAPER,
        "summary": "Amplitudes of 8 pads x 16 time buckets of one pad row of MPD's TPC, to a segment of a track: pads "
        "-3 to 4 and buckets -7 to 8 about the integer parts of pad coordinate and drift length",
    }
    return release_run(
        run,
        weights,
        config=config,
        command=COMMAND,
        card=card,
        source=source,
        events={name: len(part["amplitude"]) for name, part in parts.items()},
        judge=judge,
    )


if __name__ == "__main__":
    run_main(lambda: main("tpc_gan", release))
