"""Recipes by name: the papers', and those of the released models, whose commands are in their cards."""

from dataclasses import replace
from pathlib import Path

from reproductions.rich_gan.config import Config

SCORED = Config(
    depth=3,
    batch_size=2048,
    latent_size=16,
    epochs=8,
    optimizer="adam",
    coordinates="hypotheses",
    residual=True,
    lambda_score=1.0,
    adversary=False,
    average=0.995,
    cosine=True,
    score_every=2,
)
LONGER = replace(
    SCORED, batch_size=1024, epochs=40, lambda_score=8.0, lambda_score_single=1.0, average=0.998, score_every=4
)

# Head to head: one generator, of the later paper's size, by a score, by its game, begun from the score, by both.
SCORE = Config(
    batch_size=2048,
    optimizer="adam",
    coordinates="hypotheses",
    residual=True,
    lambda_score=1.0,
    adversary=False,
    decay_steps=1e9,
    average=0.995,
    iterations_per_epoch=50,
    epochs=10_000,
    score_every=2,
)
GAME = replace(SCORE, batch_size=850, learning_rate=5e-4, adversary=True, lambda_score=0.0, average=0.99)

# The later paper's networks and game, begun from what a score has taught; a million tracks cost twenty CPU seconds.
TAUGHT = replace(
    SCORE,
    batch_size=1024,
    lambda_score_single=1.0,
    cosine=True,
    epochs=16,
    iterations_per_epoch=500,
    average=0.998,
    events=1_000_000,
)
BEGUN = replace(
    GAME,
    batch_size=512,
    learning_rate=2e-4,
    opponent_first=200,
    cosine=True,
    epochs=15,
    iterations_per_epoch=200,
    average=0.998,
    score_every=1,
    events=1_000_000,
)

RECIPES = {
    "paper": Config(),
    "score": SCORE,
    "game": GAME,
    "game_from_score": replace(GAME, start=Path("runs/score"), learning_rate=2e-4, opponent_first=50),
    "both": replace(GAME, lambda_score=1.0),
    "acat2019": Config(
        depth=5, batch_size=50_000, critic_steps=15, penalty_steps=1e4, penalise_conditions=True, decay_steps=200.0
    ),
    "rich_gan_kaon_first": TAUGHT,
    "rich_gan_kaon": replace(BEGUN, start=Path("runs/rich_gan_kaon_first")),
    "rich_gan_muon_calibration": replace(LONGER, particle="muon", sample="calibration", lambda_score=1.0, epochs=10),
    "rich_gan_electron_plus": replace(LONGER, particle="electron"),
    "rich_gan_muon_plus": replace(LONGER, particle="muon"),
    "rich_gan_pion_plus": replace(LONGER, particle="pion"),
    "rich_gan_kaon_plus": replace(LONGER, particle="kaon"),
    "rich_gan_proton_plus": replace(LONGER, particle="proton"),
}
