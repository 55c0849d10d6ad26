"""Recipes by name: the paper's, and those of the released models, whose commands are in their cards."""

from dataclasses import replace
from pathlib import Path

from reproductions.top_pair_gan.config import Config

# The paper's networks and game, shorter: the README tells why each of these.
GAME = Config(
    kernel_widths=(1.0, 3.0, 10.0, 30.0),
    whole_truth=True,
    regularised=0.125,
    discriminator_weights="he_normal",
    discriminator_scale=150.0,
    beta_2=0.99,
    batch_size=512,
    lambda_gradient=0.05,
    inverse_time_decay=0.05,
    iterations_per_epoch=50,
    score_every=2,
)

# The paper's generator imitates, then the MMD narrows what it imitates badly.
TAUGHT = replace(
    GAME,
    teacher="top_pair_gan_plus",
    generator_weights="he_normal",
    lambda_mmd=0.0,
    beta_1=0.9,
    learning_rate=1e-3,
    inverse_time_decay=0.15,
    average=0.999,
    epochs=16,
    iterations_per_epoch=250,
    score_every=1,
)

NARROWED = replace(
    TAUGHT,
    start=Path("runs/top_pair_gan_taught_first"),
    lambda_mmd=1.0,
    learning_rate=3e-4,
    inverse_time_decay=0.1,
    epochs=29,
)

RECIPES = {
    "paper": Config(),
    # Three legs, each from the networks of the one before.
    "top_pair_gan_peaks": replace(GAME, learning_rate=1e-3, discriminator_rate=0.3, average=0.99, epochs=6),
    "top_pair_gan_spectra": replace(GAME, learning_rate=3e-4, lambda_mmd=0.3, average=0.99, epochs=9),
    "top_pair_gan": replace(GAME, learning_rate=2e-4, average=0.98, epochs=80),
    "top_pair_gan_taught_first": TAUGHT,
    "top_pair_gan_taught_second": NARROWED,
    "top_pair_gan_taught": replace(
        NARROWED,
        start=Path("runs/top_pair_gan_taught_second"),
        lambda_mmd=2.0,
        inverse_time_decay=0.05,
        epochs=125,
    ),
    "top_pair_gan_plus": Config(
        lambda_mmd=0.0,
        units=128,
        depth=3,
        beta_2=0.99,
        lambda_gradient=0.1,
        epochs=14,
        iterations_per_epoch=200,
        mapping=True,
        correlations=True,
        average=0.999,
    ),
}
