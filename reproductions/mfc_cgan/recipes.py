"""Recipes by name: the paper's, and those of the released models, whose commands are in their cards."""

from reproductions.mfc_cgan.config import Config

WITHOUT_SIX = (128, 256, 128)  # the paper's discriminator but for its first layer

RECIPES = {
    "paper": Config(),
    "mfc_cgan": Config(
        epochs=12,
        iterations_per_epoch=400,
        generator_learning_rate=2e-3,
        discriminator_learning_rate=2e-3,
        decay=0.8,
        coordinates="shares",
        discriminator_widths=WITHOUT_SIX,
        lambda_zero=0.1,
        average=0.995,
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
