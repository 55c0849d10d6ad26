"""What is compared of events: momenta, masses and angles of the tops, the W bosons and their decays."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from zoo.data.distributions import Counts
from zoo.metrics import (
    Measurement,
    average,
    bootstrap,
    fraction,
    mean,
    triangular_discrimination,
)
from zoo.observables.four_vectors import boosted, cos_angle, mass, pseudorapidity, transverse_momentum


class Observable(NamedTuple):
    """What a histogram shows: a label for the axis, its unit, and the edges of the bins."""

    label: str
    unit: str
    edges: np.ndarray


def _momenta(symbol: str, energy: float, momentum: float) -> dict[str, Observable]:
    name = symbol.replace("^", "").replace("+", "").replace("-", "").replace("\\bar t", "tbar")
    return {
        f"e_{name}": Observable(f"$E_{{{symbol}}}$", "GeV", np.linspace(0, energy, 41)),
        f"pt_{name}": Observable(f"$p_{{T,{symbol}}}$", "GeV", np.linspace(0, momentum, 41)),
    }


OBSERVABLES = {
    **_momenta("t", 1600, 600),
    **_momenta("\\bar t", 1600, 600),
    **_momenta("W", 1000, 400),
    **_momenta("b", 600, 300),
    **_momenta("q", 600, 300),
    "eta_t": Observable("$\\eta_t$", "", np.linspace(-6, 6, 41)),
    "m_tt": Observable("$m_{t\\bar t}$", "GeV", np.linspace(330, 1500, 40)),
    "m_t": Observable("$m_t$", "GeV", np.linspace(165, 181, 41)),
    "m_tbar": Observable("$m_{\\bar t}$", "GeV", np.linspace(165, 181, 41)),
    "m_wplus": Observable("$m_{W^+}$", "GeV", np.linspace(70, 90, 41)),
    "m_wminus": Observable("$m_{W^-}$", "GeV", np.linspace(70, 90, 41)),
    "cos_top": Observable("$\\cos\\theta_t$, rest frame of the pair", "", np.linspace(-1, 1, 41)),
    "cos_w": Observable("$\\cos\\theta^*$ of the down-type quark of the $W^+$", "", np.linspace(-1, 1, 41)),
    "cos_cos": Observable("$\\cos\\theta_1\\cos\\theta_2$ of the down-type quarks", "", np.linspace(-1, 1, 41)),
}
BEAM = np.array([1.0, 0, 0, 1])
PEAKS = ("m_t", "m_tbar", "m_wplus", "m_wminus")
PEAK = ("median", "iqr", "near")
SPINS = {"c_hel": "spin correlation C_hel", "d": "spin correlation D", "w_f0": "W helicity F0"}
NEAR = 5.0  # GeV from the median of the true mass


def observables(p4: np.ndarray) -> dict[str, np.ndarray]:
    """The values (n,) of `OBSERVABLES` for events (n, 6, 4), and cos_phi.

    cos_w: in the rest frame of the W+, between the down-type quark and the direction in which the W+ left the top.
    cos_cos: of each down-type quark in the rest frame of its top, with the direction in which the top left the pair.
    cos_phi: between the two down-type quarks, each in the rest frame of its top (their opening angle).
    """
    p4 = np.asarray(p4, np.float64)
    top, antitop, w_plus, w_minus = (p4[:, i:j].sum(axis=1) for i, j in ((0, 3), (3, 6), (1, 3), (4, 6)))
    pair = top + antitop
    found: dict[str, np.ndarray] = {}
    for name, one in (("t", top), ("tbar", antitop), ("W", w_plus), ("b", p4[:, 0]), ("q", p4[:, 1])):
        found |= {f"e_{name}": one[:, 0], f"pt_{name}": transverse_momentum(one)}
    cosines, downs = [], []
    # The helicity frames need no axes: boosts go from the pair to the top to the W.
    for one, boson, down in ((top, w_plus, p4[:, 2]), (antitop, w_minus, p4[:, 4])):
        one, boson, down = (boosted(p, pair) for p in (one, boson, down))
        boson, down_in_top = boosted(boson, one), boosted(down, one)
        in_top = cos_angle(down_in_top, one)
        downs.append(down_in_top)
        cosines.append((cos_angle(one, BEAM), cos_angle(boosted(down_in_top, boson), boson), in_top))
    return found | {
        "eta_t": pseudorapidity(top),
        "m_tt": mass(pair),
        "m_t": mass(top),
        "m_tbar": mass(antitop),
        "m_wplus": mass(w_plus),
        "m_wminus": mass(w_minus),
        "cos_top": cosines[0][0],
        "cos_w": cosines[0][1],
        "cos_cos": cosines[0][2] * cosines[1][2],
        "cos_phi": cos_angle(*downs),
    }


def spins(values: Mapping[str, np.ndarray]) -> dict[str, Measurement]:
    """Spin correlation C_hel and D, and the fraction F0 of longitudinal W bosons, of the values of `observables`.

    With the densities (1 + B_1 cos_1 + B_2 cos_2 - C cos_1 cos_2) / 4 and (1 - D cos_phi) / 2 (Bernreuther, Heisler,
    Si, arXiv:1508.05271), C = -9 <cos_1 cos_2> and D = -3 <cos_phi>.
    F0 = 2 - 5 <cos_w^2>, of 3/4 F0 (1 - cos^2) + 3/8 F_L (1 - cos)^2 + 3/8 F_R (1 + cos)^2.
    """
    return {
        "c_hel": average(-9 * values["cos_cos"]),
        "d": average(-3 * values["cos_phi"]),
        "w_f0": average(2 - 5 * values["cos_w"] ** 2),
    }


def histograms(events: Mapping[str, np.ndarray]) -> Counts:
    """Counts of `OBSERVABLES` by name for events {"p4": (n, 6, 4)}; values that are undefined are not counted."""
    return counted(observables(events["p4"]))


def score(generated: np.ndarray, reference: np.ndarray) -> Measurement:
    """The mean triangular discrimination over the histograms of events (n, 6, 4): 0 if equal, 1 if disjoint.

    Samples of finite size do not reach 0, see `zoo.metrics.triangular_floor`. An observable that no generated event
    has in range counts as 1.
    """
    p, q = histograms({"p4": generated}), histograms({"p4": reference})
    return mean(triangular_discrimination(p[name], q[name]) for name in q)


def peak(values: np.ndarray, reference: np.ndarray, seed: int) -> dict[str, Measurement]:
    """Where a peak is, by its median, how wide, by its inter-quartile range, and how much is near the reference's."""

    def iqr(values: np.ndarray) -> float:
        low, high = np.quantile(values, (0.25, 0.75))
        return high - low

    near = fraction(np.abs(values - np.median(reference)) < NEAR)
    return {"median": bootstrap(np.median, values, seed=seed), "iqr": bootstrap(iqr, values, seed=seed), "near": near}


def counted(values: Mapping[str, np.ndarray]) -> Counts:
    """Counts of values (n,) by name in the bins of `OBSERVABLES`."""
    return {name: np.histogram(values[name], observable.edges)[0] for name, observable in OBSERVABLES.items()}
