"""The hyper-parameters of the TPC pad-row GAN (arXiv:2012.04595): these fields are the command-line flags."""

import math
from dataclasses import dataclass
from pathlib import Path

from zoo import cli
from zoo.cli import flag
from zoo.errors import InputError
from zoo.training.settings import DATA, LENGTH, Settings


@dataclass(frozen=True, kw_only=True)
class Config(Settings):
    """A training of the TPC pad-row GAN."""

    data: Path | None = flag(None, "HDF5 file or MPD's text file of responses (default: simulated on first use)", DATA)

    # Section 3
    six: bool = flag(False, "six parameters of a segment: also the group of pad rows and pT")
    latent_size: int = flag(32, "dimension of the noise z")
    output: str = flag("kinked", "the generator's last activation", choices=("kinked", "elu", "relu"))
    residual: bool = flag(False, "generator of residual blocks")
    dropout: float = flag(0.02, "dropout behind each hidden layer of the discriminator")
    loss: str = flag("wasserstein", "objective of the game", choices=("wasserstein", "jensen-shannon", "cramer"))
    lambda_gradient: float = flag(10.0, "weight of the one-sided gradient penalty")
    # The paper draws one of nine at random for each batch.
    critic_steps: int = flag(8, "discriminator updates for each generator update")
    learning_rate: float = flag(1e-4, "RMSprop's learning rate of both networks")
    decay: float = flag(0.999, "factor of the learning rate after each epoch")
    batch_size: int = flag(32, "events of an update")
    epochs: int = flag(10_000, "epochs", LENGTH)

    # Deviations from the paper; the defaults are the paper's.
    adversary: bool = flag(True, "train against the discriminator")
    # It teaches the profiles directly, where the game alone takes millions of updates.
    lambda_score: float = flag(0.0, "weight of the energy score of moments and pixels")
    # In a whole response its size hides the rest: how smooth pulses are, how near to the track a hit is.
    lambda_score_pieces: float = flag(0.0, "weight of the energy scores of pieces of a response, each for itself")
    # How their spread follows the angles is a few per cent of the score of a barycentre, which is one piece of many.
    lambda_score_hits: float = flag(0.0, "weight of the energy scores of the barycentres, each for itself")
    # A critic that lags behind a taught generator unteaches it.
    discriminator_rate: float = flag(1.0, "learning rate of the discriminator, in those of the generator")
    # Without a game momentum does no harm, and more steps are made of the same time.
    optimizer: str = flag("rmsprop", "of both networks", choices=("rmsprop", "adam"))
    # 32 noise numbers drown five features, which are learnt in a tenth of the time if the noise begins quietly.
    noise_start: float = flag(1.0, "factor of the generator's first weights of the noise, at the start")

    def __post_init__(self):
        """Raises InputError for values that make no sense."""
        super().__post_init__()
        rules = {
            "at least 1": (lambda x: x >= 1, "latent_size critic_steps"),
            "a positive number": (lambda x: 0 < x < math.inf, "learning_rate discriminator_rate noise_start"),
            "no negative number": (
                lambda x: 0 <= x < math.inf,
                "lambda_gradient lambda_score lambda_score_pieces lambda_score_hits",
            ),
            "at least 0 and below 1": (lambda x: 0 <= x < 1, "dropout"),
            "above 0 and at most 1": (lambda x: 0 < x <= 1, "decay"),
        }
        cli.check(self, rules)
        if not (self.adversary or self.lambda_score or self.lambda_score_pieces or self.lambda_score_hits):
            raise InputError("--no-adversary leaves nothing to learn from, expected --lambda-score above 0")

    @property
    def critic_updates(self) -> int:
        """Updates of the discriminator for each of the generator."""
        return self.critic_steps if self.adversary else 0

    @property
    def simulated(self) -> bool:
        """Whether the events are our simulator's: the default, or the file that the README has it write."""
        return self.data is None or self.data.stem == "responses"

    @property
    def name(self) -> str:
        """tpc_gan and its variants; a model of another file than the simulator's has that file's name at the end."""
        parts = ["tpc_gan"]
        parts += ["six"] if self.six else []
        parts += [self.output] if self.output != "kinked" else []
        parts += ["residual"] if self.residual else []
        parts += [self.loss.replace("-", "_")] if self.loss != "wasserstein" else []
        parts += [self.data.stem] if self.data else []
        return "_".join(parts)
