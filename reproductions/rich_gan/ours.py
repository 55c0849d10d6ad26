"""What the papers do not have: coordinates that separate hypotheses, a residual generator, and proper scores.

--coordinates hypotheses are `Hypotheses`, for the generator of --residual; --lambda-score and --lambda-score-single are
scores, which need no critic.
"""

import keras
import numpy as np
from keras import layers, ops

from reproductions.rich_gan import data, model
from reproductions.rich_gan.constants import CONDITIONS, DLLS, MASSES, NO_INFORMATION, RADIATORS
from reproductions.rich_gan.coordinates import LIMIT, SCORES, Conditions, quantiles
from zoo.layers import Categories, ConditionalQuantiles, around
from zoo.losses import energy_score

BEYOND = 6.0  # the largest score that a training track can have
KNOTS = np.linspace(-3.0, 3.0, 49)  # scores of P that have quantile tables; beyond, the outermost are used
LEAST = 500  # training tracks that a quantile table is made of
RIDGE = 1e-4  # of a column's variance
COLLINEAR = 0.8, 0.95  # share of a variance that a regression tells, from where it is used in part, and wholly
ORDER = [0, 1, 3, 4, 2]  # of the coordinates e, mu, bt, k, p in DLLS
ETA_BINS = 40
P_BINS = 100
INDICES = tuple(radiator.refraction for radiator in RADIATORS)


def generator(size, told, latent_size=64, depth=10, width=128):
    """`model.generator`, to whose coordinates the first numbers of z are added; all that it adds is 0 at first."""
    inputs = {"z": keras.Input((latent_size,), name="z"), "told": keras.Input((told,), name="told")}
    x = model.hidden(layers.Concatenate()([inputs["z"], inputs["told"]]), depth, width)
    x = layers.Dense(size, kernel_initializer="zeros", name="coordinates")(x)
    return keras.Model(inputs, x + inputs["z"][:, :size], name="generator")


def scores(config, batch, sets, singles=None):
    """What joins the generator's loss, by name: scores of `sets` of coordinates, real, generated, and generated again.

    With ``lambda_score`` of the coordinates themselves, with ``lambda_score_single`` of each of the five DLLs alone:
    the first of `singles` makes DLLs of coordinates, the second their normal scores.
    """
    weight, terms = batch["weight"][:, 0], {}
    if config.lambda_score:
        terms["energy"] = config.lambda_score * ops.mean(weight * energy_score(*sets))
    if config.lambda_score_single:
        back, single = singles
        dlls = [batch["dlls"], *(back({"coordinates": one, "told": batch["told"]}) for one in sets[1:])]
        each = energy_score(*(single(one, batch["told"])[:, :, None] for one in dlls))  # (n, 5)
        terms["single"] = config.lambda_score_single * ops.mean(weight * ops.sum(each, axis=1))
    return terms


def back(coordinates):
    """Coordinates (n, size) and what the generator was told -> the five DLLs (n, 5)."""
    inputs = {
        "coordinates": keras.Input((coordinates.size,), name="coordinates"),
        "told": keras.Input((len(CONDITIONS) + coordinates.labels,), name="told"),
    }
    found = coordinates.dlls(inputs["coordinates"], inputs["told"])
    return keras.Model(inputs, ops.stack([found[name] for name in DLLS], axis=1), name="back")


