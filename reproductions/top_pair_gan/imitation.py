r"""No part of the paper: its generator learns, event by event, what a model with the mapping makes of the same noise.

A game of ten layers against ten takes weeks of a core until its spectra are right. `top_pair_gan_plus`, whose
coordinates do most of the work, needs minutes, and is a function of its noise; what it makes of a number is what the
paper's network can be told to make of it, without an opponent. The game may begin there (`--start`).

The paper's network has 18 normal numbers z, the other one 21: six numbers and five directions of any length. Here the
directions are those of five vectors of three numbers each, and how long these are, which no direction says, gives the
four masses, so that 17 numbers are enough; the last is not used.
"""

import math

from keras import ops

from reproductions.top_pair_gan import phase_space
from zoo.errors import InputError

NOISE = 18
PAIR, RAPIDITY = 15, 16  # the numbers that become the mass of the pair and its rapidity
LENGTHS = (1, 3, 2, 4)  # of the vectors that become the masses of t, tbar, W+, W-: those of W+, W-, q, q
# GeV, beyond which a difference counts linearly; of a mass it is the width of the resonance
SCALES = {"momenta": 10.0, "masses": [width for _, width in phase_space.RESONANCES], "balance": 5.0}
WEIGHTS = {"momenta": 1.0, "masses": 0.5, "balance": 0.2}


def teacher(name):
    """The network of the model `name`. Raises InputError for one that has another noise or other outputs."""
    import zoo

    model = zoo.load(name).model
    if getattr(model.input.get("z"), "shape", ())[1:] != (phase_space.COORDINATES,) or "p4" not in model.output:
        raise InputError(f"{name}: is no model with the mapping, expected one as top_pair_gan_plus")
    return model


def noise(z):
    """The 21 numbers (n, 21) that stand for an event, normal and independent, of normal numbers z (n, 18)."""
    scores, directions = [], []
    for i in range(5):
        vector = z[:, 3 * i : 3 * i + 3]
        length = ops.sqrt(ops.sum(ops.square(vector), axis=1, keepdims=True) + 1e-12)
        # the share of vectors that are shorter: a chi distribution of three degrees of freedom
        shorter = ops.erf(length * math.sqrt(0.5)) - math.sqrt(2 / math.pi) * length * ops.exp(-0.5 * length**2)
        shorter = ops.clip(shorter, 1e-6, 1 - 1e-6)
        across = vector[:, :2] / ops.sqrt(ops.sum(ops.square(vector[:, :2]), axis=1, keepdims=True) + 1e-12)
        scores.append(_score(2 * shorter - 1))
        directions += [across * ops.sqrt(-2 * ops.log(1 - shorter)), _score(vector[:, 2:] / length)]
    masses = [scores[i] for i in LENGTHS]
    return ops.concatenate([*masses, z[:, PAIR : PAIR + 1], z[:, RAPIDITY : RAPIDITY + 1], *directions], axis=1)


def losses(made, taught):
    """How far the events `made` are from those `taught`, (n, 6, 4) each: momenta, masses of resonances, balance."""
    found = {
        "momenta": ops.sqrt(ops.sum(ops.square(made[..., 1:] - taught[..., 1:]), axis=2) + 1e-6),
        "masses": phase_space.masses(made) - phase_space.masses(taught),
        "balance": ops.sum(made[..., 1:3], axis=1),
    }
    # a square for small differences, linear in large ones
    return {
        name: WEIGHTS[name] * ops.mean(ops.sqrt(1 + ops.square(x / ops.convert_to_tensor(SCALES[name], x.dtype))) - 1)
        for name, x in found.items()
    }


def _score(flat):
    """Normal numbers of numbers that are flat from -1 to 1."""
    return math.sqrt(2.0) * ops.erfinv(ops.clip(flat, -0.99999, 0.99999))
