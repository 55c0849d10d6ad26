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
    start=Path("runs/tpc_gan_mpd_1"),
    learning_rate=5e-4,
    decay=0.8,
    epochs=16,
    lambda_score=4.0,
    lambda_score_pieces=0.25,
    noise_start=1.0,
    score_every=1,
)

# More responses, and the barycentres weighed: `simulate --events 150000 --seed 11 --out responses.h5`.
PLUS_FIRST = replace(FIRST_STEP, data=Path("responses.h5"), epochs=13, decay=0.88, score_every=3)
PLUS = replace(
    PLUS_FIRST,
    start=Path("runs/tpc_gan_plus_first"),
    batch_size=256,
    learning_rate=1e-3,
    decay=0.85,
    epochs=24,
    lambda_score_pieces=0.5,
    lambda_score_hits=4.0,
    noise_start=1.0,
)

# Head to head: the released models' first teacher, the paper's game, begun from it, and both at once.
SCORE = replace(FIRST_STEP, epochs=10_000, score_every=5)
GAME = Config(
    learning_rate=3e-4,
    decay=1.0,
    batch_size=128,
    critic_steps=3,
    dropout=0.0,
    noise_start=0.15,
    average=0.99,
    score_every=2,
)
FROM_SCORE = replace(GAME, start=Path("runs/score"), learning_rate=1e-4, noise_start=1.0, opponent_first=100)
# The paper's game from the best generator of a score: the critic learns first, then fifteen times as fast.
PLAYED = replace(
    FROM_SCORE,
    data=Path("responses.h5"),
    start=Path("runs/tpc_gan_plus"),
    learning_rate=2e-5,
    discriminator_rate=15.0,
    decay=0.93,
    average=0.999,
    opponent_first=1150,
    epochs=30,
    score_every=1,
)
BOTH = replace(GAME, lambda_score=1.0, lambda_score_pieces=1.0)

RECIPES = {
    "paper": Config(),
    "score": SCORE,
    "game": GAME,
    "game_from_score": FROM_SCORE,
    "both": BOTH,
    "tpc_gan": PLAYED,
    "tpc_gan_plus_first": PLUS_FIRST,
    "tpc_gan_plus": PLUS,
    "tpc_gan_mpd_1": FIRST_STEP,
    "tpc_gan_mpd_2": TUNED,
    "tpc_gan_mpd": replace(
        TUNED,
        start=Path("runs/tpc_gan_mpd_2"),
        data=Path("mpd.h5"),
        decay=0.95,
        batch_size=50,
        epochs=50,
        average=0.99,
        score_every=5,
    ),
}