class Hypotheses(Conditions):
    """What DLLe, DLLmu, DLLbt, DLLk and DLLp have beyond those before, as far as hypotheses are above threshold.

    Hypotheses are ordered by mass: electron, muon, pion, kaon, proton. A track's category is the number m of those
    above the threshold of a radiator that it crosses, 0 without RICH information. The likelihoods of the others equal
    that of "below threshold", and the pion's is what all are compared with: the i-th coordinate is free where m > i.
    The category is drawn from its probabilities in bins of P, with edges at the thresholds m / sqrt(n^2 - 1), and eta.

    Neighbouring hypotheses may have nearly equal DLLs: just above its threshold the proton's is that of "below
    threshold" and a little light. Where a linear regression at each P on the DLLs before it tells nearly all of the
    i-th DLL, the i-th number is what it leaves, else the DLL. The coordinates are the normal scores of these numbers.
    Regressions and quantiles stand in tables at the scores `KNOTS` of P.
    """

    size = len(DLLS)
    noise = {"category": 1}
    labels = len(MASSES)

    def __init__(self, tracks: data.Tracks):
        super().__init__(tracks)
        weight, categories = tracks["weight"], category(tracks)
        fine = np.quantile(tracks["P"], np.arange(1, P_BINS) / P_BINS)
        thresholds = [1e3 * m / np.sqrt(n**2 - 1) for m in MASSES.values() for n in INDICES]
        self.p_edges = np.sort([*fine, *thresholds])
        self.eta_edges = np.quantile(tracks["eta"], np.arange(1, ETA_BINS) / ETA_BINS)
        self.cumulative = self._cumulative(tracks, categories)

        scores, raw, free = self.scores(tracks)[:, 0], self._raw(tracks), self.used(tracks) > 0
        near = [_near(scores, free[:, d]) for d in range(self.size)]
        self.slopes = np.zeros((len(KNOTS), self.size, self.size))  # of a DLL (second index) in those before it
        self.singles = np.zeros((len(KNOTS), self.size, SCORES))  # quantiles of the DLLs themselves, as in DLLS
        for d, bands in enumerate(near):
            for k, rows in enumerate(bands):
                self.slopes[k, d, :d] = _regression(raw[rows, :d], raw[rows, d], weight[rows])
                self.singles[k, ORDER.index(d)] = quantiles(raw[rows, d], weight[rows])
        left = self._left(raw, self._at(tracks))
        self.tables = np.zeros((len(KNOTS), self.size, SCORES))
        for d, bands in enumerate(near):
            for k, rows in enumerate(bands):
                self.tables[k, d] = quantiles(left[rows, d], weight[rows])

    def told(self, tracks: data.Tracks) -> np.ndarray:
        labels = category(tracks)[:, None] == 1 + np.arange(self.labels)
        return np.concatenate([self.scores(tracks), labels], axis=1).astype(np.float32)

    def forward(self, tracks: data.Tracks) -> np.ndarray:
        free, at = self.used(tracks) > 0, self._at(tracks)
        raw = self._left(self._raw(tracks), at)
        found = np.zeros(raw.shape, np.float32)
        for start in range(0, len(raw), 50_000):  # a table for each track
            rows = slice(start, start + 50_000)
            last = np.clip(np.searchsorted(KNOTS, at[rows], side="right") - 1, 0, len(KNOTS) - 2)
            across = (at[rows] - KNOTS[last]) / (KNOTS[last + 1] - KNOTS[last])
            for d in range(self.size):
                low, high = self.tables[last, d], self.tables[last + 1, d]
                found[rows, d] = _invert(low + across[:, None] * (high - low), raw[rows, d])
        return np.where(free, found, 0).astype(np.float32)

    def used(self, tracks: data.Tracks) -> np.ndarray:
        return (category(tracks)[:, None] > np.arange(self.size)).astype(np.float32)

    def tell(self, inputs):
        table = Categories((len(self.p_edges) + 1, len(self.eta_edges) + 1), 1 + self.labels, name="category_table")
        table.build(None)
        table.set_weights([self.p_edges, self.eta_edges, self.cumulative])
        drawn = table([inputs["category"], layers.Concatenate()([inputs["P"], inputs["eta"]])])
        labels = ops.one_hot(drawn - 1, self.labels)  # none for a track without information
        return layers.Concatenate()([self.score(inputs), labels])

    def dlls(self, coordinates, told):
        at = ops.clip(told[:, :1], KNOTS[0], KNOTS[-1])
        left = self.dequantile(KNOTS, self.tables, coordinates, at)
        # The slopes by the same layer: two equal quantiles are the number between them, whatever the score.
        pairs = [(d, before) for d in range(self.size) for before in range(d)]
        slopes = np.stack([self.slopes[:, d, before] for d, before in pairs], axis=1)
        layer = ConditionalQuantiles(len(KNOTS), len(pairs), 2, LIMIT, name="slopes")
        layer.build([(None, len(pairs)), (None, 1)])
        layer.set_weights([KNOTS, np.stack([slopes, slopes], axis=2)])
        slope = layer([ops.zeros_like(ops.repeat(at, len(pairs), axis=1)), at])
        raw: list = []
        for d in range(self.size):
            parts = [slope[:, pairs.index((d, before))] * raw[before] for before in range(d)]
            raw.append(sum(parts, left[:, d]))
        above = [ops.sum(told[:, len(CONDITIONS) + i :], axis=1) > 0.5 for i in range(self.size)]  # m > i
        e, mu, bt, k, p = (ops.where(above[i], raw[i], 0.0) for i in range(self.size))
        columns = [
            ops.where(above[0], x, NO_INFORMATION)
            for x in (e, mu, ops.where(above[3], k, bt), ops.where(above[4], p, bt), bt)
        ]
        return dict(zip(DLLS, columns, strict=True))

    def single(self, dlls, told):
        """DLLs (n, 5) as the normal scores that each has at P, in keras.ops; 0 where it is not free."""
        at = (ops.clip(told[:, 0], KNOTS[0], KNOTS[-1]) - KNOTS[0]) / (KNOTS[1] - KNOTS[0])
        last = ops.clip(ops.floor(at), 0, len(KNOTS) - 2)
        across, last = (at - last)[:, None, None], ops.cast(last, "int32")
        tables = ops.convert_to_tensor(self.singles[:, :, ::2], "float32")  # fine enough here, and half the work
        lower, upper = ops.take(tables, last, axis=0), ops.take(tables, last + 1, axis=0)
        table = lower + across * (upper - lower)
        # how far the value has come through each segment
        passed = ops.clip((dlls[:, :, None] - table[:, :, :-1]) / (table[:, :, 1:] - table[:, :, :-1]), 0.0, 1.0)
        scores = ops.sum(passed, axis=2) * (4 * LIMIT / (SCORES - 1)) - LIMIT
        free = [ops.sum(told[:, len(CONDITIONS) + d :], axis=1) > 0.5 for d in ORDER]  # m > d
        return ops.where(ops.stack(free, axis=1), scores, 0.0)

    def _at(self, tracks: data.Tracks) -> np.ndarray:
        """The score of P, where the tables are read, (n,)."""
        return np.clip(self.scores(tracks)[:, 0], KNOTS[0], KNOTS[-1])

    def _left(self, raw: np.ndarray, at: np.ndarray) -> np.ndarray:
        """What the regressions at the scores `at` leave of the DLLs `raw` (n, 5)."""
        found = raw.copy()
        for d in range(self.size):
            for before in range(d):
                found[:, d] -= np.interp(at, KNOTS, self.slopes[:, d, before]) * raw[:, before]
        return found

    def _cumulative(self, tracks: data.Tracks, categories: np.ndarray) -> np.ndarray:
        bins = (
            np.searchsorted(self.p_edges, tracks["P"], "right"),
            np.searchsorted(self.eta_edges, tracks["eta"], "right"),
        )
        counts = np.zeros((len(self.p_edges) + 1, len(self.eta_edges) + 1, 1 + len(MASSES)))
        np.add.at(counts, (*bins, categories), tracks["weight"])
        counts = np.maximum(counts, 0)  # sums of sWeights may be negative
        everywhere = np.maximum(counts.sum(axis=1, keepdims=True), 1e-9)  # what bins of eta without tracks get
        counts += 1e-3 * everywhere / everywhere.sum(axis=2, keepdims=True)
        return np.cumsum(counts / counts.sum(axis=2, keepdims=True), axis=2)[:, :, :-1]

    @staticmethod
    def _raw(tracks: data.Tracks) -> np.ndarray:
        e, mu, k, p, bt = data.matrix(tracks).astype(np.float64).T
        return np.stack([e, mu, bt, k, p], axis=1)


