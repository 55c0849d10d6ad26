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


def test_a_ratio_shows_the_shares_with_the_errors_of_counts(axes):
    plotting.ratio(axes, EDGES, {"generated": 200 * np.ones(5), "reference": np.array([100, 100, 80, 120, 100])})
    (points,) = (drawn for drawn in axes.containers)
    centres, values = points[0].get_data()
    np.testing.assert_allclose(centres, [0.5, 1.5, 2.5, 3.5, 4.5])
    np.testing.assert_allclose(values, [1, 1, 1.25, 1 / 1.2, 1])
    first = points[2][1].get_segments()[0]
    np.testing.assert_allclose(first[:, 1], 1 + np.sqrt(1 / 200 + 1 / 100) * np.array([-1, 1]))
    assert axes.get_ylim() == (0.75, 1.25)


def test_a_ratio_of_few_events_joins_bins(axes):
    few = np.array([50, 50, 50, 50, 300])
    plotting.ratio(axes, EDGES, {"generated": few, "reference": few})
    centres, values = axes.containers[0][0].get_data()
    np.testing.assert_allclose(centres, [1, 3, 4.5])
    np.testing.assert_allclose(values, 1)


def test_a_ratio_far_from_one_is_logarithmic_and_marks_what_is_beyond(axes):
    many = np.full(5, 10_000)
    plotting.ratio(axes, EDGES, {"generated": np.array([0, 400, 10_000, 20_000, 19_600]), "reference": many})
    assert axes.get_yscale() == "log"
    assert axes.get_ylim() == pytest.approx((0.1, 10))
    assert [line.get_xdata().tolist() for line in axes.lines if line.get_marker() == "v"] == [[0.5, 1.5]]


@pytest.mark.parametrize(("low", "high", "expected"), [(10, 60, "10 20 50"), (23, 47, "25 30 35 40 45")])
def test_a_comparison_has_plain_numbers_below_a_short_logarithmic_axis(low, high, expected):
    figure = Figure()
    above, below = figure.subplots(2)
    counts = {"reference": np.full(5, 500), "generated": np.full(5, 500)}
    plotting.comparison(above, below, np.geomspace(low, high, 6), counts, label="x", log_x=True)
    figure.draw_without_rendering()
    ticks = [tick for tick in below.get_xticklabels() if low <= tick.get_position()[0] <= high]
    assert " ".join(tick.get_text() for tick in ticks) == expected
    assert below.get_xlim() == pytest.approx(above.get_xlim())


def test_a_comparison_has_the_unit_of_a_density(axes):
    above, below = Figure().subplots(2)
    counts = {"reference": np.full(5, 500), "generated": np.full(5, 500)}
    plotting.comparison(above, below, EDGES, counts, label="$E$", unit="GeV")
    assert (above.get_ylabel(), below.get_xlabel(), below.get_ylabel()) == ("density [1/GeV]", "$E$ [GeV]", "ratio")
    assert above.get_ylim()[1] == pytest.approx(1.1 * 0.2)
    assert above.get_xlim() == below.get_xlim()
