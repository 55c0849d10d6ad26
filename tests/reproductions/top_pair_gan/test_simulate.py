import numpy as np
import pytest

from reproductions.top_pair_gan import data, observables
from reproductions.top_pair_gan.constants import MASSES
from reproductions.top_pair_gan.simulate import simulate
from zoo.data import hdf5
from zoo.errors import InputError
from zoo.observables import four_vectors


@pytest.fixture(scope="module")
def simulated():
    return simulate(2000, seed=5)


def test_events_are_leading_order_top_pairs(simulated, tmp_path):
    hdf5.write(tmp_path / "a.h5", *simulated)
    p3 = data.load(tmp_path / "a.h5")
    np.testing.assert_array_equal(p3, simulated[0]["p3"])
    attributes = hdf5.attributes(tmp_path / "a.h5")
    assert attributes["generator"].startswith("Pythia 8.317")
    # 60,000 events gave 273.7 +- 0.6 pb
    assert attributes["sigma_pb"] == pytest.approx(273.7, abs=5 * attributes["sigma_error_pb"])
    values = observables.observables(four_vectors.on_shell(p3, MASSES))
    # W bosons of tops are longitudinal in 70 % of the decays; Pythia does not correlate the spins of the tops.
    f0, c_hel = 2 - 5 * values["cos_w"] ** 2, 9 * values["cos_cos"]
    assert f0.mean() == pytest.approx(0.697, abs=4 * f0.std() / 2000**0.5)
    assert c_hel.mean() == pytest.approx(0, abs=4 * c_hel.std() / 2000**0.5)
    assert np.abs(p3[..., :2].sum(axis=1)).max() < 1e-3


def test_the_seed_decides(simulated):
    again, other = (simulate(20, seed)[0]["p3"] for seed in (5, 6))
    np.testing.assert_array_equal(again, simulated[0]["p3"][:20])
    assert not np.array_equal(again, other)


@pytest.mark.parametrize(("events", "seed", "message"), [(0, 1, "--events is 0"), (1, 0, "--seed is 0, expected 1 to")])
def test_senseless_numbers_are_refused(events, seed, message):
    with pytest.raises(InputError, match=message):
        simulate(events, seed)
