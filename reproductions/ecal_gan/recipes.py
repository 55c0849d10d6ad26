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

# Head to head: one generator by a score, by the paper's game, begun from the score, by both; and the asymmetries of
# arXiv:2207.06329, begun from the same score: seen by the critic (regressor), or in the loss (direct).
SCORE = replace(SCORED, epochs=10_000, iterations_per_epoch=50, decay=0.95)
GAME = replace(
    SCORE,
    lambda_score=0.0,
    adversary=True,
    learning_rate=5e-4,
    beta_1=0.5,
    beta_2=0.9,
    critic_steps=2,
    regressor_epochs=10,
    decay=1.0,
)
BOTH = replace(GAME, lambda_score=1.0)
FROM_SCORE = replace(GAME, start=Path("runs/score"), learning_rate=1e-4, opponent_first=50)

RECIPES = {
    "paper": Config(),
    "score": SCORE,
    "game": GAME,
    "game_from_score": FROM_SCORE,
    "both": BOTH,
    "regressor": replace(FROM_SCORE, metric="surrogate"),
    "direct": replace(SCORE, start=Path("runs/score"), metric="direct", lambda_metric=3.0, learning_rate=5e-4),
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
    # The opponent sees what the score does not: it begins from what that has taught, and learns before it teaches.
    "ecal_gan_plus": replace(
        BOTH,
        start=Path("weights/ecal_gan_direct"),
        metric="direct",
        lambda_metric=3.0,
        opponent_first=150,
        learning_rate=2e-4,
        average=0.995,
        epochs=30,
        iterations_per_epoch=100,
    ),
}
