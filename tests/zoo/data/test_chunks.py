"""How events are cut into chunks; that chunks are simulated, killed and resumed is tested in test_geant4.py."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from zoo.data import chunks


@given(st.integers(1, 50), st.integers(0, 2**40))
def test_chunks_share_the_events_and_have_seeds_of_their_own(events, seed):
    parts = chunks.chunks(events, seed, "mu")
    sizes = [size for size, _ in parts]
    assert sum(sizes) == events
    assert set(sizes[:-1]) <= {chunks.CHUNK}
    assert 0 < sizes[-1] <= chunks.CHUNK
    assert len({draw(sequence) for _, sequence in parts}) == len(parts)


def test_a_chunks_seed_depends_on_seed_stream_and_index_only():
    def draws(events, seed, stream):
        return [draw(sequence) for _, sequence in chunks.chunks(events, seed, stream)]

    assert draws(10, 5, "mu") == draws(40, 5, "mu")[:3]
    assert not set(draws(10, 5, "mu")) & set(draws(10, 6, "mu"))
    assert not set(draws(10, 5, "mu")) & set(draws(10, 5, "e"))


def draw(sequence):
    return int(np.random.default_rng(sequence).integers(2**62))
