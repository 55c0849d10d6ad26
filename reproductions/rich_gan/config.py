"""The hyper-parameters of the RICH GANs (arXiv:1905.11825, arXiv:2204.09947): these fields are the command-line flags.

`--model` chooses the recipe of a paper; a flag that is given replaces that number of the recipe.
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from reproductions.rich_gan.constants import PARTICLES
from zoo import cli
from zoo.cli import flag
from zoo.errors import InputError

SAMPLES = ("spectrum", "calibration")


class Recipe(NamedTuple):
    depth: int
    batch_size: int
    critic_steps: int
    penalty_steps: float  # lambda = 20 (2 / pi) atan(step / penalty_steps), step those of the generator
    decay_epochs: float | None  # the learning rate falls by 2 % in so many passes over the training events,
    decay_steps: float | None  # or in so many steps of the generator
    penalise_conditions: bool  # the gradient by P, eta and nSPDHits is kept below 1 too


RECIPES = {
    "acat2021": Recipe(10, 17_000, 5, 500, 10, None, False),
    "acat2019": Recipe(5, 50_000, 15, 1e4, None, 200, True),
}


@dataclass(frozen=True)
class Config:
    particle: str = flag("kaon", "species of the tracks", choices=PARTICLES)
    data: Path | None = flag(None, "HDF5 file of tracks (default: simulated on first use)")
    sample: str = flag(
        "spectrum", "tracks to simulate: all in LHCb, or those of calibration channels with sWeights", choices=SAMPLES
    )
    events: int | None = flag(None, "use only the first EVENTS tracks")

    model: str = flag("acat2021", "whose recipe", choices=tuple(RECIPES))
    depth: int | None = flag(None, "hidden layers of both networks (10; acat2019: 5)")
    batch_size: int | None = flag(None, "tracks in a batch of one network (17000; acat2019: 50000)")
    critic_steps: int | None = flag(None, "critic updates for each generator update (5; acat2019: 15)")
    width: int = flag(128, "units of a hidden layer")
    critic_size: int = flag(256, "numbers that the critic makes of a track")
    latent_size: int = flag(64, "dimension of the noise z")
    learning_rate: float = flag(1e-3, "of both networks at the beginning")
    epochs: int = flag(40, "how many epochs to train: 20,000 generator updates")
    iterations_per_epoch: int = flag(500, "generator updates in an epoch, after which it is scored and saved")

    # Deviations from the paper; the defaults are the papers'. Released weights are made of them.
    # 20,000 steps of 17,000 tracks take days on two cores; Adam gets further in few steps.
    optimizer: str = flag("rmsprop", "of both networks", choices=("rmsprop", "adam"))
    # Hypotheses below threshold are equal to the bit in data, and some tracks have no RICH information at all: no
    # network with continuous outputs makes that.
    coordinates: str = flag(
        "paper",
        "what the networks see: the DLLs as normal scores; or what hypotheses above threshold leave free, as normal "
        "scores at each P, and which these are from a table",
        choices=("paper", "hypotheses"),
    )
    # Right marginal distributions at each P from the first step on, with --coordinates hypotheses.
    residual: bool = flag(False, "add the network's output to the first noise numbers")
    # The Cramer distance of the coordinates themselves: a proper score that needs no critic, and no game.
    lambda_score: float = flag(0.0, "weight of the energy score in the generator's loss")
    # The same of each DLL alone, which the efficiencies ask for and a distance in five dimensions hardly sees.
    lambda_single: float = flag(0.0, "weight of the energy scores of single DLLs, as normal scores at each P")
    lambda_critic: float = flag(
        1.0, "weight of the critic's judgement in the generator's loss (0: no critic is trained)"
    )
    # Weights averaged over the last batches fluctuate less than the last ones.
    average: float = flag(0.0, "momentum of an exponential moving average of the generator's weights (0: none)")
    # From the learning rate to 0 as a cosine over all steps, instead of the papers' exponentials, made for 20,000.
    cosine: bool = flag(False, "let the learning rate fall to 0 over the training")
    start: Path | None = flag(None, "folder of another run, whose networks this one begins with")

    seed: int = flag(1, "seed of the split, the weights, the noise and the order of the tracks")
    score_every: int = flag(1, "epochs between scores on the validation tracks")
    out: Path | None = flag(None, "folder of the run (default: runs/NAME)")
    resume: bool = flag(False, "continue the run in OUT where it stopped")
    jit: bool = flag(True, "compile the training step through XLA")

    def __post_init__(self):
        """Raises InputError for values that make no sense."""
        rules = {
            "at least 1": (
                lambda x: x >= 1,
                "events depth batch_size critic_steps width critic_size latent_size epochs iterations_per_epoch "
                "score_every",
            ),
            "a positive number": (lambda x: 0 < x < math.inf, "learning_rate"),
            "no negative number": (lambda x: 0 <= x < math.inf, "lambda_score lambda_single lambda_critic seed"),
            "at least 0 and below 1": (lambda x: 0 <= x < 1, "average"),
        }
        cli.check(self, rules)
        if self.residual and (self.coordinates == "paper" or self.latent_size < 5):
            raise InputError("--residual needs --coordinates hypotheses and a --latent-size of at least 5")
        if self.lambda_single and self.coordinates == "paper":
            raise InputError("--lambda-single needs --coordinates hypotheses")
        if not self.lambda_score and not self.lambda_critic:
            raise InputError("--lambda-score and --lambda-critic are 0, expected one of them positive")

    @property
    def recipe(self) -> Recipe:
        """The recipe of the model, with the numbers that are given instead of its own."""
        given = {name: getattr(self, name) for name in ("depth", "batch_size", "critic_steps")}
        return RECIPES[self.model]._replace(**{name: value for name, value in given.items() if value is not None})

    @property
    def name(self):
        parts = ["rich_gan", self.particle]
        parts += [self.model] if self.model != "acat2021" else []
        parts += [self.sample] if self.sample != "spectrum" else []
        return "_".join(parts)

    @property
    def folder(self):
        return self.out or Path("runs") / self.name
