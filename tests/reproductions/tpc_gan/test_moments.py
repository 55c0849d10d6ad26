import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from reproductions.tpc_gan.constants import BUCKETS, PADS
from reproductions.tpc_gan.moments import MOMENTS, moments


@given(hnp.arrays(np.float32, (3, 8, 16), elements=st.floats(0, 1000, width=32)))
def test_moments_are_weighted_means(amplitude):
    found = np.array(moments(amplitude))
    assert found.shape == (3, len(MOMENTS))
    for row, picture in zip(found, amplitude.astype(float), strict=True):
        total = picture.sum()
        if total < 1:
            continue
        pad, bucket = (grid.ravel() for grid in np.meshgrid(PADS, BUCKETS, indexing="ij"))
        weights = picture.ravel()
        covariance = np.cov(pad, bucket, aweights=weights, ddof=0)
        means = np.average(pad, weights=weights), np.average(bucket, weights=weights)
        expected = [*means, covariance[0, 0], covariance[1, 1], covariance[0, 1], total]
        np.testing.assert_allclose(row, expected, rtol=1e-3, atol=1e-3)


def test_a_response_without_amplitudes_has_none():
    assert not np.array(moments(np.zeros((2, 8, 16), np.float32))).any()
