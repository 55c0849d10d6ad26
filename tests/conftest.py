"""What tests of several packages share: hypothesis settings, and a small trained-looking generator in a folder."""

import json
import os
import random as python_random
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import hypothesis
import numpy as np
import pytest

# Cores are shared and graphs compile on the first call, so the time of one example says nothing.
hypothesis.settings.register_profile("zoo", deadline=None, max_examples=50, derandomize=True)
hypothesis.settings.load_profile("zoo")

TOY_CARD = {
    "name": "toy",
    "title": "Two layers of cells",
    "reproduction": "reproductions.toy",
    "paper": {"title": "Of toys", "authors": ["A. Author", "B. Author"], "arxiv": "0000.00000"},
    "summary": "Not a detector.",
    "latent": {"z": 8},
    "conditions": {"energy": {"unit": "GeV", "range": [1, 100], "shape": []}},
    "outputs": {
        "layer_0": {"shape": [2, 3], "unit": "MeV", "axes": ["rows", "columns"]},
        "layer_1": {"shape": [4], "unit": "MeV"},
    },
    "training": {"command": "python -m toys", "epochs": 50},
    "data": {"provenance": {"joined": [{"name": "a.h5", "seed": 1}, {"name": "b.h5", "seed": 2}]}},
    "metrics": {"score": {"value": 0.05, "uncertainty": 0.01}},
}


SEED = 2


def _seed():
    """What is drawn without a seed is the same whichever tests ran before. Keras is not imported for that."""
    if "keras" in sys.modules:
        sys.modules["keras"].utils.set_random_seed(SEED)
    else:
        python_random.seed(SEED)  # from which Keras takes its own, once it is imported


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup():
    """Before what the test sets up."""
    _seed()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call():
    """And again, for another test may have set that up already."""
    _seed()


@pytest.fixture(scope="session")
def toy_card():
    """What the model "toy" is, but for the hashes of its files."""
    return TOY_CARD


@pytest.fixture(scope="session")
def toy_model():
    """A model as TOY_CARD says: outputs grow with energy and vary with z."""
    import keras

    initial = keras.initializers.RandomNormal(stddev=0.5, seed=1)
    z, energy = keras.Input((8,), name="z"), keras.Input((1,), name="energy")
    features = keras.layers.Dense(32, "relu", kernel_initializer=initial, name="features")(z * (energy / 10))
    layer_0 = keras.layers.Dense(6, "relu", kernel_initializer=initial)(features)
    layer_1 = keras.layers.Dense(4, kernel_initializer=initial)(keras.layers.BatchNormalization()(features))
    return keras.Model(
        {"z": z, "energy": energy}, {"layer_0": keras.layers.Reshape((2, 3))(layer_0), "layer_1": layer_1}
    )


@pytest.fixture
def toy_weights(toy_model, tmp_path, monkeypatch):
    """The folder of the model "toy", with $ZOO_WEIGHTS pointing at its parent."""
    from zoo.data.files import sha256
    from zoo.generator import save

    folder = tmp_path / "weights" / "toy"
    save(toy_model, folder / "generator.keras")
    (folder / "distributions.h5").write_bytes(b"histograms")
    hashes = {name: sha256(folder / name) for name in ("generator.keras", "distributions.h5")}
    (folder / "card.json").write_text(json.dumps(TOY_CARD | {"sha256": hashes}))
    monkeypatch.setenv("ZOO_WEIGHTS", str(folder.parent))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return folder


@pytest.fixture
def random():
    """Random numbers that are the same in every run."""
    return np.random.default_rng(20170507)
