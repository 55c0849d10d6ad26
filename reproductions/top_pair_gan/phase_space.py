"""The classical way to resonances: phase space of t tbar -> (b W)(bbar W) -> 6 partons in coordinates without peaks.

Twenty-one coordinates stand for an event. All would be about standard normal numbers, were it not for the dynamics:

| columns | coordinate                                                                                        |
|---------|---------------------------------------------------------------------------------------------------|
| 0-3     | masses of t, tbar, W+, W-, mapped by the arctan of their Breit-Wigner curve                       |
| 4       | log((m_tt - m_t - m_tbar) / GeV), shifted and scaled                                              |
| 5       | rapidity of the pair, scaled                                                                      |
| 6-20    | five directions (x, y, z), of any length: t in the rest frame of the pair, W+ in that of the t, q |
|         | in that of the W+, W- in that of the tbar, q in that of the W-                                    |

A particle's rest frame is reached from its mother's by a rotation that puts its momentum along z, and a boost along z:
its helicity frame. The pair moves along the beam: transverse momentum is conserved exactly.

The dynamics that lie in the production and in single decays need no network: `quantiles` tabulates the coordinates 0
to 5 and the cosines of the directions (column z) of training events, in bins of coordinate 4, and `shaped` gives normal
numbers these quantiles. Azimuths stay flat, and nothing else is correlated: how the directions of the decays, the
coordinates MOVED, hang together is left for a network.

The mapping of a mass (arXiv:1907.03764, section 2.1): with z = arctan((s - M^2) / (M Gamma)), a Breit-Wigner curve in s
is flat in z. All is in keras.ops, GeV, and shapes (n, 1) for numbers, (n, 3) for directions, (n, k, 4) for particles.
"""

import math

import numpy as np
from keras import ops
from scipy.special import ndtr

from reproductions.top_pair_gan.constants import MASSES
from zoo.layers import ConditionalQuantiles, around

M_B = float(MASSES[0])
RESONANCES = ((173.0, 1.4915), (173.0, 1.4915), (80.419, 2.0476), (80.419, 2.0476))  # mass, width
DECAYS = (slice(0, 3), slice(3, 6), slice(1, 3), slice(4, 6))  # the partons that each decays to
CUTOFF = 15.0  # widths: MadGraph makes no mass farther from the peak
EXCESS = (4.78, 1.01)  # mean and standard deviation of log((m_tt - m_t - m_tbar) / GeV) in the MadGraph sample
RAPIDITY = 1.13  # standard deviation of the rapidity of the pair in it
COORDINATES = 21
CORRELATIONS = 10
PAIR = 4  # the column of the mass of the pair
# The columns whose quantiles depend on it: masses, rapidity, and z of the five directions.
SHAPED = (0, 1, 2, 3, 5, 8, 11, 14, 17, 20)
NUMBERS = 5  # of these, all but the directions
MOVED = slice(9, 21)  # the directions in the decays
SCORES, LIMIT = 65, 4.0  # knots of the quantile tables, and their largest normal score
KNOTS = np.linspace(-3.0, 3.0, 25)  # scores of the mass of the pair that have tables; beyond, the outermost are used
LEAST = 500  # training events that a table is made of


def quantiles(events=None):
    """The tables that `shaped` needs: quantiles of the mass of the pair, (65,), and of SHAPED at KNOTS, (25, 10, 65).

    Of the coordinates (n, 21) of at least LEAST events; without events those of a normal number and of flat cosines.
    """
    scores = np.linspace(-LIMIT, LIMIT, SCORES)
    if events is None:
        flat = np.array([*[scores] * NUMBERS, *[2 * ndtr(scores) - 1] * 5])
        return scores, np.repeat(flat[None], len(KNOTS), axis=0)
    pair = np.quantile(events[:, PAIR], ndtr(scores))
    order = np.argsort(events[:, PAIR])
    at, shapes = np.interp(events[order, PAIR], pair, scores), events[order][:, SHAPED]
    tables = [np.quantile(shapes[rows], ndtr(scores), axis=0).T for rows in around(KNOTS, at, LEAST)]
    return pair, np.stack(tables)