def category(tracks: data.Tracks) -> np.ndarray:
    """The number of hypotheses above threshold, (n,) int; 0 without RICH information.

    Read off the DLLs: hypotheses below threshold have DLLbt, and so has the pion, whose DLL is 0.
    """
    e, mu, k, p, bt = data.matrix(tracks).T
    above = np.stack([e != bt, mu != bt, bt != 0, k != bt, p != bt], axis=1)
    heaviest = np.where(above, 1 + np.arange(above.shape[1]), 0).max(axis=1)
    return np.where(data.informed(tracks), np.maximum(heaviest, 1), 0)


def _near(scores: np.ndarray, free: np.ndarray) -> list[np.ndarray]:
    """The indices of the tracks that are `free` around each of KNOTS."""
    order = np.flatnonzero(free)
    order = order[np.argsort(scores[order])]
    return [order[rows] for rows in around(KNOTS, scores[order], LEAST)]


def _regression(x: np.ndarray, y: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The slopes of y (n,) in the columns of x (n, k), towards 0 where they tell less of y than COLLINEAR.

    A little ridge, as columns may be nearly equal. Whatever the slopes, coordinates turn back into DLLs, so negative
    weights may be left out.
    """
    w = np.maximum(weights, 0).astype(float)
    w /= max(w.sum(), 1e-9)
    x, y = x - w @ x, y - w @ y
    square = (x * w[:, None]).T @ x
    slopes = np.linalg.solve(square + np.diag(RIDGE * np.diag(square) + 1e-9), (x * w[:, None]).T @ y)
    told = 1 - w @ (y - x @ slopes) ** 2 / max(w @ y**2, 1e-9)
    return slopes * np.clip((told - COLLINEAR[0]) / (COLLINEAR[1] - COLLINEAR[0]), 0, 1)


def _invert(tables: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The score of each value (n,) in its own table (n, SCORES), within BEYOND."""
    knot = np.clip((tables <= values[:, None]).sum(axis=1) - 1, 0, SCORES - 2)[:, None]
    low, high = np.take_along_axis(tables, knot, 1)[:, 0], np.take_along_axis(tables, knot + 1, 1)[:, 0]
    score = (knot[:, 0] + (values - low) / (high - low)) * (2 * LIMIT / (SCORES - 1)) - LIMIT
    return np.clip(score, -BEYOND, BEYOND)
