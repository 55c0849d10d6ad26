import numpy as np
import pytest

from zoo.losses import cramer_critic, energy_score


def test_scores_of_points_by_hand():
    real, generated, again = np.float32([[0, 0]]), np.float32([[3, 4]]), np.float32([[0, 4]])
    assert float(energy_score(real, generated, again)[0]) == pytest.approx(5 + 4 - 3, abs=1e-5)
    # |h - h'| - |h|
    assert float(cramer_critic(generated, again)[0, 0]) == pytest.approx(3 - 5, abs=1e-5)


def test_the_right_distribution_has_the_least_score(random):
    """Of normal distributions around the truth the true width and the true mean score best, by 1e5 events."""
    number = 100_000
    real = random.normal(1.0, 2.0, (number, 1)).astype(np.float32)
    noise = random.normal(size=(2, number, 1)).astype(np.float32)

    def mean(centre, width):
        return float(np.mean(energy_score(real, *(centre + width * noise))))

    best = mean(1.0, 2.0)
    # of a normal distribution: E|x - g| + E|x - g'| - E|g - g'| = 2 s / sqrt(pi)
    assert best == pytest.approx(4 / np.sqrt(np.pi), rel=0.01)
    assert min(mean(1.3, 2.0), mean(0.7, 2.0), mean(1.0, 2.4), mean(1.0, 1.6)) > best


def test_the_score_of_equal_points_has_a_finite_gradient():
    import keras

    from zoo import backend

    point = keras.Variable([[1.0, 2.0]])
    value, _, (gradient,) = backend.value_and_gradients(
        lambda: (keras.ops.sum(energy_score(point * 1.0, point * 1.0, point * 2.0)), ()), [point]
    )
    assert np.isfinite(float(value))
    assert np.isfinite(np.array(gradient)).all()
