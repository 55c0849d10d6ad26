"""From a finished run to weights/NAME: ``python -m reproductions.top_pair_gan.release runs/top_pair_gan``."""

from pathlib import Path

from reproductions.top_pair_gan.config import Config
from zoo.cli import run as run_main
from zoo.errors import InputError
from zoo.training.release import finished, main
from zoo.training.release import release as release_run
from zoo.training.runs import read_history

COMMAND = "python -m reproductions.top_pair_gan"
PAPER = {
    "title": "How to GAN LHC Events",
    "authors": ["Anja Butter", "Tilman Plehn", "Ramon Winterhalder"],
    "arxiv": "1907.03764",
    "doi": "10.21468/SciPostPhys.7.6.075",
}
SUMMARIES = (
    "mean",
    "peaks",
    "pt_t",
    "balance",
    "c_hel",
    "d",
    "w_f0",
    "pulls",
    "mmd",
    "classifier_auc",
)  # of metrics.json, in the card


def release(run: Path, weights: Path) -> Path:
    """Write weights/NAME from the run in `run`; the new folder.

    Raises InputError if `run` holds no finished run, or one of a file that is not HDF5.
    """
    config = finished(run, Config, COMMAND)

    from reproductions.top_pair_gan import data, evaluate, figures, train

    source = data.source(config.data, config.events)
    if source.suffix != ".h5":
        raise InputError(
            f"{source}: is not HDF5, expected a run on an HDF5 file, which says where its events come from"
        )
    parts = train.load(config)

    def judge(generator, folder):
        metrics = evaluate.evaluate(generator.sample, parts, folder, config.seed)
        print(evaluate.format_table(metrics))
        figures.training(folder / "figures" / "training.png", read_history(run))
        return {name: metrics[name] for name in SUMMARIES}

    title = "Hadronic top pairs at 14 TeV"
    if config.mapping:
        title += ", with mapped resonances and smaller networks"
    card = {
        **train.card(config),
        "title": title,
        "reproduction": "reproductions.top_pair_gan",
        "paper": PAPER,
        "summary": "Unweighted pp -> t tbar -> (b q qbar')(bbar q qbar') at 14 TeV, leading order, parton level: E, "
        "px, py, pz of b, q and qbar of the W+, bbar, q and qbar of the W-; the q of the W+ is up-type, that of the W- "
        "down-type",
    }
    return release_run(
        run,
        weights,
        config=config,
        command=COMMAND,
        card=card,
        source=source,
        events={name: len(part) for name, part in parts.items()},
        judge=judge,
    )


if __name__ == "__main__":
    run_main(lambda: main("top_pair_gan", release))
