import keras
import numpy as np
import pytest
from scipy.special import ndtri

from zoo.layers import Categories

EDGES = np.array([1.0, 2.0]), np.array([0.0])
PROBABILITIES = np.array(
    [[[0.2, 0.3, 0.5], [1.0, 0.0, 0.0]], [[0.0, 0.0, 1.0], [0.0, 1.0, 0.0]], [[0.5, 0.5, 0.0], [0.1, 0.8, 0.1]]]
)


@pytest.fixture(scope="module")
def layer():
    layer = Categories((3, 2), 3)
    layer.build(None)
    layer.set_weights([*EDGES, np.cumsum(PROBABILITIES, axis=2)[:, :, :-1]])
    return layer


def test_every_bin_has_its_probabilities(layer):
    uniform = (np.arange(1000) + 0.5) / 1000
    g = ndtri(uniform)[:, None].astype(np.float32)
    for i, x in enumerate((0.5, 1.0, 5.0)):  # an edge belongs to the bin above
        for j, y in enumerate((-1.0, 0.0)):
            conditions = np.tile([[x, y]], (1000, 1)).astype(np.float32)
            shares = np.bincount(np.array(layer([g, conditions])), minlength=3) / 1000
            np.testing.assert_allclose(shares, PROBABILITIES[i, j], atol=1.1e-3)


def test_it_is_saved_with_its_table_and_never_trained(layer, tmp_path):
    g, conditions = keras.Input((1,), name="g"), keras.Input((2,), name="conditions")
    model = keras.Model([g, conditions], keras.ops.one_hot(layer([g, conditions]), 3))
    assert model.trainable_variables == []
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras", compile=False, safe_mode=True)
    inputs = [np.linspace(-2, 2, 9, dtype=np.float32)[:, None], np.tile(np.float32([[0.5, -1]]), (9, 1))]
    np.testing.assert_array_equal(again(inputs), model(inputs))
    assert len(np.unique(np.array(model(inputs)), axis=0)) == 3
