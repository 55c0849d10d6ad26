"""The hyper-parameters of the top-pair GAN (arXiv:1907.03764): these fields are the command-line flags."""

import math
from dataclasses import dataclass
from pathlib import Path

from zoo import cli
from zoo.cli import flag
from zoo.errors import InputError
from zoo.training.settings import DATA, LENGTH, Settings

KERNELS = ("breit-wigner", "gaussian")
INITIALIZERS = ("glorot_uniform", "he_normal")


@dataclass(frozen=True, kw_only=True)
class Config(Settings):
    """A training of the top-pair GAN."""

    data: Path | None = flag(None, "HDF5 or LHE file of events (default: made by Pythia on first use)", DATA)

    # Section 2.3
    kernel: str = flag("breit-wigner", "kernel of the MMD of the W and top masses", choices=KERNELS)
    # A single width draws nothing from further away than itself; several are a deviation.
    kernel_widths: tuple[float, ...] = flag((1.0,), "widths of the kernels, added up, in widths of the resonance")

    # Section 3 and table 1
    units: int = flag(512, "units of a hidden layer, of both networks")
    depth: int = flag(10, "hidden layers of both networks")
    learning_rate: float = flag(1e-3, "Adam's learning rate of both networks")
    beta_1: float = flag(0.5, "Adam's first moment decay of both")
    beta_2: float = flag(0.9, "Adam's second moment decay of both")
    # The table does not say of what: per iteration the training would end before it began.
    inverse_time_decay: float = flag(0.1, "the learning rate is divided by 1 + this x epoch")
    lambda_gradient: float = flag(1e-3, "weight of the gradient regulariser of the discriminator")
    lambda_mmd: float = flag(1.0, "weight of the squared MMD (0: none)")
    batch_size: int = flag(1024, "events in a batch")
    epochs: int = flag(1000, "epochs", LENGTH)
    iterations_per_epoch: int = flag(1000, "updates of both networks in an epoch")

    # Deviations from the paper; the defaults are the paper's.
    # Section 2.1 has it as what a Monte Carlo does about resonances; the MMD is there to do without.
    mapping: bool = flag(False, "networks see phase space with Breit-Wigner masses mapped flat, not momenta")
    # Small networks find neither products of six directions nor the momentum of the tops in time.
    correlations: bool = flag(False, "show the discriminator the pT of t and the spin correlations too")
    # A discriminator that tells spectra sooner: in units of 450 GeV most momenta are below 0.3, and with Keras's
    # initial weights a signal loses a quarter in every layer: of ten layers a twentieth comes out.
    discriminator_scale: float = flag(450.0, "unit of the momenta that the discriminator sees, in GeV")
    discriminator_weights: str = flag("glorot_uniform", "its initial weights in hidden layers", choices=INITIALIZERS)
    # The same in the generator gives spectra at once, and masses tens of times too wide.
    generator_weights: str = flag(
        "glorot_uniform", "the generator's initial weights in hidden layers", choices=INITIALIZERS
    )
    # A boost along the beam, by far the widest of all spectra, changes every pz and no mass: a sum in pseudorapidities.
    pseudorapidities: bool = flag(False, "networks give and see pseudorapidities instead of longitudinal momenta")
    # The true masses of a batch are a noisy stand-in for those of all training events, whose half of the MMD is a
    # function of one number: a table. It costs no pairs, and the unbiased estimator does not narrow the peaks.
    whole_truth: bool = flag(False, "MMD to all training events, unbiased, not to those of the batch")
    mmd_events: int | None = flag(None, "events of a batch of which all pairs of generated masses are taken")
    # A game that begins with spectra has only to keep them, and peaks to make.
    teacher: str | None = flag(None, "instead of a game: model with the mapping that the generator learns to imitate")
    # A discriminator that wins teaches nothing.
    discriminator_rate: float = flag(1.0, "learning rate of the discriminator, in those of the generator")
    # The regulariser is half of an iteration's arithmetic, and an average over fewer events does the same.
    regularised: float = flag(1.0, "share of the batch of which the gradient regulariser is taken")

    def __post_init__(self):
        """Raises InputError for values that make no sense."""
        super().__post_init__()
        rules = {
            "at least 1": (
                lambda x: x >= 1,
                "units depth iterations_per_epoch",
            ),
            "at least 2": (lambda x: x >= 2, "mmd_events"),
            "positive numbers": (lambda x: x and all(0 < one < math.inf for one in x), "kernel_widths"),
            "a positive number": (lambda x: 0 < x < math.inf, "learning_rate discriminator_rate discriminator_scale"),
            "above 0 and at most 1": (lambda x: 0 < x <= 1, "regularised"),
            "no negative number": (lambda x: 0 <= x < math.inf, "inverse_time_decay lambda_gradient lambda_mmd"),
            "at least 0 and below 1": (lambda x: 0 <= x < 1, "beta_1 beta_2"),
        }
        cli.check(self, rules)
        for name, given in (("pseudorapidities", self.pseudorapidities), ("teacher", self.teacher)):
            if self.mapping and given:
                raise InputError(f"--mapping has coordinates of its own, expected no --{name}")

    @property
    def name(self) -> str:
        """top_pair_gan, with "plus" if resonances are mapped, and "taught" if a teacher stands for the game."""
        return "top_pair_gan_plus" if self.mapping else "top_pair_gan_taught" if self.teacher else "top_pair_gan"
