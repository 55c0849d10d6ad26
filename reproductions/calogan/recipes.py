"""Recipes by name: the paper's, and those of the released models, whose commands are in their cards.

python -m reproductions.calogan --recipe calogan_eplus_plus --data eplus.h5
"""

from dataclasses import replace
from pathlib import Path

from reproductions.calogan.config import Config

SCORED = Config(
    epochs=14,
    batch_size=128,
    generator_learning_rate=2e-3,
    generator_steps=1,
    folded=True,
    flips=True,
    lambda_shapes=5.0,
    lambda_score=1.0,
    normalised=True,
    adversary=False,
    cosine=True,
    average=0.99,
    score_every=2,
)
FIRST_STEP = replace(SCORED, particle=("piplus",), epochs=12)

# The paper's game for pions: its networks, losses and lambda_E; half its batch, one generator update for each of the
# discriminator, other rates, flips and an average. Three legs: the opponent is given more to say, then both slow down.
GAME = Config(
    particle=("piplus",),
    batch_size=128,
    generator_steps=1,
    discriminator_learning_rate=1e-4,
    generator_learning_rate=4e-4,
    average=0.995,
    flips=True,
    epochs=22,
    score_every=2,
)
STRONGER = replace(
    GAME,
    start=Path("runs/calogan_piplus_1"),
    discriminator_learning_rate=3e-4,
    generator_learning_rate=2e-4,
    average=0.998,
    epochs=18,
)
SLOWER = replace(
    STRONGER,
    start=Path("runs/calogan_piplus_2"),
    discriminator_learning_rate=1e-4,
    generator_learning_rate=8e-5,
    epochs=8,
)

# Head to head: one generator, the paper's with a quarter of its noise, by scores, by the paper's game, begun from the
# scores, by both. Small batches, for a budget of minutes.
BY_SCORE = Config(
    particle=("piplus",),
    batch_size=64,
    latent_size=256,
    iterations_per_epoch=50,
    epochs=10_000,
    score_every=1,
    generator_learning_rate=1e-3,
    generator_steps=1,
    flips=True,
    average=0.99,
    lambda_shapes=5.0,
    lambda_score=1.0,
    adversary=False,
)
BOTH = replace(BY_SCORE, adversary=True, reuse=True, discriminator_learning_rate=2e-4)
BY_GAME = replace(BOTH, lambda_shapes=0.0, lambda_score=0.0)
FROM_SCORE = replace(BY_GAME, start=Path("runs/score"), generator_learning_rate=2e-4, opponent_first=50)

RECIPES = {
    "paper": Config(),
    "score": BY_SCORE,
    "game": BY_GAME,
    "game_from_score": FROM_SCORE,
    "both": BOTH,
    "calogan_piplus_1": GAME,
    "calogan_piplus_2": STRONGER,
    "calogan_piplus": SLOWER,
    "calogan_eplus_plus": replace(SCORED, particle=("eplus",)),
    "calogan_gamma_plus": replace(SCORED, particle=("gamma",)),
    "calogan_piplus_first": FIRST_STEP,
    "calogan_piplus_plus": replace(
        FIRST_STEP,
        start=Path("runs/calogan_piplus_first"),
        epochs=10,
        generator_learning_rate=1e-3,
        lambda_score=0.3,
    ),
}
