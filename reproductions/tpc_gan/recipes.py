"""Recipes by name: the paper's, and those of the released models, whose commands are in their cards."""

from dataclasses import replace
from pathlib import Path

from reproductions.tpc_gan.config import Config

FIRST_STEP = Config(
    adversary=False,
    learning_rate=2e-3,
    decay=0.958,
    batch_size=64,
    epochs=90,
    lambda_score=1.0,
    lambda_score_pieces=1.0,
    optimizer="adam",
    noise_start=0.15,
    average=0.999,
    score_every=10,
)
TUNED = replace(
    FIRST_STEP,
    start=Path("runs/tpc_gan_first"),
    learning_rate=5e-4,
    decay=0.8,
    epochs=16,
    lambda_score=4.0,
    lambda_score_pieces=0.25,
    noise_start=1.0,
    score_every=1,
)

RECIPES = {
    "paper": Config(),
    "tpc_gan_first": FIRST_STEP,
    "tpc_gan": TUNED,
    "tpc_gan_mpd": replace(
        TUNED,
        start=Path("runs/tpc_gan"),
        data=Path("mpd.h5"),
        decay=0.95,
        batch_size=50,
        epochs=50,
        average=0.99,
        score_every=5,
    ),
}
