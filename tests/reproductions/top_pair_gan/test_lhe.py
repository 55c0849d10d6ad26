import pytest

import zoo
from reproductions.top_pair_gan import data, lhe
from zoo.errors import InputError


def test_a_model_writes_an_lhe_file(tmp_path, monkeypatch):
    out = tmp_path / "events.lhe"
    monkeypatch.setattr("sys.argv", ["lhe", "top_pair_gan_plus", "--events", "30", "--seed", "5", "--out", str(out)])
    lhe.main()
    expected = zoo.load("top_pair_gan_plus").sample(30, seed=5)["p4"][..., 1:]
    assert data.load(out) == pytest.approx(expected, rel=1e-5, abs=1e-3)
    with pytest.raises(InputError, match="events.lhe: exists already"):
        lhe.main()
