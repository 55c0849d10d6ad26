import numpy as np

from zoo.data import distributions


def test_what_is_written_is_read(tmp_path):
    written = distributions.Distributions(
        conditions={"energy": np.array([1.5, 2.5], np.float32), "momentum": np.ones((2, 3), np.float32)},
        edges={"width": np.array([0.0, 1.0, 3.0])},
        generated={"width": np.array([1, 0])},
        reference={"width": np.array([2, 5])},
        attributes={"seed": 7},
    )
    distributions.write(tmp_path / "a.h5", written)
    read = distributions.read(tmp_path / "a.h5")
    assert read.attributes == {"seed": 7}
    for expected, found in zip(written[:4], read[:4], strict=True):
        assert expected.keys() == found.keys()
        for name, values in expected.items():
            np.testing.assert_array_equal(found[name], values)


def test_a_generator_without_conditions(tmp_path):
    one = {"width": np.array([1, 0])}
    edges = {"width": np.arange(3.0)}
    distributions.write(tmp_path / "a.h5", distributions.Distributions({}, edges, one, one, {"seed": 1}))
    assert distributions.read(tmp_path / "a.h5").conditions == {}
