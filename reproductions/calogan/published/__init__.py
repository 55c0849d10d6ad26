"""The histograms and mean images of arXiv:1705.02355 as numbers; README.md tells where they come from."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

SERIES = tuple(f"{source}_{particle}" for source in ("geant", "gan") for particle in ("eplus", "gamma", "piplus"))
HIDDEN, OUTSIDE = 3, 4  # the flags of bins without a number
_SPACINGS: dict[str, Callable] = {"linspace": np.linspace, "logspace": np.logspace}


@dataclass(frozen=True)
class Series:
    """One published histogram: arrays (bins,) of densities (integral 1 over the bins shown) and their reading error.

    Hidden bins (flag 3) are NaN: unknown. Bins outside the axes shown (flag 4) are 0. README.md explains all flags.
    """

    density: np.ndarray
    sigma: np.ndarray
    flags: np.ndarray
    counts: np.ndarray  # events per bin, not rounded
    counts_sigma: np.ndarray  # their Poisson and reading errors in quadrature


@dataclass(frozen=True)
class Observable:
    """One of the 23 panels: `series` holds the six histograms of `SERIES` on the bins with `edges`, in `unit`."""

    name: str
    definition: str
    unit: str  # empty if dimensionless
    edges: np.ndarray
    log_x: bool
    log_y: bool
    series: dict[str, Series]


@dataclass(frozen=True)
class MeanImage:
    """Mean energy per cell (rows, columns) in MeV; NaN below (flag 1) or above (flag 2) the published colour scale."""

    mean: np.ndarray
    flags: np.ndarray
    at_most: float | None  # of the cells with flag 1
    at_least: float | None  # of the cells with flag 2


@cache
def load() -> dict[str, Observable]:
    """The 23 published histograms by name, in the order of the notebook."""
    file = json.loads((Path(__file__).parent / "histograms.json").read_text())
    observables = {}
    for name, panel in file["observables"].items():
        spacing, first, last, number = panel["bins"]
        edges = _constant(_SPACINGS[spacing](first, last, number))
        series = {
            key: _series(entry, np.diff(edges), file["about"]["events"][key.split("_")[0]])
            for key, entry in panel["series"].items()
        }
        observables[name] = Observable(
            name, panel["definition"], panel["unit"], edges, panel["log_x"], panel["log_y"], series
        )
    return observables


@cache
def load_mean_images() -> dict[str, dict[str, MeanImage]]:
    """The published mean images of photon showers: source ("geant4" or "gan"), then layer."""
    file = json.loads((Path(__file__).parent / "mean_images_gamma.json").read_text())
    return {
        source: {
            layer: MeanImage(
                _constant(image["mean"]),
                _constant([list(map(int, row)) for row in image["flags"]], int),
                image["at_most"],
                image["at_least"],
            )
            for layer, image in layers.items()
        }
        for source, layers in file["images"].items()
    }


def _series(entry: dict, widths: np.ndarray, events: int) -> Series:
    flags = np.array(list(map(int, entry["flags"])))
    density = np.where(flags == OUTSIDE, 0.0, np.array(entry["density"], np.float64))
    sigma = np.where(flags == OUTSIDE, 0.0, np.array(entry["sigma"], np.float64))
    in_range = np.mean(entry["in_range"] or 1.0)  # where it could not be read nearly all events are in range
    counts_per_density = events * in_range * widths
    counts = density * counts_per_density
    counts_sigma = np.sqrt(counts + (sigma * counts_per_density) ** 2)
    return Series(
        density=_constant(density),
        sigma=_constant(sigma),
        flags=_constant(flags, int),
        counts=_constant(counts),
        counts_sigma=_constant(counts_sigma),
    )


def _constant(values, dtype=np.float64) -> np.ndarray:
    """A read-only array, for what `load` returns is shared."""
    array = np.array(values, dtype)
    array.flags.writeable = False
    return array
