import matplotlib
import pytest

from zoo import plotting


def test_a_figure_is_written_without_touching_the_user_s_settings(tmp_path):
    before = dict(matplotlib.rcParams)
    with plotting.figure(tmp_path / "figures" / "a.png", 2, 1, dpi=100) as page:
        page.subplots().plot([1, 2])
    pixels = matplotlib.image.imread(tmp_path / "figures" / "a.png")
    assert pixels.shape[:2] == (100, 200)
    assert dict(matplotlib.rcParams) == before


def test_a_figure_that_fails_leaves_no_file(tmp_path):
    with pytest.raises(RuntimeError), plotting.figure(tmp_path / "a.png", 2, 1):
        raise RuntimeError
    assert not list(tmp_path.iterdir())
