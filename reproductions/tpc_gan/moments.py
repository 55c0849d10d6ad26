"""What is compared of a response: the paper's six moments (arXiv:2012.04595, section 4)."""

from keras import ops

from reproductions.tpc_gan.constants import BUCKETS, PADS

MOMENTS = ("pad_mean", "time_mean", "pad_variance", "time_variance", "covariance", "sum")


def moments(amplitude):
    r"""`MOMENTS` of amplitudes (n, 8, 16): barycentres, squared widths and covariance in pads and buckets, and the sum.

    .. math:: \mu_i = \sum w\, x_i, \qquad C_{ij} = \sum w\, (x_i - \mu_i)(x_j - \mu_j), \qquad w = A / \sum A

    in the window's coordinates: pads -3 to 4, buckets -7 to 8, a track is at its fractions. (n, 6), a tensor; all 0
    for a response without amplitudes.
    """
    total = ops.sum(amplitude, axis=(1, 2))
    weights = amplitude / ops.maximum(total, 1e-6)[:, None, None]
    pads, times = ops.sum(weights, axis=2), ops.sum(weights, axis=1)  # the two projections
    pad, time = (ops.cast(positions, amplitude.dtype) for positions in (PADS, BUCKETS))
    pad_mean, time_mean = ops.sum(pads * pad, axis=1), ops.sum(times * time, axis=1)
    from_pad, from_time = pad - pad_mean[:, None], time - time_mean[:, None]
    covariance = ops.sum(weights * from_pad[:, :, None] * from_time[:, None, :], axis=(1, 2))
    variances = ops.sum(pads * from_pad**2, axis=1), ops.sum(times * from_time**2, axis=1)
    return ops.stack([pad_mean, time_mean, *variances, covariance, total], axis=1)
