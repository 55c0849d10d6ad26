from benchmarks import mfc_cgan
from benchmarks.contenders import Cost


def test_rates_and_ratios():
    costs = {"simulator": Cost(10.0, 20.0), "mfc_cgan": Cost(2.0, 4.0)}
    head, simulated, generated, quoted = mfc_cgan.rows(costs, 100_000)
    assert simulated == ["simulator", "10000", "5000", "1.00", "36"]
    assert generated == ["mfc_cgan", "50000", "25000", "5.00", "182"]
    assert quoted == ["MadGraph (quoted)", "275", "", "0.02750", "1"]
    assert len(head) == len(quoted)


def test_the_simulator_is_timed_on_the_features():
    assert mfc_cgan.simulator()(50).shape == (50, 6)
