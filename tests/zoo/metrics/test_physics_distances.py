"""Against jetnet 0.2.5 (torch 2.13.0+cpu, NumPy 2.4.6, SciPy 1.17.1), run once on the features in sample.npz:
fpd(real, generated, min_samples=600, max_samples=1500, seed=42), kpd(real, generated, batch_size=1000, seed=42), and of
the first against the second half of the real events min_samples=300, max_samples=750 and batch_size=700, seed=7."""

from pathlib import Path

import numpy as np
import pytest

from zoo.errors import InputError
from zoo.metrics import frechet_physics_distance, kernel_physics_distance
from zoo.metrics.physics_distances import _frechet

JETNET_FPD, JETNET_FPD_EQUAL = (0.010033552195827938, 0.0007378427100468279), (0.00190705791155, 0.00060458089966)
JETNET_KPD, JETNET_KPD_EQUAL = (0.006102238606308541, 0.0008818000884445458), (0.00126094947583, 0.00113063410912)


@pytest.fixture(scope="module")
def sample():
    with np.load(Path(__file__).with_name("sample.npz")) as file:
        return {name: file[name].astype(float) for name in ("generated", "real")}


def test_fpd_is_that_of_jetnet(sample):
    found = frechet_physics_distance(sample["generated"], sample["real"], seed=42, least=600, most=1500)
    assert found == pytest.approx(JETNET_FPD, rel=1e-4)
    equal = frechet_physics_distance(sample["real"][750:], sample["real"][:750], seed=7, least=300, most=750)
    assert equal == pytest.approx(JETNET_FPD_EQUAL, rel=1e-3)


def test_kpd_is_that_of_jetnet(sample):
    found = kernel_physics_distance(sample["generated"], sample["real"], seed=42, size=1000)
    assert found == pytest.approx(JETNET_KPD, rel=1e-6)
    equal = kernel_physics_distance(sample["real"][750:], sample["real"][:750], seed=7, size=700)
    assert equal == pytest.approx(JETNET_KPD_EQUAL, rel=1e-6)


def test_the_frechet_distance_of_normal_distributions_is_known(random):
    """Of N(m, diag a^2) and N(0, diag b^2): |m|^2 + sum (a - b)^2."""
    x = random.normal([0.5, 0, 0], [1, 2, 1], (200_000, 3))
    y = random.normal(0, [1, 1, 3], (200_000, 3))
    assert _frechet(x, y) == pytest.approx(0.25 + 1 + 4, rel=0.01)
    assert _frechet(x, x) == pytest.approx(0, abs=1e-9)
    assert _frechet(x[:, :1], y[:, :1]) == pytest.approx(0.25, abs=0.02)


@pytest.mark.parametrize("distance", [frechet_physics_distance, kernel_physics_distance])
def test_a_shift_is_seen_and_the_unit_does_not_matter(distance, random):
    y, same = random.normal(3, 1, (2, 2000, 3))
    shifted = same + 0.5
    floor, found = distance(same, y, seed=1), distance(shifted, y, seed=1)
    assert found.value > 5 * abs(floor.value) + 5 * floor.uncertainty
    scale = np.array([1e-3, 1, 1e5])
    assert distance(shifted * scale, y * scale, seed=1) == pytest.approx(found, rel=1e-6)


@pytest.mark.parametrize("distance", [frechet_physics_distance, kernel_physics_distance])
def test_what_cannot_be_compared_is_refused(distance):
    ones = np.ones((20, 2))
    with pytest.raises(InputError, match="expected the same features"):
        distance(ones, ones[:, :1], seed=0)
    with pytest.raises(InputError, match="20 and 5 events are too small"):
        distance(ones, ones[:5], seed=0)
    with pytest.raises(InputError, match="not finite"):
        distance(ones * np.nan, ones, seed=0)
    assert distance(ones, ones, seed=0).value == pytest.approx(0, abs=1e-9)  # a feature that never varies
