"""The hyper-parameter search of the paper: ``python -m reproductions.mfc_cgan.search --trials 50 --out runs/search``.

Learning rates, weight of the regression, depth and width of both networks, and the weight of the zero-centred penalty
where --lambda-zero is not 0; with --keep-networks those of the flags are kept. The objective is the best score on the
validation events, the mean Hellinger distance, so that a trial of N epochs tries all numbers of epochs up to N. A trial
whose best score is worse than the median of the others' after as many epochs is stopped (--no-prune: none is). An
interrupted search goes on where it was: the trials stand in OUT/trials.db. All other settings come from the flags of
`python -m reproductions.mfc_cgan`, which it also takes.
"""

import dataclasses
import math
from pathlib import Path

from reproductions.mfc_cgan.config import Config
from zoo import cli, optional
from zoo.errors import InputError
from zoo.training.settings import ORDER

RANGES = {
    "generator_learning_rate": (1e-4, 1e-2),
    "discriminator_learning_rate": (1e-4, 1e-2),
    "lambda_energy": (1e-2, 1e2),
    "lambda_zero": (1e-2, 1),
}


def suggest(trial, config, keep_networks=False):
    """`config` with the searched fields chosen by an optuna `trial`."""
    chosen = {}
    for network in () if keep_networks else ("generator", "discriminator"):
        depth = trial.suggest_int(f"{network}_depth", 2, 5)
        width = trial.suggest_categorical(f"{network}_width", (32, 64, 128, 256))
        chosen[f"{network}_widths"] = (width,) * depth
    for name, (low, high) in RANGES.items():
        if name != "lambda_zero" or config.lambda_zero:
            chosen[name] = trial.suggest_float(name, low, high, log=True)
    return dataclasses.replace(config, **chosen, out=config.out / f"trial_{trial.number}")


def search(config, trials, keep_networks=False, prune=True):
    """Run trials until there are `trials` finished or stopped ones in the folder ``config.out``; the optuna study.

    A trial that diverges counts as failed. Raises InputError without a folder, or if optuna is not installed.
    """
    if config.out is None:
        raise InputError("the search needs --out, a folder for its trials")
    if trials < 1:
        raise InputError(f"--trials is {trials}, expected at least 1")
    with optional.needed("the search", "search"):
        import optuna

    from reproductions.mfc_cgan.train import train

    config.out.mkdir(parents=True, exist_ok=True)
    study = optuna.create_study(
        storage=f"sqlite:///{config.out / 'trials.db'}",
        study_name="mfc_cgan",
        pruner=optuna.pruners.MedianPruner(n_startup_trials=5) if prune else optuna.pruners.NopPruner(),
        load_if_exists=True,
    )
    if not study.trials:  # the flags' own values are the first trial
        own = {
            name: getattr(config, name) for name, (low, high) in RANGES.items() if low <= getattr(config, name) <= high
        }
        study.enqueue_trial(own)
    # With the same seed again, a resumed search would try again what it began with.
    study.sampler = optuna.samplers.TPESampler(seed=config.seed + len(study.trials))

    def objective(trial):
        best = math.inf

        def scored(epoch, score):
            nonlocal best
            best = min(best, score) if not math.isnan(score) else best
            trial.report(best, epoch)
            if trial.should_prune():
                raise optuna.TrialPruned

        train(suggest(trial, config, keep_networks), scored)
        return best if best < math.inf else math.nan

    done = (optuna.trial.TrialState.COMPLETE, optuna.trial.TrialState.PRUNED)
    study.optimize(objective, n_trials=max(0, trials - sum(trial.state in done for trial in study.trials)))
    return study


def main() -> None:
    """Search from the command line."""
    parser = cli.Parser(
        prog="python -m reproductions.mfc_cgan.search",
        usage="%(prog)s [flags]",
        what=__doc__,
        example="python -m reproductions.mfc_cgan.search --trials 50 --out runs/search",
    )
    parser.add_argument("--trials", type=int, default=50, help="trials in all, those of earlier calls included (50)")
    parser.add_argument("--keep-networks", action="store_true", help="search neither depth nor width")
    parser.add_argument("--no-prune", action="store_true", help="stop no trial early")
    cli.add_flags(parser, Config, order=ORDER)
    args = parser.parse_args()
    config = cli.config_from(args, Config)
    if config.out is None:
        config = dataclasses.replace(config, out=Path("runs") / "mfc_cgan_search")
    study = search(config, args.trials, args.keep_networks, prune=not args.no_prune)
    best = study.best_trial
    print(f"best of {len(study.trials)} trials: {best.value:.4f} in {config.folder / f'trial_{best.number}'}")
    for name, value in best.params.items():
        print(f"  {name}: {value}")


if __name__ == "__main__":
    cli.run(main)
