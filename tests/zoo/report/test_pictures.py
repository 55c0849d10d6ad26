import numpy as np
import pytest

from tests.zoo.report.html import Page
from zoo import report
from zoo.report.pictures import Pair, Series


def pair(generated, reference):
    both = (np.array(counts, float) for counts in (generated, reference))
    return Pair(*(Series(name, name, counts, np.sqrt(counts)) for name, counts in zip("gr", both, strict=True)))


def test_a_deviate_is_that_of_the_chi_squared_test():
    # 60 + 40 beside 40 + 60: chi^2 = 4 * 10^2 / 50 = 8, less Yates's correction 4 * 9.5^2 / 50 = 7.22 with one degree
    # of freedom: p = 0.00721, and a normal number exceeds 2.446 as seldom
    assert pair([60, 40], [40, 60]).deviate == pytest.approx(2.446, abs=1e-3)
    assert pair([50, 50], [50, 50]).deviate == 0
    assert pair([5, 3, 50], [3, 5, 50]).deviate == 0  # the first two are one bin
    assert np.isnan(pair([0, 0], [1, 2]).deviate)
    assert pair([1e6, 1], [1, 1e6]).deviate > 30


def test_ratio_and_pull_have_errors_of_counts():
    ratio, error = pair([80, 120, 0], [100, 50, 50]).ratio
    np.testing.assert_allclose(ratio[:2], [0.8, 2.4])
    np.testing.assert_allclose(error[:2], ratio[:2] * np.sqrt([1 / 80 + 1 / 100, 1 / 120 + 1 / 50]))
    assert np.isnan(ratio[2])
    np.testing.assert_allclose(pair([40, 60], [30, 70]).pull, [0.1 / np.sqrt(0.007), -0.1 / np.sqrt(0.013)])


def test_histograms_of_several_conditions_make_a_map_of_pulls():
    text = report.model(report.subject("mfc_cgan_plus"))
    start = text.rindex('<table class="pulls">')  # behind those of slices
    end = text.index("</table>", start)
    table = Page(text[start:end] + "</table>").text
    assert "beam of 50 GeV beam of 75 GeV" in table and "beam of 200 GeV" in table
    assert text[start:end].count('<td class="level-') == 6 * 7
