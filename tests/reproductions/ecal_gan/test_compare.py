import pytest

from reproductions.ecal_gan import compare
from zoo import registry
from zoo.errors import InputError


def test_asymmetries_of_several_models_are_drawn_side_by_side(tmp_path, monkeypatch, showers):
    drawn = {}
    monkeypatch.setattr(
        compare, "asymmetries", lambda path, counts, reference, distances: drawn.update(counts=counts, far=distances)
    )
    monkeypatch.setattr(compare, "load", lambda path: showers)
    file = tmp_path / "showers.h5"
    file.write_text("the file of the training")
    models, hash = ["ecal_gan", "ecal_gan_direct"], registry.read_card("ecal_gan")["data"]["sha256"]
    arguments = ["compare", *models, "--data", str(file), "--out", str(tmp_path / "a.png")]
    monkeypatch.setattr("sys.argv", arguments)
    with pytest.raises(InputError, match=r"showers.h5: is not the file, or not the split"):
        compare.main()
    monkeypatch.setattr(compare, "sha256", lambda path: hash)
    compare.main()
    assert list(drawn["counts"]) == list(drawn["far"]) == models
    assert 0 <= drawn["far"]["ecal_gan"]["asymmetry_long"].value <= 1
