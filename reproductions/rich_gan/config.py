"""The hyper-parameters of the RICH GANs (arXiv:1905.11825, arXiv:2204.09947): these fields are the command-line flags.

The defaults are those of the later paper, arXiv:2204.09947; `--recipe acat2019` has those of the earlier one.
"""

import math
from dataclasses import dataclass
from pathlib import Path

from reproductions.rich_gan.constants import PARTICLES
from zoo import cli
from zoo.cli import flag
from zoo.errors import InputError
from zoo.training.settings import DATA, LENGTH, Settings

SAMPLES = ("spectrum", "calibration")


@dataclass(frozen=True, kw_only=True)
class Config(Settings):
    particle: str = flag("kaon", "species of the tracks", DATA, choices=PARTICLES)
    data: Path | None = flag(None, "HDF5 file of tracks (default: simulated on first use)", DATA)
    sample: str = flag(
        "spectrum",
        "tracks to simulate: all in LHCb, or those of calibration channels with sWeights",
        DATA,
        choices=SAMPLES,
    )

    depth: int = flag(10, "hidden layers of both networks")
    batch_size: int = flag(17_000, "tracks in a batch of one network")
    critic_steps: int = flag(5, "critic updates for each generator update")
    # lambda = 20 (2 / pi) atan(step / PENALTY_STEPS)
    penalty_steps: float = flag(500.0, "generator updates after which the gradient penalty has half of its weight")
    penalise_conditions: bool = flag(False, "keep the gradient by P, eta and nSPDHits below 1 too")
    decay_passes: float = flag(10.0, "passes over the training tracks in which the learning rate falls by 2 %")
    decay_steps: float | None = flag(None, "generator updates in which it does, instead")
    width: int = flag(128, "units of a hidden layer")
    critic_size: int = flag(256, "numbers that the critic makes of a track")
    latent_size: int = flag(64, "dimension of the noise z")
    learning_rate: float = flag(1e-3, "of both networks at the beginning")
    epochs: int = flag(40, "how many epochs to train: 20,000 generator updates", LENGTH)
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
    lambda_score_single: float = flag(0.0, "weight of the energy scores of single DLLs, as normal scores at each P")
    adversary: bool = flag(True, "train against the critic")
    # From the learning rate to 0 as a cosine over all steps, instead of the papers' exponentials, made for 20,000.
    cosine: bool = flag(False, "let the learning rate fall to 0 over the training")

    def __post_init__(self):
        """Raises InputError for values that make no sense."""
        super().__post_init__()
        rules = {
            "at least 1": (
                lambda x: x >= 1,
                "depth critic_steps width critic_size latent_size iterations_per_epoch",
            ),
            "a positive number": (
                lambda x: 0 < x < math.inf,
                "learning_rate penalty_steps decay_passes decay_steps",
            ),
            "no negative number": (lambda x: 0 <= x < math.inf, "lambda_score lambda_score_single"),
        }
        cli.check(self, rules)
        if self.residual and (self.coordinates == "paper" or self.latent_size < 5):
            raise InputError("--residual needs --coordinates hypotheses and a --latent-size of at least 5")
        if self.lambda_score_single and self.coordinates == "paper":
            raise InputError("--lambda-score-single needs --coordinates hypotheses")
        if not self.lambda_score and not self.adversary:
            raise InputError("--no-adversary leaves nothing to learn from, expected --lambda-score above 0")

    @property
    def falls(self) -> bool:
        return self.cosine

    @property
    def name(self) -> str:
        parts = ["rich_gan", self.particle]
        parts += [self.sample] if self.sample != "spectrum" else []
        parts += [] if self.adversary and not self.lambda_score else ["plus"]  # more than the papers' game teaches it
        return "_".join(parts)
