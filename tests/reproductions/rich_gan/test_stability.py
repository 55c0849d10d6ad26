import matplotlib.image
import numpy as np

from reproductions.rich_gan import efficiencies, figures, stability
from reproductions.rich_gan.constants import DLLS


def test_bins_that_fail_are_named_and_drawn(random, tmp_path):
    number = 40_000
    tracks = {name: random.uniform(1, 2, number).astype(np.float32) for name in ("P", "eta", "nspdhits")}
    tracks["weight"] = np.ones(number, np.float32)
    reference = tracks | {name: random.normal(size=number).astype(np.float32) for name in DLLS}
    generated = tracks | {name: random.normal(size=number).astype(np.float32) for name in DLLS}
    good = efficiencies.ratios(generated, reference)
    assert stability.failures(good) == {}
    assert "no ratio is more than 5 standard deviations from 1" in stability.format_table(good, 0.0)

    fast = tracks["P"] > np.quantile(tracks["P"], 0.9)
    generated["RichDLLk"][fast] += 1
    failed = stability.failures(efficiencies.ratios(generated, reference))
    assert [(name, i) for name, i, _ in failed["P"]] == [("RichDLLk", 9)]
    # at the 95 % quantile: Phi(1 - 1.645) / 0.05 - 1
    assert 3 < failed["P"][0][2] < 6
    table = stability.format_table(efficiencies.ratios(generated, reference), 0.25)
    assert "25.0% of the tracks are outside" in table
    assert "fails for P from 1.9 to 2: RichDLLk by" in table
    found = {"calibration, seed 1": efficiencies.ratios(generated, reference), "whole spectrum": good}
    figures.stability(tmp_path / "stability.png", "muon", found)
    assert matplotlib.image.imread(tmp_path / "stability.png").std() > 0.02
