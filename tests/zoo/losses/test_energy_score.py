import keras
import numpy as np
import pytest

from zoo.losses import energy_score


def test_by_hand():
    truth, one, other = ([[0.0, 0.0]], [[3.0, 4.0]], [[0.0, 4.0]])
    found = energy_score(*(keras.ops.convert_to_tensor(x) for x in (truth, one, other)))
    assert float(found) == pytest.approx(5 + 4 - 3)


def test_the_true_spread_scores_best(random):
    """The mean over normal draws of sigma s against sigma 1, for which theory has the least at s = 1."""
    n = 200_000
    truth, *draws = (random.normal(size=(n, 1)).astype(np.float32) for _ in range(3))
    scores = {s: float(energy_score(truth, s * draws[0], s * draws[1])) for s in (0.5, 0.8, 1.0, 1.25, 2.0)}
    assert min(scores, key=scores.get) == 1.0
    expected = np.sqrt(2 / np.pi) * (2 * np.sqrt(1 + 2.0**2) - 2.0 * np.sqrt(2))
    assert scores[2.0] == pytest.approx(expected, rel=0.01)
