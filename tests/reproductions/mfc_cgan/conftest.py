"""Few events of the simulator in a file, for the tests of this room."""

import pytest

from reproductions.mfc_cgan import simulate
from reproductions.mfc_cgan.simulate import Process


@pytest.fixture(scope="session")
def events_file(tmp_path_factory):
    """400 events at each of 50, 100 and 200 GeV."""
    path = tmp_path_factory.mktemp("events") / "events.h5"
    made = [simulate.generate(Process(energy), 400, seed=1) for energy in (50, 100, 200)]
    simulate.write(path, made, {"carrier_mass": 0.5, "seed": 1})
    return path
