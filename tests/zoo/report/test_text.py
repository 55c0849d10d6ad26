import pytest

from zoo.report.text import label, measured, number, plain


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$f_{0} = E_{0}/E_\\mathrm{tot}$", "<i>f</i><sub>0</sub> = <i>E</i><sub>0</sub>/<i>E</i><sub>tot</sub>"),
        ("$\\sigma_{s_d}$", "σ<sub><i>s</i><sub><i>d</i></sub></sub>"),
        ("$p_{T,\\bar t}$ < 3", "<i>p</i><sub><i>T</i>,<i>t\u0304</i></sub> &lt; 3"),
        ("$\\cos\\theta^*$", "cosθ<sup>*</sup>"),
        ("DLL$_{bt\\,\\pi}$", "DLL<sub><i>b</i><i>t</i>\u2009π</sub>"),
        ("$\\Delta X$", "Δ<i>X</i>"),
        ("a & b", "a &amp; b"),
        ("$p_", "<i>p</i>_"),
    ],
)
def test_labels_of_figures_become_html(text, expected):
    assert str(label(text)) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [(0, "0"), (-1, "−1"), (1500, "1500"), (1e5, "10⁵"), (-2e-5, "−2·10⁻⁵"), (0.05, "0.05")]
)
def test_numbers_of_an_axis_are_short(value, expected):
    assert number(value) == expected


def test_what_is_not_there_is_a_dash():
    assert plain(None) == plain("") == measured(None) == "–"
    assert (plain(True), plain([1, 0.33333])) == ("yes", "1, 0.3333")
