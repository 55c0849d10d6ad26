"""Recipes by name: the paper's, and those of the released models, whose commands are in their cards.

python -m reproductions.calogan --recipe calogan_eplus_plus --data eplus.h5
"""

from dataclasses import replace
from pathlib import Path

from reproductions.calogan.config import Config

# The best showers: a small generator, whose layers' energies are known before, between scores and a critic.
PLUS = Config(
    epochs=30,
    batch_size=128,
    iterations_per_epoch=100,
    latent_size=128,
    beta_2=0.9,  # as is usual beside a critic; with 0.999 pions, mixed, got better for twelve epochs, then lost all
    generator_learning_rate=1e-3,
    discriminator_learning_rate=5e-4,
    generator_steps=1,
    folded=True,
    flips=True,
    normalised=True,
    squared=True,
    speckled=True,
    occupied=True,
    mixed=True,
    sharpened=True,
    lambda_shapes=1.0,
    lambda_score=0.3,
    opponent="critic",
    critic_steps=3,
    cosine=True,
    average=0.995,
    score_every=30,  # histograms tell these epochs apart by chance only: the last is kept
)

# Photons as they are released, version 3: its energies were learnt from 16,000 showers, by version 1. The recipe of
# positrons is not theirs yet: --recipe calogan_eplus_plus --particle gamma --data gamma.h5.
THIRD = replace(
    PLUS,
    particle=("gamma",),
    energies=Path("weights/calogan_gamma_plus"),
    mixed=False,
    sharpened=False,
    beta_2=0.999,
    epochs=45,
    score_every=45,
)

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
# scores, by both, by the scores and a critic. Small batches, for a budget of minutes.
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
BY_CRITIC = replace(BY_SCORE, adversary=True, opponent="critic", discriminator_learning_rate=5e-4)
BY_GAME = replace(BOTH, lambda_shapes=0.0, lambda_score=0.0)
FROM_SCORE = replace(BY_GAME, start=Path("runs/score"), generator_learning_rate=2e-4, opponent_first=50)

RECIPES = {
    "paper": Config(),
    "score": BY_SCORE,
    "game": BY_GAME,
    "game_from_score": FROM_SCORE,
    "both": BOTH,
    "critic": BY_CRITIC,
    "calogan_piplus_1": GAME,
    "calogan_piplus_2": STRONGER,
    "calogan_piplus": SLOWER,
    "calogan_eplus_plus": replace(PLUS, particle=("eplus",), tables="response"),
    "calogan_gamma_plus": THIRD,
    "calogan_piplus_plus": replace(PLUS, particle=("piplus",), tables="layers", score_every=5),
}