def shaped(scores, tables):
    """The coordinates (n, 21) of normal numbers (n, 21) with the quantiles `tables`; directions have the length 1."""
    pair, others = tables
    score = scores[:, PAIR : PAIR + 1]
    # the same table everywhere
    mass = _table("pair", np.array([-LIMIT, LIMIT]), np.stack([pair[None]] * 2))([score, score])
    columns = ops.concatenate([scores[:, i : i + 1] for i in SHAPED], axis=1)
    found = _table("shapes", KNOTS, others)([columns, ops.clip(score, KNOTS[0], KNOTS[-1])])
    directions = []
    for i, z in enumerate(SHAPED[NUMBERS:], NUMBERS):
        cos, across = ops.clip(found[:, i : i + 1], -1.0, 1.0), scores[:, z - 2 : z]
        # the root's own gradient is infinite at the poles
        directions += [ops.sqrt(ops.maximum(1.0 - ops.square(cos), 1e-6)) * _unit(across), cos]
    return ops.concatenate([found[:, :PAIR], mass, found[:, PAIR:NUMBERS], *directions], axis=1)


def _table(name, conditions, table):
    layer = ConditionalQuantiles(len(conditions), table.shape[1], SCORES, LIMIT, dtype="float32", name=name)
    layer.build([(None, table.shape[1]), (None, 1)])
    layer.set_weights([conditions, table])
    return layer


def particles(coordinates):
    """The momenta (n, 6, 3) of the partons of an event's coordinates (n, 21)."""
    m_t, m_tbar, *m_w = (_resonance(coordinates[:, i : i + 1], *RESONANCES[i]) for i in range(4))
    mass = m_t + m_tbar + ops.exp(EXCESS[0] + EXCESS[1] * coordinates[:, 4:5])
    directions = ops.reshape(coordinates[:, 6:], (-1, 5, 3))
    directions = directions / ops.sqrt(ops.sum(ops.square(directions), axis=2, keepdims=True) + 1e-12)
    top, *decays = (directions[:, i] for i in range(5))
    momentum = _momentum(mass, m_t, m_tbar)
    sides = []
    for m_top, m_boson, flight, (w, q) in (
        (m_t, m_w[0], top, decays[:2]),
        (m_tbar, m_w[1], -top, decays[2:]),
    ):
        quarks = ops.stack([_particle(0.0, m_boson / 2, q), _particle(0.0, m_boson / 2, -q)], axis=1)
        recoil = _momentum(m_top, m_boson, M_B)
        quarks = _leave(quarks, m_boson, recoil, w)
        bottom = ops.expand_dims(_particle(M_B, recoil, -w), 1)
        sides.append(_leave(ops.concatenate([bottom, quarks], axis=1), m_top, momentum, flight))
    p4 = ops.concatenate(sides, axis=1)
    rapidity = RAPIDITY * coordinates[:, 5:6]
    pz = p4[..., 3] * ops.cosh(rapidity) + p4[..., 0] * ops.sinh(rapidity)
    return ops.stack([p4[..., 1], p4[..., 2], pz], axis=2)


def coordinates(p4):
    """The coordinates (n, 21) of events (n, 6, 4); directions have the length 1.

    Masses beyond the cutoff and pairs that do not move along the beam have no coordinates: they get nearby ones.
    """
    mass, rapidity, sides = _tops(p4)
    tops, bosons, directions = [], [], []
    for m_top, flight, side in sides:
        m_boson, w, quarks = _enter(side[:, 1:], ops.sum(side[:, 1:], axis=1))
        q = quarks[:, 0, 1:] - quarks[:, 1, 1:]
        tops.append(m_top)
        bosons.append(m_boson)
        directions.append([flight, w, _unit(q)])
    masses = [*tops, *bosons]
    excess = ops.log(ops.maximum(mass - tops[0] - tops[1], 1e-3))
    return ops.concatenate(
        [
            *(_mapped(m, *resonance) for m, resonance in zip(masses, RESONANCES, strict=True)),
            (excess - EXCESS[0]) / EXCESS[1],
            rapidity / RAPIDITY,
            *directions[0],
            *directions[1][1:],
        ],
        axis=1,
    )


def correlations(p4):
    """What physicists ask of events (n, 6, 4) and no single coordinate shows, (n, 10): the discriminator may see it.

    log(pT of t / 100 GeV), and the nine products 3 n_i m_j of the directions n, m of the down-type quarks in the
    helicity frames of t and tbar: for i = j = z they are the spin correlation.
    """
    _, _, ((_, _, top), (_, _, antitop)) = _tops(p4)
    n, m = _unit(top[:, 2, 1:]), _unit(antitop[:, 1, 1:])
    products = 3.0 * ops.expand_dims(n, 2) * ops.expand_dims(m, 1)
    transverse = ops.sum(ops.square(ops.sum(p4[:, :3, 1:3], axis=1)), axis=1, keepdims=True)
    return ops.concatenate([0.5 * ops.log(transverse / 1e4 + 1e-6), ops.reshape(products, (-1, 9))], axis=1)


