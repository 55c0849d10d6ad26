from benchmarks import rich_gan
from benchmarks.contenders import Cost


def test_rates_and_ratios():
    costs = {"simulator": Cost(2.0, 4.0), "rich_gan_kaon_plus": Cost(0.5, 1.0)}
    head, simulated, generated, *published = rich_gan.rows(costs, 100_000)
    assert simulated == ["simulator", "50000", "25000", "1.00"]
    assert generated == ["rich_gan_kaon_plus", "200000", "100000", "4.00"]
    assert [row[1:] for row in published] == [["10000", "", "0.20"], ["40000", "", "0.80"]]
    assert {len(row) for row in (head, simulated, *published)} == {4}


def test_the_papers_network_runs():
    rich_gan.paper()(10)
