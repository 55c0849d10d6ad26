"""The hyper-parameters of the ECAL GAN (arXiv:1812.01319, arXiv:2207.06329): these fields are the flags."""

import math
from dataclasses import dataclass
from pathlib import Path

from zoo import cli
from zoo.cli import flag
from zoo.errors import InputError

METRICS = ("none", "direct", "surrogate")


@dataclass(frozen=True)
class Config:
    data: Path | None = flag(None, "HDF5 or .npz file of showers (default: the embedded sample)")
    events: int | None = flag(None, "use only the first EVENTS showers")

    # arXiv:1812.01319, section 3: the networks and the game
    latent_size: int = flag(512, "dimension of the noise z")
    filters: int = flag(32, "of the generator's last hidden layer and the critic's first; they double layer by layer")
    regressor: bool = flag(True, "show the critic what a regressor trained on simulation finds the conditions to be")

    # arXiv:2207.06329: the longitudinal and transverse asymmetry of the shower
    metric: str = flag("none", "refinement: in the generator's loss, or for the critic to see", choices=METRICS)
    lambda_metric: float = flag(10.0, "weight of the score of asymmetries, with --metric direct")

    # The papers leave these open; the README tells what was tried.
    kernel: int = flag(3, "edge of the convolutions' kernels")
    # Maximum likelihood over the cells asks for powers below 0, whose inverse has a pole.
    power: float = flag(0.1, "of the Box-Cox transformation of energies")
    critic_steps: int = flag(5, "critic updates for each generator update, on the same showers")
    lambda_gradient: float = flag(10.0, "weight of the gradient penalty")
    learning_rate: float = flag(1e-4, "Adam's learning rate of all networks")
    beta_1: float = flag(0.5, "Adam's first moment decay")
    beta_2: float = flag(0.9, "Adam's second moment decay")
    batch_size: int = flag(64, "showers in a batch")
    epochs: int = flag(1000, "epochs")
    iterations_per_epoch: int = flag(100, "updates of the generator in an epoch")
    regressor_epochs: int = flag(30, "passes over the showers to train the regressor, before all else")

    # Deviations from the papers.
    # The detector and the beam are symmetric, and Geant4 is slow.
    mirror: bool = flag(False, "mirror showers at random in x and in y")
    # Two draws for each simulated shower instead of an opponent: many more updates of the generator a minute.
    lambda_score: float = flag(0.0, "weight of the energy scores of cells, filled cells, widths, shifts and deposit")
    critic: bool = flag(True, "play against a critic")
    start: Path | None = flag(None, "folder of a run whose best generator this one begins with")
    # The energies of 900 cells, each with its own noise, have a sum that fluctuates by 30 %; Geant4's by 1 to 5 %.
    normalised: bool = flag(False, "draw the deposit by itself, and from the image its shape only")
    # A centre of gravity known to a hundredth of a cell is a lot to ask of convolutions that see no coordinates.
    aligned: bool = flag(False, "show the generator's last layers where each cell lies from the track")
    # Far from the core a shower is single cells that were hit by chance: noise of 256 numbers makes a smooth cloud.
    speckled: bool = flag(False, "give each cell noise of its own, with --aligned")
    # The score's minimum is found with small steps, its neighbourhood with large ones.
    decay: float = flag(1.0, "factor of the learning rate after each epoch")
    # Weights averaged over the last batches fluctuate less than the last ones.
    average: float = flag(0.0, "momentum of an exponential moving average of the generator's weights (0: none)")

    seed: int = flag(1, "seed of the split, the weights, the noise and the order of the showers")
    score_every: int = flag(1, "epochs between scores on the validation showers")
    out: Path | None = flag(None, "folder of the run (default: runs/NAME of the model)")
    resume: bool = flag(False, "continue the run in OUT where it stopped")
    jit: bool = flag(True, "compile the training step through XLA")

    def __post_init__(self):
        """Raises InputError for values that make no sense."""
        rules = {
            "at least 1": (
                lambda x: x >= 1,
                "latent_size filters kernel critic_steps batch_size epochs iterations_per_epoch regressor_epochs "
                "score_every events",
            ),
            "a positive number": (lambda x: 0 < x < math.inf, "power learning_rate"),
            "no negative number": (lambda x: 0 <= x < math.inf, "lambda_metric lambda_gradient lambda_score seed"),
            "at least 0 and below 1": (lambda x: 0 <= x < 1, "beta_1 beta_2 average"),
            "above 0 and at most 1": (lambda x: 0 < x <= 1, "decay"),
        }
        cli.check(self, rules)
        if not self.critic and (self.metric == "surrogate" or not self.lambda_score):
            raise InputError("--no-critic needs another loss, expected --lambda-score, and no --metric surrogate")

        if self.speckled and not self.aligned:
            raise InputError("--speckled needs the layers that --aligned adds")

    @property
    def name(self):
        return {"none": "ecal_gan", "direct": "ecal_gan_direct", "surrogate": "ecal_gan_refined"}[self.metric]

    @property
    def folder(self):
        return self.out or Path("runs") / self.name