def masses(p4):
    """The masses (n, 4) of t, tbar, W+, W- in events (n, 6, 4)."""
    return ops.concatenate([_mass(ops.sum(p4[:, decay], axis=1)) for decay in DECAYS], axis=1)


def _tops(p4):
    """(mass of the pair, its rapidity, for t and tbar (mass, direction, their partons in their helicity frame))."""
    pair = ops.sum(p4, axis=1)
    rapidity = ops.arctanh(ops.clip(pair[:, 3:] / pair[:, :1], -0.9999999, 0.9999999))
    energy = p4[..., 0] * ops.cosh(rapidity) - p4[..., 3] * ops.sinh(rapidity)
    pz = p4[..., 3] * ops.cosh(rapidity) - p4[..., 0] * ops.sinh(rapidity)
    p4 = ops.stack([energy, p4[..., 1], p4[..., 2], pz], axis=2)
    return _mass(pair), rapidity, [_enter(side, ops.sum(side, axis=1)) for side in (p4[:, :3], p4[:, 3:])]


def _range(mass, width):
    """The bounds of z."""
    low, high = ((mass + sign * CUTOFF * width) ** 2 for sign in (-1, 1))
    return math.atan((low - mass**2) / (mass * width)), math.atan((high - mass**2) / (mass * width))


def _resonance(coordinate, mass, width):
    low, high = _range(mass, width)
    z = low + (high - low) * 0.5 * (1.0 + ops.erf(coordinate * math.sqrt(0.5)))
    return ops.sqrt(mass**2 + mass * width * ops.tan(z))


def _mapped(m, mass, width):
    low, high = _range(mass, width)
    z = ops.arctan((ops.square(m) - mass**2) / (mass * width))
    return math.sqrt(2.0) * ops.erfinv(ops.clip(2.0 * (z - low) / (high - low) - 1.0, -0.99999, 0.99999))


def _momentum(mass, m_1, m_2):
    """The momentum of the products of a two-body decay, in the rest frame of what decays."""
    squares = (ops.square(mass) - (m_1 + m_2) ** 2) * (ops.square(mass) - (m_1 - m_2) ** 2)
    return ops.sqrt(ops.maximum(squares, 0.0)) / (2.0 * mass)


def _particle(mass, momentum, direction):
    return ops.concatenate([ops.sqrt(mass**2 + ops.square(momentum)), momentum * direction], axis=1)


def _axes(direction):
    """x, y and z of the helicity frame of a particle that flies along `direction`, (n, 3) each: R_z(phi) R_y(theta)."""
    x, y, cos = (direction[:, i : i + 1] for i in range(3))
    sin = ops.sqrt(ops.square(x) + ops.square(y) + 1e-12)
    x, y, nothing = x / sin, y / sin, ops.zeros_like(x)
    return [ops.concatenate([x * cos, y * cos, -sin], 1), ops.concatenate([-y, x, nothing], 1), direction]


def _leave(p4, mass, momentum, direction):
    """`p4` from the helicity frame of a particle to the frame in which the particle moves."""
    energy = ops.sqrt(ops.square(mass) + ops.square(momentum))
    e = (p4[..., 0] * energy + p4[..., 3] * momentum) / mass
    z = (p4[..., 3] * energy + p4[..., 0] * momentum) / mass
    along = zip((p4[..., 1], p4[..., 2], z), _axes(direction), strict=True)
    momenta = sum(ops.expand_dims(p, 2) * ops.expand_dims(axis, 1) for p, axis in along)
    return ops.concatenate([ops.expand_dims(e, 2), momenta], axis=2)


def _enter(p4, particle):
    """The inverse of `_leave` for a `particle` (n, 4): (its mass, its direction, `p4` in its helicity frame)."""
    mass, direction = _mass(particle), _unit(particle[:, 1:])
    energy, momentum = particle[:, :1], ops.sqrt(ops.sum(ops.square(particle[:, 1:]), axis=1, keepdims=True))
    x, y, z = (ops.sum(p4[..., 1:] * ops.expand_dims(axis, 1), axis=2) for axis in _axes(direction))
    e = (p4[..., 0] * energy - z * momentum) / mass
    z = (z * energy - p4[..., 0] * momentum) / mass
    return mass, direction, ops.stack([e, x, y, z], axis=2)


def _mass(p4):
    squares = ops.square(p4[:, :1]) - ops.sum(ops.square(p4[:, 1:]), axis=1, keepdims=True)
    return ops.sqrt(ops.maximum(squares, 1e-3))


def _unit(vectors):
    return vectors / ops.sqrt(ops.sum(ops.square(vectors), axis=1, keepdims=True) + 1e-12)
