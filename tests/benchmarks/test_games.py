import pytest

from benchmarks import games
from benchmarks.contenders import Cost

SMALL = {
    "tpc_gan": {"batch_size": 4, "critic_steps": 1},
    "rich_gan": {"batch_size": 8, "critic_steps": 1, "depth": 2, "width": 4, "critic_size": 3},
    "ecal_gan": {"batch_size": 4, "critic_steps": 1, "filters": 2, "latent_size": 4},
}


@pytest.mark.parametrize("name", games.GAMES)
def test_an_update_of_both_networks_is_played_and_counted(name):
    config, trainer, _ = games.game(name, jit=False, **SMALL[name])
    assert len(trainer.updates) == 2
    history = games.play(name, jit=False, **SMALL[name])(1).history
    assert "gradient" in history
    assert games.multiplications(name, jit=False, **SMALL[name]) > 0


def test_the_table_is_in_units_of_the_floor():
    head, line = games.rows({"a": Cost(cpu=3.0, wall=9.0)}, {"a": 256 * 1024 * 12_768}, Cost(cpu=1.5, wall=9.0))
    assert line == ["a", "6.7", "1.500", "3.000", "2.0"]
    assert len(head) == len(line)
