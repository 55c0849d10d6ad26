"""The two-player objectives."""

from keras import ops


def cross_entropy(logits, real):
    r"""Mean binary cross-entropy of a discriminator's `logits` against one answer for the whole batch.

    .. math:: -\langle \log \sigma(l) \rangle \text{ if real, else } -\langle \log(1 - \sigma(l)) \rangle

    (Goodfellow et al., arXiv:1406.2661, equation 1; the generator uses ``real=True`` on its own events, the
    non-saturating form.) `logits` of any shape; a scalar.
    """
    return ops.mean(ops.softplus(-logits if real else logits))
