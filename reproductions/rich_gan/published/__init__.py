"""Published numbers of LHCb's RICH detectors and of GANs of them; README.md tells where they come from."""

import csv
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).parent
QUARTILES = ("25%", "50%", "75%")


@cache
def read(name: str) -> Any:
    """The content of a JSON file of this folder."""
    return json.loads((FOLDER / f"{name}.json").read_text())


def quartiles(particle: str, columns: Sequence[str]) -> np.ndarray:
    """Quartiles (3, columns) of LHCb's simulated sample of a species: DLLs, TrackP and TrackPt (MeV), TrackEta."""
    table = read("species")["species"][particle]
    return np.array([[table[column][q] for column in columns] for q in QUARTILES])


def uninformed(particle: str) -> float:
    """The share of tracks with DLLs of -999 that the mean m and the deviation s of DLLbt imply.

    With a share f at -999, m = -999 f + (1 - f) m' and s^2 = f (1 - f) (999 + m')^2 + (1 - f) s'^2; the deviation s'
    of the other tracks, which is not published, is taken as the published distance of the quartiles / 1.35.
    """
    table = read("species")["species"][particle]["RichDLLbt"]
    spread = (table["75%"] - table["25%"]) / 1.349
    share = np.linspace(0, 0.2, 20_001)
    centre = (table["mean"] + 999 * share) / (1 - share)
    deviation = np.sqrt(share * (1 - share) * (999 + centre) ** 2 + (1 - share) * spread**2)
    return float(share[np.abs(deviation - table["std"]).argmin()])


def rows() -> dict[str, np.ndarray]:
    """75 tracks shown in public notebooks: P_MeV, ETA and the DLLs by name, each (75,)."""
    with (FOLDER / "rows.csv").open() as file:
        table = list(csv.DictReader(file))
    names = ("P_MeV", "ETA", "RichDLLe", "RichDLLmu", "RichDLLk", "RichDLLp", "RichDLLbt")
    return {name: np.array([float(row[name]) for row in table]) for name in names}


def muon_ratios() -> dict[float, float]:
    """{quantile: mean |ratio - 1|} of the published efficiency ratios of muons, all DLLs and bins."""
    with (FOLDER / "efficiency_ratio_muon.csv").open() as file:
        table = list(csv.DictReader(file))
    levels = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
    return {q: float(np.mean([abs(float(row[f"ratio_{q:g}"]) - 1) for row in table])) for q in levels}


def dauc() -> dict[str, float]:
    """{species: mean |difference of AUC| over 6 x 6 bins of P and eta} of muons, kaons and protons."""
    return {particle: one["mean_abs_dAUC"] for particle, one in read("dauc").items() if isinstance(one, dict)}
