"""A proper scoring rule: how well two draws of a conditional generator forecast what happened."""

from keras import ops


def energy_score(truth, one, other):
    r"""The energy score of two independent draws (n, d) against the `truth` (n, d), averaged over n; a scalar.

    .. math:: \langle |x - y| \rangle + \langle |x - y'| \rangle - \langle |y - y'| \rangle

    (Gneiting, Raftery, J. Am. Stat. Assoc. 102 (2007) 359, equation 22, doubled; for training generators Pacchiardi et
    al., arXiv:2112.08217.) Its expectation is least if draws have the distribution of the truth, for every condition.
    For d = 1 it is the continuous ranked probability score.
    """
    return ops.mean(_distance(truth, one) + _distance(truth, other) - _distance(one, other))


def _distance(x, y):
    # The gradient of a root is infinite at 0.
    return ops.sqrt(ops.sum(ops.square(x - y), axis=-1) + 1e-12)
