"""The hyper-parameters of CaloGAN (arXiv:1705.02355): these fields are the command-line flags."""

import math
from dataclasses import dataclass
from pathlib import Path

from reproductions.calogan.data import PARTICLES
from zoo import cli
from zoo.cli import flag
from zoo.errors import InputError
from zoo.training.settings import DATA, LENGTH, Settings


@dataclass(frozen=True, kw_only=True)
class Config(Settings):
    """A training of the CaloGAN."""

    # One particle is the paper's model; several train the ACGAN form of the authors' code with one generator for all.
    particle: tuple[str, ...] = flag(
        ("piplus",), "particle types; several train one class-conditional (ACGAN) model", DATA, choices=PARTICLES
    )
    data: tuple[Path, ...] | None = flag(
        None, "HDF5 file of showers for each particle (default: the embedded sample)", group=DATA
    )

    # Section 4.3 and the authors' models/train.py
    epochs: int = flag(50, "passes over the training showers", LENGTH)
    batch_size: int = flag(256, "showers in a batch")
    iterations_per_epoch: int | None = flag(None, "batches in an epoch (default: one pass over the training showers)")
    latent_size: int = flag(1024, "dimension of the noise z")
    discriminator_learning_rate: float = flag(2e-5, "Adam's learning rate of the discriminator")
    generator_learning_rate: float = flag(2e-4, "Adam's learning rate of the generator")
    beta_1: float = flag(0.5, "Adam's first moment decay of both")
    beta_2: float = flag(0.999, "Adam's second moment decay of both; lower, one large gradient moves weights less far")
    generator_steps: int = flag(2, "generator updates after each discriminator update")
    lambda_energy: float = flag(0.05, "weight of the mean |requested - generated energy|, per GeV")
    lambda_particle: float = flag(0.2, "weight of the particle classification, with several particles")
    flip_particle: float = flag(0.3, "probability of a wrong particle label for generated showers in training")
    attention: bool = flag(True, "in-painting attention from layer to layer")

    # Deviations from the paper; the defaults are the paper's.
    start: Path | None = flag(
        None,
        "folder of a run, or of released weights (--folded), whose networks begin this one; that of energies stays",
        DATA,
    )
    # Half the cost of a batch. Its Dense takes the place of a Dense and a convolution; there is no batch normalisation.
    folded: bool = flag(False, "train the generator in the form that is released, see ours.py")
    # A forward pass of the generator less. Its first update then judges no showers that are new to the discriminator.
    reuse: bool = flag(
        False, "let the generator's first update judge the showers that the discriminator has just learnt from"
    )
    # The set-up is mirror-symmetric in both transverse axes: flips make four exact showers of one.
    flips: bool = flag(False, "mirror training showers at random in both transverse axes (exact symmetry)")
    # The discriminator alone is slow to teach the narrow distributions of the shower shapes, see shapes.py.
    lambda_shapes: float = flag(0.0, "weight of the energy distance between generated and real shower shapes")
    # The shapes above know nothing of single cells, and see the narrow spread of E_tot at each energy only from afar.
    lambda_score: float = flag(
        0.0, "weight of the proper score of layer energies and cells, two showers for each real one"
    )
    # Twenty cells, each with its own noise, have a sum that fluctuates by 6 % and more, that of Geant4 by 0.5 %.
    # The images are multiples of the mean one, for cells differ by a factor of thousands.
    normalised: bool = flag(
        False, "let a network of its own, trained before, draw the layers' energies, and the images share them out"
    )
    tables: str | None = flag(
        None,
        "let --normalised draw the energies by tables of quantiles, of those of the layers, or of the response and how "
        "layers share it",
        choices=("layers", "response"),
    )
    energies: Path | None = flag(
        None, "folder of a run, or of released weights, whose network of energies --normalised takes"
    )
    # The last layers' numbers end anywhere near 0 with equal chance, Geant4's small cells are far more frequent.
    squared: bool = flag(False, "let cells grow with the square of what --normalised makes of them")
    # Far from the core a shower is cells that were hit by chance, which a few numbers for all cells do not make.
    speckled: bool = flag(False, "give each cell noise of its own, with --normalised")
    # Whether a cell is hit at all is a yes or no, which no gradient reaches.
    occupied: bool = flag(
        False, "fill the brightest cells of --normalised alone, as many in each layer as a network of its own draws"
    )
    # One layer from noise and energies to cells lets each see the other as a factor common to all noise.
    mixed: bool = flag(False, "let layers of their own mix noise, energies and filled cells before --normalised images")
    # How much of a layer's energy the brightest cell has changes from a third to all of it, with what is known before.
    sharpened: bool = flag(False, "let the images of --occupied be powers of what they were, drawn for each layer")
    # Without the discriminator a batch costs a fraction, and it cannot win before the energies are right: then --start.
    adversary: bool = flag(True, "train against an opponent, else by the lambdas above alone")
    # The discriminator wins at once against what scores have taught, see critic.py.
    opponent: str = flag(
        "discriminator",
        "of the generator: the paper's, or a Wasserstein critic of cells and shapes",
        choices=("discriminator", "critic"),
    )
    critic_steps: int = flag(2, "updates of the critic before each of the generator")
    lambda_gradient: float = flag(10.0, "weight of the critic's gradient penalty")
    cosine: bool = flag(False, "let the learning rates fall to 0 over the training")

    score_every: int = flag(5, "epochs between scores on the validation showers", LENGTH)

    def __post_init__(self):
        """Raises InputError for values that make no sense."""
        super().__post_init__()
        rules = {
            "at least 1": (lambda x: x >= 1, "latent_size generator_steps critic_steps iterations_per_epoch"),
            "a positive number": (lambda x: 0 < x < math.inf, "discriminator_learning_rate generator_learning_rate"),
            "no negative number": (
                lambda x: 0 <= x < math.inf,
                "lambda_energy lambda_particle lambda_shapes lambda_score lambda_gradient",
            ),
            "at least 0 and below 1": (lambda x: 0 <= x < 1, "beta_1 beta_2 flip_particle"),
        }
        cli.check(self, rules)
        if not (self.adversary or self.lambda_shapes or self.lambda_score):
            wanted = "--lambda-shapes or --lambda-score above 0"
            raise InputError(f"--no-adversary leaves nothing to learn from, expected {wanted}")
        if self.lambda_score and len(self.particle) > 1:
            raise InputError("--lambda-score compares showers of one particle, expected one --particle")
        if self.critic and len(self.particle) > 1:
            raise InputError("--opponent critic compares showers of one particle, expected one --particle")
        if self.critic and self.reuse:
            raise InputError("--reuse is of the paper's discriminator, expected no --opponent critic")
        if self.normalised and (not self.folded or len(self.particle) > 1):
            raise InputError("--normalised needs --folded and one --particle")
        if (any(self.cells.values()) or self.tables or self.energies) and not self.normalised:
            parts = ", ".join(f"--{name}" for name in self.cells)
            raise InputError(f"{parts}, --tables and --energies are parts of --normalised, expected it too")
        if self.sharpened and not self.occupied:
            raise InputError("--sharpened takes powers of images that are above 0 everywhere, expected --occupied too")
        if len(set(self.particle)) < len(self.particle):
            raise InputError(f"--particle is {' '.join(self.particle)}, expected each particle once")

    @property
    def critic(self) -> bool:
        """Whether the generator's opponent is the critic."""
        return self.adversary and self.opponent == "critic"

    @property
    def cells(self) -> dict[str, bool]:
        """How a folded generator makes its cells."""
        return {name: getattr(self, name) for name in ("squared", "speckled", "occupied", "mixed", "sharpened")}

    @property
    def falls(self) -> bool:
        return self.cosine

    @property
    def name(self) -> str:
        """calogan_ and its particles, and "plus" if more than the paper's game teaches it."""
        game_alone = self.adversary and not (self.critic or self.lambda_shapes or self.lambda_score)
        return "_".join(["calogan", *self.particle, *([] if game_alone else ["plus"])])
