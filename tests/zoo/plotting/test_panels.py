import numpy as np
import pytest
from matplotlib.figure import Figure

from zoo import plotting

EDGES = np.linspace(0, 5, 6)


@pytest.fixture
def axes():
    return Figure().subplots()


def test_histograms_are_labelled_by_their_role_reference_first(axes):
    plotting.histograms(axes, EDGES, {"generated": EDGES[1:], "reference": EDGES[:-1]}, label="x [mm]")
    assert axes.get_legend_handles_labels()[1] == ["reference", "generated"]
    assert axes.get_xlabel() == "x [mm]"


def test_the_axis_ends_where_the_content_does(axes):
    plotting.histograms(axes, EDGES, {"generated": [0, 2, 0, 0, 0], "reference": [0, 0, 1, 0, 0]}, label="x")
    assert axes.get_xlim() == (1, 3)


def test_a_spike_does_not_hide_the_reference(axes):
    plotting.histograms(axes, EDGES, {"generated": [0, 900, 0, 0, 0], "reference": [1, 1, 2, 1, 1]}, label="x")
    assert axes.get_ylim() == pytest.approx((0, 4.4))


@pytest.mark.parametrize(
    ("low", "high", "expected"), [(10, 60, ["10", "20", "50"]), (1.5, 80, ["2", "5", "10", "20", "50"])]
)
def test_a_short_logarithmic_axis_has_plain_numbers(axes, low, high, expected):
    edges = np.geomspace(low, high, 6)
    plotting.histograms(axes, edges, {"reference": np.ones(5)}, label="x", log_x=True, log_y=True)
    axes.figure.draw_without_rendering()
    shown = [tick.get_text() for tick in axes.get_xticklabels() if low <= tick.get_position()[0] <= high]
    assert shown == expected


def test_unknown_and_empty_histograms_can_be_drawn(axes):
    contents = {"generated": np.zeros(5), "reference": np.array([np.nan, 0, 0, 0, 0])}
    plotting.histograms(axes, EDGES, contents, label="x", log_y=True)
    axes.figure.draw_without_rendering()


def test_an_image_shows_the_cells(axes):
    drawn = plotting.image(axes, np.arange(6).reshape(2, 3), vmax=5)
    assert drawn.get_interpolation() == "nearest"
    assert not len(axes.get_xticks())


def test_a_matrix_shows_its_numbers(axes):
    plotting.matrix(axes, np.array([[1, -0.001], [0.25, 1]]), ["a", "b"], limit=1)
    assert [text.get_text() for text in axes.texts] == ["1.00", "0.00", "0.25", "1.00"]
