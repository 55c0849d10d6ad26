import numpy as np
from matplotlib.figure import Figure
from matplotlib.image import imread

from reproductions.calogan import picture


def test_the_picture_has_a_column_for_each_particle_with_ratios(tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr(Figure, "savefig", lambda self, path, **_: drawn.append(self) or path.touch())
    picture.draw(tmp_path / "picture.png")
    (page,) = drawn
    assert [panel.get_title() for panel in page.axes[:3]] == ["e$^+$", "γ", "π$^+$"]
    below = [panel for panel in page.axes if panel.get_ylim()[1] <= 10 and panel.get_xlabel()]
    assert len(page.axes) == 18 and len(below) == 9
    names = [text.get_text() for text in page.legends[0].get_texts()]
    assert names == ["Geant4 (ours, held out)", "generated (ours)", "CaloGAN (published)"]


def test_the_picture_of_the_front_page_is_there():
    pixels = imread("reproductions/calogan/particles.png")
    assert pixels.shape[1] == 1100 and np.ptp(pixels) > 0.9
