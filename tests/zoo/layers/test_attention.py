import keras
import numpy as np

from zoo.layers import InPaintingAttention


def images(seed=0):
    rng = np.random.default_rng(seed)
    return [rng.exponential(size=(4, 5, 1, 3)).astype(np.float32) for _ in range(2)]


def test_begins_by_keeping_the_new_image():
    new, carried = images()
    layer = InPaintingAttention()
    # The bias of -10 leaves the carried image a weight of about exp(-10), whatever the small first weights say.
    np.testing.assert_allclose(layer([new, carried]), new, atol=5e-3)
    assert not np.array_equal(layer([new, carried]), new)


def test_is_a_weighted_mean_with_softmax_weights():
    new, carried = images()
    layer = InPaintingAttention()
    layer.build([new.shape, carried.shape])
    kernel, bias = layer.scores.get_weights()
    bias = np.random.default_rng(1).normal(size=bias.shape)
    layer.scores.set_weights([0 * kernel, bias])  # the scores are now the biases (rows, columns, 2)
    weight = 1 / (1 + np.exp(bias[..., 0] - bias[..., 1]))  # of the carried image
    weight = weight.T[:, :, None, None]
    np.testing.assert_allclose(layer([new, carried]), weight * carried + (1 - weight) * new, rtol=1e-5)


def test_survives_saving(tmp_path):
    new, carried = images()
    inputs = [keras.Input(batch_shape=new.shape) for _ in range(2)]
    model = keras.Model(inputs, InPaintingAttention()(inputs))
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded([new, carried]), model([new, carried]))
