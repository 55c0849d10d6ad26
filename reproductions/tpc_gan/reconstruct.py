"""What a reconstruction makes of whole tracks, generated and simulated: the paper's last check, without MPD's software.

    python -m reproductions.tpc_gan.reconstruct tpc_gan --tracks 500 --seed 1

The same tracks cross the 53 rows of a sector twice, with generated and with simulated responses. In each row the digits
make a cluster, whose barycentre is compared with the track; a helix is fitted to the clusters, a straight line to those
of tracks without curvature; and two tracks side by side are told apart where the pads of a row show two maxima. Before
all that the resolution of single clusters is compared at every angle, by segments of their own.
"""

from collections.abc import Callable, Mapping
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from keras import ops
from scipy.optimize import least_squares
from scipy.signal import find_peaks

from reproductions.tpc_gan.constants import MPD, PADS_IN_ROW, PARAMETERS, PT, ROW
from reproductions.tpc_gan.evaluate import resolution, sampled
from reproductions.tpc_gan.moments import moments
from reproductions.tpc_gan.simulate import digitise, draw_parameters, simulate
from reproductions.tpc_gan.track import DRIFT, FIELD, RADIUS, arguments, centres, place, random_tracks, segments
from zoo import optional
from zoo.cli import run
from zoo.generator import Generator
from zoo.metrics import Measurement, bootstrap, fraction, plain, text

LEAST_ROWS = 10  # with a cluster, of a track that is fitted
STRAIGHT = 1000.0  # GeV: no curvature that the sector could see
APART = np.arange(1.0, 3.6, 0.25)  # pads between two tracks
PAIRS = 50  # of tracks at each distance
SEGMENTS = 20_000  # of which the angles are compared
LARGE = 1000.0  # ADC counts; the ADC ends at 1023

Respond = Callable[[np.ndarray, int], np.ndarray]  # parameters (n, 6), seed -> amplitudes (n, 8, 16)


class Clusters(NamedTuple):
    """Of each segment, (n,): whether it left digits, and its barycentre along the row and the drift, cm (or NaN)."""

    found: np.ndarray
    x: np.ndarray
    z: np.ndarray


def clusters(parameters: np.ndarray, amplitude: np.ndarray) -> Clusters:
    """The clusters of responses (n, 8, 16) to segments with `parameters` (n, 6), one in each row, after the ADC."""
    digits = digitise(amplitude).astype(np.float32)
    found = digits.sum(axis=(1, 2)) > 0
    pad, time = ops.convert_to_numpy(moments(digits))[:, :2].T
    pad, time = (np.where(found, value, np.nan) for value in (pad, time))
    x, z = _positions(parameters, np.floor(parameters[:, 3]) + pad, np.floor(parameters[:, 2]) + time)
    return Clusters(found, x, z)


def residuals(parameters: np.ndarray, hits: Clusters) -> dict[str, np.ndarray]:
    """How far the clusters are from their tracks, cm: "x" along the row, "z" along the drift."""
    x, z = _positions(parameters, parameters[:, 3], parameters[:, 2])
    return {"x": hits.x - x, "z": hits.z - z}


def helix(y: np.ndarray, x: np.ndarray, z: np.ndarray) -> dict[str, float]:
    r"""The helix nearest to clusters at the heights y (n,), cm: curvature (1 / cm), azimuth and dip angle (degrees).

    Least squares of x, then of z along the arc s of that circle, with the direction phi of `track.segments`:

    .. math:: x = x_0 + y\, \frac{\sin\phi + \sin\phi_0}{\cos\phi + \cos\phi_0}, \quad \sin\phi = \sin\phi_0 + \kappa y,
              \quad z = z_0 + s \tan(\mathrm{dip})
    """
    slope, start = np.polyfit(y, x, 1)

    def distance(p: np.ndarray) -> np.ndarray:
        return _circle(y, *p) - x

    first, sine, kappa = least_squares(distance, [start, slope / np.hypot(1, slope), 0.0], x_scale=[1, 0.1, 1e-3]).x
    chord = np.hypot(y, _circle(y, first, sine, kappa) - first)
    arc = chord * (1 + (kappa * chord) ** 2 / 24)  # 2 / kappa arcsin(kappa chord / 2)
    return _angles(kappa, sine, np.polyfit(arc, z, 1)[0])


