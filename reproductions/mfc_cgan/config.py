"""The hyper-parameters of the MFC CGAN (Ramazyan, Vallecorsa, Kajomovitz): these fields are the command-line flags."""

import math
from dataclasses import dataclass
from pathlib import Path

from zoo import cli
from zoo.cli import flag
from zoo.errors import InputError

SIZES = {"paper": 6, "shares": 6, "logits": 6, "kinematic": 3}  # numbers that each system of coordinates has


@dataclass(frozen=True)
class Config:
    data: Path | None = flag(
        None, "HDF5 file of python -m reproductions.mfc_cgan.simulate (default: made on first use)"
    )
    events: int | None = flag(None, "use only the first EVENTS events of each beam energy")
    without: float | None = flag(None, "leave this beam energy (GeV) out of the training and evaluate on it alone")

    # The paper's networks and losses
    loss: str = flag("cross-entropy", "objective of the game", choices=("cross-entropy", "wasserstein"))
    generator_widths: tuple[int, ...] = flag((16, 128, 256, 128), "hidden layers of the generator")
    discriminator_widths: tuple[int, ...] = flag((6, 128, 256, 128), "hidden layers of the discriminator")
    activation: str = flag("sigmoid", "of the hidden layers", choices=("sigmoid", "relu", "leaky_relu", "swish"))

    # The paper leaves these open; the README tells what was tried.
    # Over the neurons of a layer. Over a batch, all real or all generated, normalisation hides from the discriminator
    # what tells the two apart: its loss stayed at log 2.
    normalisation: bool = flag(True, "layer normalisation behind each hidden layer")
    latent_size: int = flag(15, "dimension of the noise z: with the energy 16 inputs")
    epochs: int = flag(50, "how many epochs to train")
    iterations_per_epoch: int | None = flag(None, "batches in an epoch (default: one pass over the training events)")
    batch_size: int = flag(256, "events in a batch")
    generator_learning_rate: float = flag(5e-4, "RMSprop's learning rate of the generator")
    discriminator_learning_rate: float = flag(5e-4, "RMSprop's learning rate of the discriminator")
    decay: float = flag(1.0, "factor of both learning rates after each epoch")
    lambda_energy: float = flag(1.0, "weight of the regression of the beam energy, in (100 GeV)^-2")
    critic_steps: int = flag(5, "critic updates for each generator update, with --loss wasserstein")
    lambda_gradient: float = flag(10.0, "weight of the gradient penalty, with --loss wasserstein")

    # Deviations from the paper; the defaults are the paper's. mfc_cgan_plus is made of them.
    # Three numbers, energy and masses conserved, each normally distributed: little is left but their correlations.
    # Or the paper's with energies over the beam's, "shares", or with the logits of these, "logits": how they are scaled
    # the paper leaves open.
    coordinates: str = flag("paper", "what the networks see of an event", choices=tuple(SIZES))
    # Right marginal distributions from the first step on, with kinematic coordinates.
    residual: bool = flag(False, "add the network's output to the first noise numbers")
    # Instead of the regression, which pays for events that are typical of an energy rather than right.
    judge_energy: bool = flag(False, "tell the discriminator the beam energy")
    # Damps the circling of the game (Mescheder et al., arXiv:1801.04406).
    lambda_zero: float = flag(0.0, "weight of |grad D|^2 at real events, with --loss cross-entropy")
    # Weights averaged over the last batches fluctuate less than the last ones.
    average: float = flag(0.0, "momentum of an exponential moving average of the generator's weights (0: none)")

    start: Path | None = flag(None, "folder of a run whose networks this one begins with")
    seed: int = flag(1, "seed of the split, the weights, the noise and the order of the events")
    score_every: int = flag(1, "epochs between scores on the validation events")
    out: Path | None = flag(None, "folder of the run (default: runs/NAME)")
    resume: bool = flag(False, "continue the run in OUT where it stopped")
    jit: bool = flag(True, "compile the training step through XLA")

    def __post_init__(self):
        """Raises InputError for values that make no sense."""
        rules = {
            "at least 1": (
                lambda x: x >= 1,
                "events latent_size epochs iterations_per_epoch batch_size critic_steps score_every",
            ),
            "a positive number": (
                lambda x: 0 < x < math.inf,
                "without generator_learning_rate discriminator_learning_rate",
            ),
            "no negative number": (lambda x: 0 <= x < math.inf, "lambda_energy lambda_gradient lambda_zero seed"),
            "at least 0 and below 1": (lambda x: 0 <= x < 1, "average"),
            "above 0 and at most 1": (lambda x: 0 < x <= 1, "decay"),
            "at least 1 each": (lambda x: min(x) >= 1, "generator_widths discriminator_widths"),
        }
        cli.check(self, rules)
        if self.residual and self.latent_size < SIZES[self.coordinates]:
            raise InputError(
                f"--latent-size is {self.latent_size}, expected at least {SIZES[self.coordinates]} with --residual"
            )

    @property
    def name(self):
        parts = ["mfc_cgan"]
        parts += ["plus"] if self.coordinates == "kinematic" else []
        parts += ["wasserstein"] if self.loss == "wasserstein" else []
        parts += [f"without_{self.without:g}"] if self.without else []
        return "_".join(parts)

    @property
    def folder(self):
        return self.out or Path("runs") / self.name
