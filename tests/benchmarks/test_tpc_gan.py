from benchmarks import tpc_gan
from benchmarks.contenders import Cost


def test_rates_and_ratios():
    costs = {"simulator": Cost(10.0, 20.0), "tpc_gan": Cost(2.0, 4.0)}
    head, simulated, generated = tpc_gan.rows(costs, 100_000)
    assert simulated == ["simulator", "10000", "5000", "1.00"]
    assert generated == ["tpc_gan", "50000", "25000", "5.00"]
    assert len(head) == len(generated)


def test_tracks_of_the_benchmark_cross_nearly_all_rows():
    from reproductions.tpc_gan.track import random_tracks, segments

    assert len(segments(random_tracks(500, 1)).track) > 0.98 * 500 * tpc_gan.ROWS


def test_the_simulator_is_timed_on_responses():
    assert tpc_gan.simulator()(50).shape == (50, 8, 16)