def line(y: np.ndarray, x: np.ndarray, z: np.ndarray) -> dict[str, float]:
    """The straight line nearest to clusters at the heights y (n,), cm, as `helix` gives it."""
    slope = np.polyfit(y, x, 1)[0]
    return _angles(0.0, slope / np.hypot(1, slope), np.polyfit(y * np.hypot(1, slope), z, 1)[0])


def fits(tracks: Mapping[str, np.ndarray], hits: Clusters, fit: Callable) -> dict[str, np.ndarray]:
    """What `fit` finds of each track that has at least LEAST_ROWS clusters, less what is true; others are NaN.

    "pt" (of helices) relative, by the curvature: kappa / true - 1; "azimuth" and "dip_angle" in degrees.
    """
    n = len(tracks["pt"])
    off = {name: np.full(n, np.nan) for name in ("pt", "azimuth", "dip_angle")}
    parameters, track = segments(tracks)
    heights = centres()[parameters[:, 4].astype(int)]
    for i in range(n):
        rows = (track == i) & hits.found
        if rows.sum() >= LEAST_ROWS:
            found = fit(heights[rows], hits.x[rows], hits.z[rows])
            true = tracks["charge"][i] * FIELD / (RADIUS * tracks["pt"][i])
            off["pt"][i] = found["curvature"] / true - 1
            for name in ("azimuth", "dip_angle"):
                off[name][i] = found[name] - tracks[name][i]
    return off


def separated(parameters: np.ndarray, apart: float, respond: Respond, seed: int) -> np.ndarray:
    """Of segments in different rows: whether another of the same direction, `apart` pads beside it, is told from it.

    Two are where the sum over time has two maxima along the pads.
    """
    other = parameters.copy()
    other[:, 3] += apart
    both = np.concatenate([parameters, other])
    sector = place(both, respond(both, seed))
    counts = np.zeros(sector.shape[:2])
    np.add.at(counts, sector.coords[:2], digitise(sector.data))
    rows = parameters[:, 4].astype(int)
    return np.array([len(find_peaks(np.concatenate([[0], counts[row], [0]]))[0]) > 1 for row in rows])


def single(respond: Respond, seed: int, n: int) -> dict[str, Any]:
    """Of `n` random segments: the resolution "pad" (pads) in bins of the crossing angle, "time" (buckets) in bins of
    the dip angle, their "edges" (degrees), and the share of responses with amplitudes above `LARGE`, before the ADC."""
    parameters = draw_parameters(n, seed)
    amplitude = respond(parameters, seed)
    found = resolution({"parameters": parameters, "amplitude": amplitude})
    rows = {"pad": found["pad"]["crossing_angle"], "time": found["time"]["dip_angle"]}
    return {
        "edges": {name: row["edges"] for name, row in rows.items()},
        **{name: row["resolution"] for name, row in rows.items()},
        "large": fraction(amplitude.max(axis=(1, 2)) > LARGE),
    }


def reconstruct(respond: Respond, n: int, seed: int) -> dict[str, Any]:
    """What is found of single segments, `n` random helices, as many straight tracks, and pairs of these."""
    curved = random_tracks(n, seed)
    straight = {**random_tracks(n, seed + 1), "pt": np.full(n, STRAIGHT)}
    found: dict[str, Any] = {"single": single(respond, seed, SEGMENTS)}
    for name, tracks, fit in (("helix", curved, helix), ("line", straight, line)):
        parameters = segments(tracks).parameters
        hits = clusters(parameters, respond(parameters, seed))
        found[name] = {"rows": fraction(hits.found)}
        if name == "helix":
            found["residual"] = {key: _spread(off, seed) for key, off in residuals(parameters, hits).items()}
        off = fits(tracks, hits, fit)
        if name == "line":
            del off["pt"]
        found[name] |= {key: _spread(values, seed) for key, values in off.items()}
    pairs = [segments({key: values[i : i + 1] for key, values in straight.items()}) for i in range(min(n, PAIRS))]
    found["separated"] = [
        fraction(np.concatenate([separated(one.parameters, d, respond, seed + i) for i, one in enumerate(pairs)]))
        for d in APART
    ]
    return found


