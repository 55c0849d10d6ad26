"""The networks of top pairs (Butter, Plehn, Winterhalder, arXiv:1907.03764, section 3 and table 1), one page.

An event is the four-vectors of six partons, (n, 6, 4): E, px, py, pz in GeV, in the order of `constants.SLOTS`.
"""

import keras
from keras import layers, ops

from reproductions.top_pair_gan import phase_space
from reproductions.top_pair_gan.constants import MASSES
from zoo.layers import OnShell

SCALE = 450.0  # GeV, the unit of momentum inside the networks, unless the discriminator is given another
TRANSVERSE = 150.0  # GeV, that of px and py beside pseudorapidities
GLOROT = "glorot_uniform"  # initial weights, Keras's default
SLOPE = 0.3  # of every LeakyReLU, Keras's default


def generator(units=512, depth=10, mapping=False, quantiles=None, pseudorapidities=False, initializer=GLOROT):
    """z (n, 18) -> {"p4": (n, 6, 4) in GeV}: three-momenta, and energies from the masses.

    With `pseudorapidities` the network gives px and py in 150 GeV and the pseudorapidity of each particle.
    With `mapping` z has 21 numbers and the network gives what is to be added to those that are directions of decays, at
    first next to nothing; the sum are the coordinates of `phase_space`, shaped by the tables `quantiles` (None: flat).
    2,382,866 trainable parameters in the default form.
    """
    if mapping:
        z = keras.Input((phase_space.COORDINATES,), name="z")
        little = keras.initializers.VarianceScaling(1e-4)  # zero would stop the gradients of all layers below
        first, last = phase_space.MOVED.start, phase_space.MOVED.stop
        shift = layers.Dense(last - first, kernel_initializer=little, name="shift")(
            _hidden(z, units, depth, initializer)
        )
        tables = phase_space.quantiles() if quantiles is None else quantiles
        momenta = phase_space.particles(phase_space.shaped(z + ops.pad(shift, [[0, 0], [first, 0]]), tables))
    else:
        z = keras.Input((18,), name="z")
        momenta = layers.Dense(18, name="momenta")(_hidden(z, units, depth, initializer))
        momenta = ops.reshape(momenta, (-1, 6, 3))
        if pseudorapidities:
            momenta = along_the_beam(TRANSVERSE * momenta[..., :2], momenta[..., 2:])
        else:
            momenta = SCALE * momenta
    return keras.Model({"z": z}, {"p4": OnShell(MASSES, name="p4")(momenta)}, name="generator")


def discriminator(units=512, depth=10, mapping=False, correlations=False, initializer=GLOROT):
    """What `features` makes of events, (n, 24 or more) -> the logit (n, 1) of being real.

    2,377,217 trainable parameters in the default form.
    """
    x = keras.Input(((phase_space.COORDINATES if mapping else 24) + phase_space.CORRELATIONS * correlations,))
    return keras.Model(x, layers.Dense(1, name="real")(_hidden(x, units, depth, initializer)), name="discriminator")


def features(p4, mapping=False, correlations=False, scale=SCALE, pseudorapidities=False):
    """Events (n, 6, 4) as the discriminator sees them; with `pseudorapidities` these in place of pz."""
    if mapping:
        seen = phase_space.coordinates(p4)
    elif pseudorapidities:
        eta = ops.arcsinh(p4[..., 3:] / _transverse(p4[..., 1:3]))
        seen = ops.reshape(ops.concatenate([p4[..., :3] / scale, eta], axis=-1), (-1, 24))
    else:
        seen = ops.reshape(p4, (-1, 24)) / scale
    return ops.concatenate([seen, phase_space.correlations(p4)], axis=1) if correlations else seen


def along_the_beam(transverse, eta):
    """Momenta (n, 6, 3) of px and py (n, 6, 2) and pseudorapidities (n, 6, 1), of which no more than 8 count."""
    return ops.concatenate([transverse, _transverse(transverse) * ops.sinh(ops.clip(eta, -8.0, 8.0))], axis=-1)


def _transverse(momenta):
    """pT of px and py (n, 6, 2) in GeV, never quite 0."""
    return ops.sqrt(ops.sum(ops.square(momenta), axis=-1, keepdims=True) + 0.01)


def _hidden(x, units, depth, initializer=GLOROT):
    for i in range(depth):
        x = layers.LeakyReLU(SLOPE)(layers.Dense(units, kernel_initializer=initializer, name=f"hidden_{i}")(x))
    return x
