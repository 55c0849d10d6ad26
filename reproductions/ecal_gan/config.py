"""The hyper-parameters of the ECAL GAN (arXiv:1812.01319, arXiv:2207.06329): these fields are the flags."""

import math
from dataclasses import dataclass
from pathlib import Path

from zoo import cli
from zoo.cli import flag
from zoo.errors import InputError
from zoo.training.settings import DATA, LENGTH, Settings

METRICS = ("none", "direct", "surrogate")


@dataclass(frozen=True, kw_only=True)
class Config(Settings):
    """A training of the ECAL GAN."""

    data: Path | None = flag(None, "HDF5 or .npz file of showers (default: the embedded sample)", DATA)

    # arXiv:1812.01319, section 3: the networks and the game
    latent_size: int = flag(512, "dimension of the noise z")
    filters: int = flag(32, "of the generator's last hidden layer and the critic's first; they double layer by layer")
    regressor: bool = flag(True, "show the critic what a regressor trained on simulation finds the conditions to be")

    # arXiv:2207.06329: the longitudinal and transverse asymmetry of the shower
    metric: str = flag("none", "refinement: in the generator's loss, or for the critic to see", choices=METRICS)
    lambda_metric: float = flag(10.0, "weight of the score of asymmetries, with --metric direct")

    # The papers leave these open; the README tells what was tried.
    critic_steps: int = flag(5, "critic updates for each generator update, on the same showers")
    lambda_gradient: float = flag(10.0, "weight of the gradient penalty")
    learning_rate: float = flag(1e-4, "Adam's learning rate of all networks")
    beta_1: float = flag(0.5, "Adam's first moment decay")
    beta_2: float = flag(0.9, "Adam's second moment decay")
    batch_size: int = flag(64, "showers in a batch")
    epochs: int = flag(1000, "epochs", LENGTH)
    iterations_per_epoch: int = flag(100, "updates of the generator in an epoch")
    regressor_epochs: int = flag(30, "passes over the showers to train the regressor, before all else")

    # Deviations from the papers.
    # The detector and the beam are symmetric, and Geant4 is slow.
    mirror: bool = flag(False, "mirror showers at random in x and in y")
    # Two draws for each simulated shower instead of an opponent: many more updates of the generator a minute.
    lambda_score: float = flag(0.0, "weight of the proper scores of cells, filled cells, widths, shifts and deposit")
    adversary: bool = flag(True, "train against the critic")
    start: Path | None = flag(None, "folder of a run whose best generator this one begins with", DATA)
    # The energies of 900 cells, each with its own noise, have a sum that fluctuates by 30 %; Geant4's by 1 to 5 %.
    normalised: bool = flag(False, "draw the deposit by itself, and from the image its shape only")
    # A centre of gravity known to a hundredth of a cell is a lot to ask of convolutions that see no coordinates.
    aligned: bool = flag(False, "show the generator's last layers where each cell lies from the track")
    # Far from the core a shower is single cells that were hit by chance: noise of 256 numbers makes a smooth cloud.
    speckled: bool = flag(False, "give each cell noise of its own, with --aligned")
    # The score's minimum is found with small steps, its neighbourhood with large ones.
    decay: float = flag(1.0, "factor of the learning rate after each epoch")

    def __post_init__(self):
        """Raises InputError for values that make no sense."""
        super().__post_init__()
        rules = {
            "at least 1": (
                lambda x: x >= 1,
                "latent_size filters critic_steps iterations_per_epoch regressor_epochs",
            ),
            "a positive number": (lambda x: 0 < x < math.inf, "learning_rate"),
            "no negative number": (lambda x: 0 <= x < math.inf, "lambda_metric lambda_gradient lambda_score"),
            "at least 0 and below 1": (lambda x: 0 <= x < 1, "beta_1 beta_2"),
            "above 0 and at most 1": (lambda x: 0 < x <= 1, "decay"),
        }
        cli.check(self, rules)
        if not self.adversary and (self.metric == "surrogate" or not self.lambda_score):
            raise InputError("--no-adversary needs another loss, expected --lambda-score, and no --metric surrogate")

        if self.speckled and not self.aligned:
            raise InputError("--speckled needs the layers that --aligned adds")

    @property
    def name(self) -> str:
        """ecal_gan, and how the asymmetries are taught, or "plus" if a score teaches beside the critic."""
        if self.adversary and self.lambda_score:
            return "ecal_gan_plus"
        return {"none": "ecal_gan", "direct": "ecal_gan_direct", "surrogate": "ecal_gan_refined"}[self.metric]
