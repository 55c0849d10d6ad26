"""Recipes by name: the paper's, and those of the released models, whose commands are in their cards."""

from dataclasses import replace
from pathlib import Path

from reproductions.ecal_gan.config import Config

SCORED = Config(
    latent_size=256,
    filters=8,
    learning_rate=2e-3,
    beta_1=0.9,
    beta_2=0.99,
    batch_size=32,
    epochs=20,
    iterations_per_epoch=300,
    mirror=True,
    lambda_score=1.0,
    adversary=False,
    normalised=True,
    aligned=True,
    speckled=True,
    decay=0.86,
    average=0.99,
    score_every=2,
)

RECIPES = {
    "paper": Config(),
    "ecal_gan": SCORED,
    "ecal_gan_direct": replace(
        SCORED,
        start=Path("runs/ecal_gan"),
        metric="direct",
        lambda_metric=3.0,
        learning_rate=5e-4,
        epochs=4,
        iterations_per_epoch=250,
        decay=0.6,
    ),
}
