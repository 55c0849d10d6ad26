"""Recipes by name: the paper's, and those of the released models, whose commands are in their cards."""

from reproductions.top_pair_gan.config import Config

RECIPES = {
    "paper": Config(),
    "top_pair_gan": Config(inverse_time_decay=0.025, epochs=4, iterations_per_epoch=250),
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
