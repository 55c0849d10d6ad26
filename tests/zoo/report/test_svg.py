import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from zoo.report import svg
from zoo.report.panel import Panel
from zoo.report.pictures import curves, histogram

counts = arrays.arrays(np.int64, 6, elements=st.integers(0, 10**6))


def numbers(drawing):
    """All places in a drawing, as x and y."""
    root = ElementTree.fromstring(drawing)
    assert root.get("viewBox").startswith("0 0 360 ")
    found = [[float(place) for place in root.get("data-x").split()]]
    for one in root.iter("path"):
        found.append([float(x) for x in re.findall(r"-?\d+\.?\d*", one.get("d"))])
    return [x for part in found for x in part]


@given(counts, counts, st.booleans(), st.booleans())
def test_whatever_is_drawn_stays_on_the_page(generated, reference, log_x, log_y):
    panel = Panel("$x$", "mm", log_x=log_x, log_y=log_y)
    drawing = svg.histogram(
        histogram("x", panel, np.geomspace(1, 50, 7), {"generated": generated, "reference": reference}, {})
    )
    places = numbers(drawing)
    assert np.isfinite(places).all()
    assert min(places) >= -5 and max(places) <= svg.WIDTH


def test_unknown_bins_of_published_histograms_are_drawn_as_empty():
    unknown = np.array([np.nan, 1.0, 2.0])
    panel = Panel("x", published={"published_reference": (unknown, unknown), "published_generated": (unknown, unknown)})
    ours = {"generated": np.array([1, 2, 3]), "reference": np.array([3, 2, 1])}
    picture = histogram("x", panel, np.arange(4.0), ours, {"published_generated": "theirs"})
    assert np.isfinite(numbers(svg.histogram(picture))).all()
    assert [one.name for one in picture.series] == ["reference", "published reference", "generated", "theirs"]
    first = next(picture.rows())
    assert first[3] == "? ± ?" and first[-2:] == ["–", "–"]


def test_a_step_is_where_its_number_is():
    ours = {"generated": np.array([1, 3]), "reference": np.array([2, 2])}
    drawing = str(svg.histogram(histogram("x", Panel("x"), np.array([0.0, 1.0, 2.0]), ours, {})))
    # densities 0.25 and 0.75 on an axis that ends at 1.1 times the highest
    heights = svg.BOTTOM - (svg.BOTTOM - svg.TOP) * np.array([0.25, 0.75]) / (1.1 * 0.75)
    middle = (svg.LEFT + svg.RIGHT) / 2
    start = f"M{svg.LEFT:.1f} {svg.BOTTOM}"
    steps = f"{start}V{heights[0]:.1f}H{middle:.1f}V{heights[1]:.1f}H{svg.RIGHT:.1f}V{svg.BOTTOM}"
    assert f'<path class="line generated" d="{steps}"/>' in drawing


def test_a_training_is_drawn_against_its_hours():
    rows = [
        {"epoch": i, "batches": i, "cpu_seconds": 1800, "loss": 1 / i, "score": "nan" if i == 2 else i}
        for i in (1, 2, 3)
    ]
    score, loss = curves(rows)
    assert score.hours.tolist() == [0.5, 1.5] and loss.values.tolist() == [1, 0.5, pytest.approx(1 / 3)]
    drawing = str(svg.curve(score))
    assert drawing.count("<circle") == 2
    assert 'aria-label="score: 2 epochs, the last 3, the least 1"' in drawing
    assert np.isfinite(numbers(drawing)).all()
