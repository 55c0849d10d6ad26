import numpy as np
import pytest

from benchmarks import top_pair_gan
from reproductions.top_pair_gan import model


def test_operations_are_two_for_each_weight_and_event():
    for network, inputs, outputs in ((model.generator(), 18, 18), (model.discriminator(), 24, 1)):
        weights = sum(np.prod(v.shape) for v in network.trainable_variables if len(v.shape) == 2)
        assert top_pair_gan.operations(3, inputs, outputs) == 6 * weights


def test_an_iteration_is_eighteen_passes_of_a_network():
    passes = top_pair_gan.operations(1, 24, 1), top_pair_gan.operations(1, 18, 18)
    assert min(passes) * 18 <= top_pair_gan.iteration(1) <= max(passes) * 18


def test_rates_are_those_of_the_products():
    assert top_pair_gan.rate(2.0, 1024) == pytest.approx(36 * 2 * 1024 * 512 * 512 / 2 / 1e9)


@pytest.mark.parametrize("mapping", [False, True])
def test_a_generator_to_time_makes_events(mapping):
    assert top_pair_gan.generate(mapping, units=8, depth=2)(5).shape == (5, 6, 4)


def test_the_products_are_multiplied():
    product = top_pair_gan.multiply()(4)
    assert product.shape == (4, 512)
    assert 0.01 < product.std() < 100  # neither vanished nor overflowed, which would take another time
