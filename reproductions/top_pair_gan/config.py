"""The hyper-parameters of the top-pair GAN (arXiv:1907.03764): these fields are the command-line flags."""

import math
from dataclasses import dataclass
from pathlib import Path

from zoo import cli
from zoo.cli import flag
from zoo.training.settings import DATA, LENGTH, Settings

KERNELS = ("breit-wigner", "gaussian")


@dataclass(frozen=True, kw_only=True)
class Config(Settings):
    data: Path | None = flag(None, "HDF5 or LHE file of events (default: made by Pythia on first use)", DATA)

    # Section 2.3
    mmd: bool = flag(True, "MMD of the masses of the W and top candidates in the generator's loss")
    kernel: str = flag("breit-wigner", "kernel of the MMD", choices=KERNELS)
    kernel_width: float = flag(1.0, "width of the kernel, in widths of the resonance")

    # Section 3 and table 1
    units: int = flag(512, "units of a hidden layer, of both networks")
    depth: int = flag(10, "hidden layers of both networks")
    learning_rate: float = flag(1e-3, "Adam's learning rate of both networks")
    beta_1: float = flag(0.5, "Adam's first moment decay of both")
    beta_2: float = flag(0.9, "Adam's second moment decay of both")
    # The table does not say of what: per iteration the training would end before it began.
    decay: float = flag(0.1, "the learning rate is divided by 1 + DECAY x epoch")
    lambda_gradient: float = flag(1e-3, "weight of the gradient regulariser of the discriminator")
    lambda_mmd: float = flag(1.0, "weight of the squared MMD")
    batch_size: int = flag(1024, "events in a batch")
    epochs: int = flag(1000, "epochs", LENGTH)
    iterations_per_epoch: int = flag(1000, "updates of both networks in an epoch")

    # Deviations from the paper; the defaults are the paper's.
    # Section 2.1 has it as what a Monte Carlo does about resonances; the MMD is there to do without.
    mapping: bool = flag(False, "networks see phase space with Breit-Wigner masses mapped flat, not momenta")
    # Small networks find neither products of six directions nor the momentum of the tops in time.
    correlations: bool = flag(False, "show the discriminator the pT of t and the spin correlations too")

    def __post_init__(self):
        """Raises InputError for values that make no sense."""
        super().__post_init__()
        rules = {
            "at least 1": (
                lambda x: x >= 1,
                "units depth iterations_per_epoch",
            ),
            "a positive number": (lambda x: 0 < x < math.inf, "kernel_width learning_rate"),
            "no negative number": (lambda x: 0 <= x < math.inf, "decay lambda_gradient lambda_mmd"),
            "at least 0 and below 1": (lambda x: 0 <= x < 1, "beta_1 beta_2"),
        }
        cli.check(self, rules)

    @property
    def name(self) -> str:
        return "top_pair_gan_plus" if self.mapping else "top_pair_gan"
