"""From a finished run to weights/NAME: ``python -m reproductions.mfc_cgan.release runs/mfc_cgan``."""

from pathlib import Path

from reproductions.mfc_cgan.config import Config
from zoo.cli import run as run_main
from zoo.errors import InputError
from zoo.training.release import finished, main
from zoo.training.release import release as release_run

COMMAND = "python -m reproductions.mfc_cgan"
PAPER = {
    "title": "The ATLAS detector as a muon fixed-target experiment: using generative models to simulate "
    "muonic force carriers",
    "authors": ["Ramazyan", "Sofia Vallecorsa", "Enrique Kajomovitz"],
    "arxiv": "",
}
PLAIN = "MFC CGAN, the paper's network"
TITLES = {"paper": PLAIN, "shares": PLAIN, "logits": PLAIN, "kinematic": "MFC CGAN in three kinematic coordinates"}
# Of metrics.json, in the card.
SUMMARIES = (
    "hellinger",
    "mean",
    "largest",
    "real",
    "classifier_auc",
    "classifier_real",
    "conditional",
    "consistency",
)


def release(run: Path, weights: Path) -> Path:
    """Write weights/NAME from the run in `run`; the new folder.

    Raises InputError if `run` holds no finished run on all beam energies.
    """
    config = finished(run, Config, COMMAND)
    if config.without is not None:
        raise InputError(f"{run}: was trained without {config.without:g} GeV, expected a run on all beam energies")

    from reproductions.mfc_cgan import data, evaluate, train

    parts = train.load(config)
    source = config.data or data.default()
    mass = data.carrier_mass(source)

    def judge(generator, folder):
        metrics = evaluate.evaluate(generator.sample, parts, mass, folder, config.seed)
        print(evaluate.format_table(metrics))
        return {name: metrics[name] for name in SUMMARIES}

    energies = data.energies(parts["train"])
    card = {
        **train.card(config, energies),
        "title": TITLES[config.coordinates] + (", Wasserstein" if config.loss == "wasserstein" else ""),
        "reproduction": "reproductions.mfc_cgan",
        "paper": PAPER,
        "summary": f"Muon and force carrier of {mass:g} GeV in mu + nucleus -> mu + nucleus + carrier, "
        f"for muons of {energies[0]:g} to {energies[-1]:g} GeV: E, pT and eta of both",
    }
    return release_run(
        run,
        weights,
        config=config,
        command=COMMAND,
        card=card,
        source=source,
        events={name: len(part["beam_energy"]) for name, part in parts.items()},
        judge=judge,
    )


if __name__ == "__main__":
    run_main(lambda: main("mfc_cgan", release))
