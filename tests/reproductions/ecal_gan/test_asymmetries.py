import pytest

from reproductions.ecal_gan import asymmetries, data
from zoo.errors import InputError


def test_asymmetries_of_several_models_are_drawn_side_by_side(tmp_path, monkeypatch, showers):
    drawn = {}
    monkeypatch.setattr(
        asymmetries.figures,
        "asymmetries",
        lambda path, counts, reference, distances: drawn.update(counts=counts, far=distances),
    )
    monkeypatch.setattr(asymmetries, "held_out", lambda card: {"test": data.take(showers, slice(100))})
    models = ["ecal_gan", "ecal_gan_direct"]
    monkeypatch.setattr("sys.argv", ["asymmetries", *models, "--out", str(tmp_path / "a.png")])
    asymmetries.main()
    assert list(drawn["counts"]) == list(drawn["far"]) == models
    assert 0 <= drawn["far"]["ecal_gan"]["asymmetry_long"].value <= 1
    monkeypatch.setattr(asymmetries, "held_out", lambda card: None)
    with pytest.raises(InputError, match="ecal_gan: sample/held_out.h5 was not held out of its training"):
        asymmetries.main()
