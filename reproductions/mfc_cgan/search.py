"""The hyper-parameter search of the paper: ``python -m reproductions.mfc_cgan.search --trials 50 --out runs/search``.

Learning rates, weight of the regression, epochs, depth and width of both networks; the objective is the score on the
validation events, the mean Hellinger distance. An interrupted search goes on where it was: the trials stand in
OUT/trials.db. All other settings come from the flags of `python -m reproductions.mfc_cgan`, which it also takes.
"""

import argparse
import dataclasses
import math
from pathlib import Path

from reproductions.mfc_cgan.config import Config
from zoo import cli, optional
from zoo.errors import InputError


def suggest(trial, config):
    """`config` with the searched fields chosen by an optuna `trial`; at most ``config.epochs`` epochs."""
    widths = {}
    for network in ("generator", "discriminator"):
        depth = trial.suggest_int(f"{network}_depth", 2, 5)
        width = trial.suggest_categorical(f"{network}_width", (32, 64, 128, 256))
        widths[f"{network}_widths"] = (width,) * depth
    return dataclasses.replace(
        config,
        **widths,
        generator_learning_rate=trial.suggest_float("generator_learning_rate", 1e-5, 1e-2, log=True),
        discriminator_learning_rate=trial.suggest_float("discriminator_learning_rate", 1e-5, 1e-2, log=True),
        lambda_energy=trial.suggest_float("lambda_energy", 1e-2, 1e2, log=True),
        epochs=trial.suggest_int("epochs", 1, config.epochs),
        out=config.out / f"trial_{trial.number}",
    )


def search(config, trials):
    """Run trials until there are `trials` finished ones in the folder ``config.out``; the optuna study.

    A trial that diverges counts as failed. Raises InputError without a folder, or if optuna is not installed.
    """
    if config.out is None:
        raise InputError("the search needs --out, a folder for its trials")
    if trials < 1:
        raise InputError(f"--trials is {trials}, expected at least 1")
    with optional.needed("the search", "search"):
        import optuna

    from reproductions.mfc_cgan.train import train
    from zoo.training import runs

    config.out.mkdir(parents=True, exist_ok=True)
    study = optuna.create_study(
        storage=f"sqlite:///{config.out / 'trials.db'}",
        study_name="mfc_cgan",
        load_if_exists=True,
    )
    # With the same seed again, a resumed search would try again what it began with.
    study.sampler = optuna.samplers.TPESampler(seed=config.seed + len(study.trials))

    def objective(trial):
        chosen = suggest(trial, config)
        train(chosen)
        scores = [float(row["score"]) for row in runs.read_history(chosen.folder)]
        return min((score for score in scores if not math.isnan(score)), default=math.nan)

    complete = sum(trial.state == optuna.trial.TrialState.COMPLETE for trial in study.trials)
    study.optimize(objective, n_trials=max(0, trials - complete))
    return study


def main() -> None:
    """Search from the command line."""
    parser = argparse.ArgumentParser(prog="python -m reproductions.mfc_cgan.search", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--trials", type=int, default=50, help="trials in all, those of earlier calls included (50)")
    cli.add_flags(parser, Config)
    args = parser.parse_args()
    config = cli.config_from(args, Config)
    if config.out is None:
        config = dataclasses.replace(config, out=Path("runs") / "mfc_cgan_search")
    study = search(config, args.trials)
    best = study.best_trial
    print(f"best of {len(study.trials)} trials: {best.value:.4f} in {config.folder / f'trial_{best.number}'}")
    for name, value in best.params.items():
        print(f"  {name}: {value}")


if __name__ == "__main__":
    cli.run(main)
