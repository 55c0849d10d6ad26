import keras
import numpy as np
import pytest

from reproductions.tpc_gan import model
from reproductions.tpc_gan.simulate import draw_parameters
from zoo.generator import read_model


def test_parameters_of_the_papers_networks():
    """Dense 37 -> 32 -> 64 -> 64 -> 64 -> 128, and the convolutions as in the paper."""
    widths = (37, 32, 64, 64, 64, 128)
    dense = sum(a * b + b for a, b in zip(widths, widths[1:], strict=False))
    assert model.generator().count_params() == dense == 19968
    kernels = ((3, 6, 16), (3, 16, 16), (3, 16, 32), (3, 32, 32), (3, 32, 64), (2, 64, 64))
    convolutions = sum(size * size * a * b + b for size, a, b in kernels)
    assert model.discriminator().count_params() == convolutions + (64 + 5) * 128 + 128 + 129


def test_features_are_the_papers():
    row = np.array([[10, -30, 100.25, 30.75]], np.float32)
    np.testing.assert_allclose(model.features(row), [[0.5, -0.5, -62.25 / 127.5, 0.25, 0.75]], rtol=1e-6)
    rows = np.array([[10, -30, 100.25, 30.75, 26, 0.5], [0, 0, 35, 30, 27, 2.5]], np.float32)
    np.testing.assert_allclose(np.array(model.features(rows))[:, 5:], [[0, 0.2], [1, 1]])


def test_the_kinked_activation():
    log2 = np.log10(2)
    x = np.array([-50, -1, 0, 0.005, 0.01, 0.0100001, 1.01], np.float32)
    expected = [0, log2 / 10 / np.e, log2 / 10, 0.55 * log2, log2, log2, log2 + 1]
    np.testing.assert_allclose(model.kinked(keras.ops.convert_to_tensor(x)), expected, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(("output", "low"), [("kinked", 0), ("elu", -1), ("relu", 0)])
@pytest.mark.parametrize("residual", [False, True])
def test_generators_of_all_kinds(output, low, residual, random):
    network = model.generator(5, 8, output, residual)
    y = np.array(network({"features": random.normal(size=(50, 5)), "z": 5 * random.normal(size=(50, 8))}))
    assert y.shape == (50, 8, 16)
    assert y.min() >= low


def test_a_residual_layer_is_added_to_an_image_of_its_input():
    assert model.generator(residual=True).count_params() == 19968 + 37 * 32 + 32 * 64 + 2 * 64 * 64


def test_responses_are_the_networks_above_the_threshold(tmp_path, random):
    network = model.generator(7, 8)
    inference = model.responses(network, six=True)
    inference.save(tmp_path / "model.keras")
    loaded = read_model(tmp_path / "model.keras")
    parameters = draw_parameters(200, 1, six=True)
    z = random.normal(size=(200, 8)).astype(np.float32)
    names = [tensor.name for tensor in inference.inputs if tensor.name != "z"]
    columns = dict(zip(names, parameters.T[..., None], strict=True))
    amplitude = np.array(loaded({"z": z, **columns})["amplitude"])
    y = np.array(network({"features": model.features(parameters), "z": keras.ops.convert_to_tensor(z)}))
    expected = 10**y - 1
    np.testing.assert_allclose(amplitude, np.where(expected >= 1, expected, 0), rtol=1e-4, atol=1e-5)
    assert 0 < np.count_nonzero(amplitude) < amplitude.size
