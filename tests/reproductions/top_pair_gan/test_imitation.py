import dataclasses

import keras
import numpy as np
import pytest
from scipy import stats

from reproductions.top_pair_gan import data, imitation, phase_space, train
from reproductions.top_pair_gan.constants import MASSES
from zoo.errors import InputError
from zoo.observables import four_vectors
from zoo.training import runs

from .test_train import SMALL


def test_the_noise_stands_for_events_as_that_of_the_teacher_does():
    z = np.random.default_rng(1).normal(size=(20_000, imitation.NOISE)).astype(np.float32)
    found = np.array(imitation.noise(keras.ops.convert_to_tensor(z)))
    assert found.shape == (20_000, phase_space.COORDINATES)
    for column in found[:, [*range(6), *phase_space.SHAPED[phase_space.NUMBERS :]]].T:
        assert stats.kstest(column, "norm").pvalue > 1e-3
    for first in range(6, 21, 3):
        x, y = found[:, first], found[:, first + 1]
        assert stats.kstest(np.arctan2(y, x), "uniform", (-np.pi, 2 * np.pi)).pvalue > 1e-3
        assert stats.kstest(np.hypot(x, y), "rayleigh").pvalue > 1e-3
    related = stats.spearmanr(found).statistic - np.eye(found.shape[1])
    assert np.abs(related).max() < 0.03  # four standard deviations


def test_a_direction_is_that_of_its_vector():
    z = np.random.default_rng(2).normal(size=(100, imitation.NOISE)).astype(np.float32)
    found = np.array(imitation.noise(keras.ops.convert_to_tensor(z))).reshape(100, 7, 3)[:, 2:]
    vectors = z[:, :15].reshape(100, 5, 3)
    np.testing.assert_allclose(
        np.arctan2(found[..., 1], found[..., 0]), np.arctan2(vectors[..., 1], vectors[..., 0]), atol=1e-5
    )
    cosines = vectors[..., 2] / np.linalg.norm(vectors, axis=2)
    np.testing.assert_allclose(2 * stats.norm.cdf(found[..., 2]) - 1, cosines, atol=1e-4)


def test_differences_count_by_their_squares_while_they_are_small():
    true = train.partons(data.load(data.SAMPLE, 50))
    same = imitation.losses(*[keras.ops.convert_to_tensor(true)] * 2)
    assert {name: float(value) for name, value in same.items()} == pytest.approx(
        dict.fromkeys(imitation.WEIGHTS, 0), abs=1e-5
    )
    p3 = data.load(data.SAMPLE, 50).copy()
    p3[:, 0, 0] += 24.0  # px of b
    p4 = four_vectors.on_shell(p3, MASSES).astype(np.float32)
    found = imitation.losses(*(keras.ops.convert_to_tensor(events) for events in (p4, true)))
    assert float(found["momenta"]) == pytest.approx((np.hypot(1, 2.4) - 1) / 6, rel=1e-3)
    assert float(found["balance"]) == pytest.approx(0.2 * (np.hypot(1, 4.8) - 1) / 2, rel=1e-3)
    masses = [np.array(phase_space.masses(keras.ops.convert_to_tensor(events))) for events in (p4, true)]
    pulls = (masses[0] - masses[1]) / [width for _, width in phase_space.RESONANCES]
    assert float(found["masses"]) == pytest.approx(0.5 * (np.hypot(1, pulls) - 1).mean(), rel=1e-3)


def test_a_generator_learns_from_a_teacher_and_then_plays(tmp_path):
    config = dataclasses.replace(
        SMALL, teacher="top_pair_gan_plus", epochs=4, iterations_per_epoch=20, learning_rate=0.01, out=tmp_path / "a"
    )
    train.train(config)
    rows = runs.read_history(config.folder)
    assert float(rows[-1]["momenta"]) < float(rows[0]["momenta"])
    assert "trick" not in rows[0]
    after = dataclasses.replace(SMALL, epochs=1, learning_rate=1e-9, start=config.folder, out=tmp_path / "b")
    train.train(after)
    trainer, _ = train.build(after)
    trainer.load_weights(after.folder / runs.CHECKPOINT)
    for taught, now in zip(runs.best_of(config.folder).get_weights(), trainer.source.get_weights(), strict=True):
        np.testing.assert_allclose(taught, now, atol=1e-6)


def test_a_teacher_has_the_mapping():
    with pytest.raises(InputError, match="mfc_cgan: is no model with the mapping, expected one as top_pair_gan_plus"):
        imitation.teacher("mfc_cgan")
    with pytest.raises(InputError, match="expected no --teacher"):
        dataclasses.replace(SMALL, mapping=True, teacher="top_pair_gan_plus")
