"""Recipes by name: the paper's, and those of the released models, whose commands are in their cards."""

from dataclasses import replace
from pathlib import Path

from reproductions.mfc_cgan.config import Config

# The paper's networks and losses, with a penalty, and the muon's energy as a logarithm, the carrier's as a logit. The
# discriminator learns four times as fast as the generator.
FIRST_STEP = Config(
    epochs=17,
    iterations_per_epoch=1000,
    generator_learning_rate=1e-3,
    discriminator_learning_rate=4e-3,
    decay=0.97,
    lambda_energy=0.1,
    lambda_zero=0.3,
    coordinates="logs",
    average=0.9995,
    score_every=2,
)

RECIPES = {
    "paper": Config(),
    "mfc_cgan_first": FIRST_STEP,
    "mfc_cgan": replace(
        FIRST_STEP,
        start=Path("runs/mfc_cgan_first"),
        epochs=24,
        generator_learning_rate=4e-4,
        discriminator_learning_rate=1.5e-3,
        decay=0.88,
    ),
    "mfc_cgan_plus": Config(
        generator_widths=(64, 64, 64),
        discriminator_widths=(64, 64, 64),
        activation="leaky_relu",
        normalisation=False,
        latent_size=6,
        epochs=2,
        batch_size=1024,
        generator_learning_rate=2e-4,
        lambda_energy=0.0,
        coordinates="kinematic",
        residual=True,
        judge_energy=True,
        lambda_zero=0.1,
        average=0.998,
    ),
}
