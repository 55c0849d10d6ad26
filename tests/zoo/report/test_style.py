"""Contrast as the Web Content Accessibility Guidelines 2.2 measure it: 4.5 for text, 3 for what a picture says."""

import re
from importlib import resources

import pytest

STYLE = (resources.files("zoo.report") / "templates" / "style.css").read_text()
LIGHT, DARK = re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)


def luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_that_of_the_guidelines():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
def test_text_and_lines_can_be_told_from_what_they_lie_on(scheme):
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", scheme))
    for ground in ("page", "panel"):
        for text in ("text", "faint", "link"):
            assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    for line in (name for name in colours if name.startswith(("generated", "published", "model", "truth-edge"))):
        assert contrast(colours[line], colours["panel"]) >= 3, line
    for level in (1, 2, 3):
        assert contrast(colours["on-level"], colours[f"level-{level}"]) >= 4.5


def test_every_style_of_a_series_has_a_colour():
    for name in (
        "reference",
        "generated",
        "published_reference",
        "published_generated",
        *(f"model_{i}" for i in range(1, 5)),
    ):
        assert f".{name} {{ stroke: var(" in STYLE
