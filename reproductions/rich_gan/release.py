"""From a finished run to weights/NAME: ``python -m reproductions.rich_gan.release runs/rich_gan_kaon``."""

from pathlib import Path

from reproductions.rich_gan.config import Config
from zoo.cli import run as run_main
from zoo.training.release import finished, main
from zoo.training.release import release as release_run

COMMAND = "python -m reproductions.rich_gan"
PAPER = {
    "title": "Fast Data-Driven Simulation of Cherenkov Detectors Using Generative Adversarial Networks",
    "authors": [
        "Artem Maevskiy",
        "Denis Derkach",
        "Nikita Kazeev",
        "Andrey Ustyuzhanin",
        "Maksim Artemev",
        "Lucio Anderlini",
    ],
    "arxiv": "1905.11825",
}
SUMMARIES = ("ratios_mean", "ratios_real", "separation", "classifier_auc", "ks", "ties")  # of metrics.json, in the card


def release(run: Path, weights: Path) -> Path:
    """Write weights/NAME from the run in `run`; the new folder. Raises InputError if `run` holds no finished run."""
    config = finished(run, Config, COMMAND)

    from reproductions.rich_gan import data, evaluate, train

    parts = train.load(config)

    def judge(generator, folder):
        metrics = evaluate.evaluate(generator.sample, parts, config.particle, folder, config.seed)
        print(evaluate.format_table(metrics))
        return {name: metrics[name] for name in SUMMARIES}

    card = {
        **train.card(config, parts),
        "title": f"RICH GAN, {config.particle}",
        "reproduction": "reproductions.rich_gan",
        "paper": PAPER,
        "summary": f"RichDLLs of {config.particle} tracks in LHCb's RICH detectors for P (MeV), eta and nSPDHits",
    }
    return release_run(
        run,
        weights,
        config=config,
        command=COMMAND,
        card=card,
        source=config.data or data.default(config.particle, config.sample),
        events={name: len(part["P"]) for name, part in parts.items()},
        judge=judge,
    )


if __name__ == "__main__":
    run_main(lambda: main("rich_gan", release))