def compare(generator: Generator, n: int, seed: int) -> dict[str, dict]:
    """`reconstruct` of responses of the generator and of the simulator.

    A generator of four parameters knows one row and one pT: the simulator is then asked for these everywhere, too.
    """
    four = len(generator.conditions) < len(PARAMETERS)

    def simulated(parameters: np.ndarray, seed: int) -> np.ndarray:
        if four:
            parameters = parameters.copy()
            parameters[:, 4:] = ROW, PT
        return simulate(parameters, seed)

    return {
        "generated": plain(reconstruct(partial(sampled, generator), n, seed)),
        "simulated": plain(reconstruct(simulated, n, seed + 1)),
    }


def half_separated(shares: list[Mapping[str, float]]) -> float:
    """The distance (pads) at which half of the rows tell two tracks apart."""
    return float(np.interp(0.5, [one["value"] for one in shares], APART))


def format_table(found: Mapping[str, Mapping[str, Any]]) -> str:
    """Both columns, and the difference over both uncertainties."""
    one, two = found.values()
    rows = []
    for what, angle, unit in (("pad", "crossing", "pads"), ("time", "dip", "buckets")):
        edges = one["single"]["edges"][what]
        for i, (low, high) in enumerate(pairwise(edges)):
            label = f"cluster at {angle} angles {round(low)} to {round(high)} ({unit})"
            rows.append((label, one["single"][what][i], two["single"][what][i]))
    rows.append((f"responses with more than {LARGE:.0f} counts", one["single"]["large"], two["single"]["large"]))
    for label, group, name in (
        ("rows with a cluster, helices", "helix", "rows"),
        ("cluster along the row, resolution (cm)", "residual", "x"),
        ("cluster along the drift, resolution (cm)", "residual", "z"),
        ("helices: pT, relative resolution", "helix", "pt"),
        ("helices: azimuth, resolution (degrees)", "helix", "azimuth"),
        ("helices: dip angle, resolution (degrees)", "helix", "dip_angle"),
        ("lines: azimuth, resolution (degrees)", "line", "azimuth"),
        ("lines: dip angle, resolution (degrees)", "line", "dip_angle"),
    ):
        rows.append((label, one[group][name], two[group][name]))
    for apart, *shares in zip(APART, one["separated"], two["separated"], strict=True):
        rows.append((f"two tracks {apart:g} pads apart, told from one", *shares))
    lines = [f"{'':<44}" + "".join(f"{kind:>22}" for kind in found) + f"{'pull':>8}"]
    for label, first, second in rows:
        error = np.hypot(first["uncertainty"], second["uncertainty"])
        pull = f"{(first['value'] - second['value']) / error:.1f}" if error else "-"
        lines.append(f"{label:<44}{text(first):>22}{text(second):>22}{pull:>8}")
    halves = "".join(f"{half_separated(kind['separated']):>22.2f}" for kind in (one, two))
    return "\n".join([*lines, f"{'half of the rows tell two at (pads)':<44}{halves}"])


def main() -> None:
    """Reconstruct tracks from the command line."""
    args = arguments("python -m reproductions.tpc_gan.reconstruct", __doc__, tracks=500, seed=1, least=2)
    optional.check("a comparison with the simulator", "simulate", ("tensorflow_probability",))

    import zoo

    print(format_table(compare(zoo.load(args.model), args.tracks, args.seed)))


def _positions(parameters: np.ndarray, pad: np.ndarray, time: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """x and z (cm) of pads and time buckets in the rows of `parameters`."""
    row = parameters[:, 4].astype(int)
    return (pad - PADS_IN_ROW[row] / 2 + 0.5) * MPD.pad_width, DRIFT - time * MPD.bucket


def _circle(y: np.ndarray, first: float, sine: float, kappa: float) -> np.ndarray:
    after = np.clip(sine + kappa * y, -0.999, 0.999)
    return first + y * (after + sine) / (np.sqrt(1 - after**2) + np.sqrt(1 - sine**2))


def _angles(kappa: float, sine: float, climb: float) -> dict[str, float]:
    return {
        "curvature": kappa,
        "azimuth": float(np.degrees(np.arcsin(sine))),
        "dip_angle": float(np.degrees(np.arctan(climb))),
    }


def _spread(values: np.ndarray, seed: int) -> Measurement:
    """Half of the range of the middle 68.3 %: a fit that went astray does not count by how far."""
    return bootstrap(
        lambda x: float(np.diff(np.quantile(x, [0.1587, 0.8413]))[0] / 2), values[np.isfinite(values)], seed=seed
    )


if __name__ == "__main__":
    run(main)
