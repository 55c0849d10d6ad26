"""The hyper-parameters of the MFC CGAN (Ramazyan, Vallecorsa, Kajomovitz): these fields are the command-line flags."""

import math
from dataclasses import dataclass
from pathlib import Path

from zoo import cli
from zoo.cli import flag
from zoo.errors import InputError
from zoo.training.settings import DATA, LENGTH, Settings

SIZES = {"paper": 6, "shares": 6, "logits": 6, "logs": 6, "kinematic": 3}  # numbers that each system of coordinates has


@dataclass(frozen=True, kw_only=True)
class Config(Settings):
    """A training of the MFC CGAN."""

    data: Path | None = flag(
        None, "HDF5 file of python -m reproductions.mfc_cgan simulate (default: made on first use)", DATA
    )
    without: float | None = flag(
        None, "leave this beam energy (GeV) out of the training and evaluate on it alone", DATA
    )

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
    epochs: int = flag(50, "how many epochs to train", LENGTH)
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

    def __post_init__(self):
        """Raises InputError for values that make no sense."""
        super().__post_init__()
        rules = {
            "at least 1": (
                lambda x: x >= 1,
                "latent_size iterations_per_epoch critic_steps",
            ),
            "a positive number": (
                lambda x: 0 < x < math.inf,
                "without generator_learning_rate discriminator_learning_rate",
            ),
            "no negative number": (lambda x: 0 <= x < math.inf, "lambda_energy lambda_gradient lambda_zero"),
            "above 0 and at most 1": (lambda x: 0 < x <= 1, "decay"),
            "at least 1 each": (lambda x: min(x) >= 1, "generator_widths discriminator_widths"),
        }
        cli.check(self, rules)
        if self.residual and self.latent_size < SIZES[self.coordinates]:
            raise InputError(
                f"--latent-size is {self.latent_size}, expected at least {SIZES[self.coordinates]} with --residual"
            )

    @property
    def name(self) -> str:
        """mfc_cgan and its variants, and the energy that is left out."""
        parts = ["mfc_cgan"]
        parts += ["plus"] if self.coordinates == "kinematic" else []
        parts += ["wasserstein"] if self.loss == "wasserstein" else []
        parts += [f"without_{self.without:g}"] if self.without else []
        return "_".join(parts)
