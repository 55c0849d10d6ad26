"""What the networks see of a track: its DLLs as coordinates, made in NumPy and turned back in the saved graph.

`Paper` are the papers': each DLL through a quantile transform to the normal distribution. Ours, `Hypotheses`, is in
ours.py. Both are fitted to training tracks and have `size` coordinates, `labels` numbers beside P, eta and nSPDHits in
what the networks are told, and

    told(tracks) -> (n, 3 + labels)            forward(tracks) -> (n, size)            used(tracks) -> (n, size)

in NumPy, the last 0 where a coordinate means nothing and 1 elsewhere; and in keras.ops

    tell(inputs) -> (n, 3 + labels)            dlls(coordinates, told) -> the five DLLs by name, each (n,)

of the inputs P (MeV), eta, nspdhits and, if it is among `noise`, {name: size}, category, each (n, 1).
"""

import numpy as np
from keras import layers
from scipy.special import ndtr

from reproductions.rich_gan import data
from reproductions.rich_gan.constants import CONDITIONS, DLLS
from zoo.layers import ConditionalQuantiles, NormalScores
from zoo.metrics import weighted_quantiles

SCORES, LIMIT = 65, 4.0  # knots of the quantile tables, and their largest normal score
PROBABILITIES = ndtr(np.linspace(-LIMIT, LIMIT, SCORES))


class Conditions:
    """P, eta and nSPDHits as normal scores."""

    noise: dict[str, int] = {}
    labels = 0

    def __init__(self, tracks: data.Tracks):
        self.table = np.stack([quantiles(tracks[name], tracks["weight"]) for name in CONDITIONS])

    def scores(self, tracks: data.Tracks) -> np.ndarray:
        scores = np.linspace(-LIMIT, LIMIT, SCORES)
        columns = [np.interp(tracks[name], table, scores) for name, table in zip(CONDITIONS, self.table, strict=True)]
        return np.stack(columns, axis=1).astype(np.float32)

    def score(self, inputs):
        """The same in keras.ops."""
        layer = NormalScores(len(CONDITIONS), SCORES, LIMIT, name="conditions")
        layer.build((None, len(CONDITIONS)))
        layer.set_weights([self.table])
        return layer(layers.Concatenate()([inputs[name] for name in CONDITIONS]))

    def dequantile(self, knots, tables, coordinates, at):
        layer = ConditionalQuantiles(len(knots), len(DLLS), SCORES, LIMIT, name="quantiles")
        layer.build([(None, len(DLLS)), (None, 1)])
        layer.set_weights([knots, tables])
        return layer([coordinates, at])


class Paper(Conditions):
    """Each DLL as its normal score among all training tracks; equal values get the middle of their band of scores."""

    size = len(DLLS)

    def __init__(self, tracks: data.Tracks):
        super().__init__(tracks)
        self.dll_table = np.stack([quantiles(tracks[name], tracks["weight"], strict=False) for name in DLLS])

    def told(self, tracks: data.Tracks) -> np.ndarray:
        return self.scores(tracks)

    def forward(self, tracks: data.Tracks) -> np.ndarray:
        scores = np.linspace(-LIMIT, LIMIT, SCORES)
        columns = []
        for name, table in zip(DLLS, self.dll_table, strict=True):
            upper = np.interp(tracks[name], table, scores)
            lower = -np.interp(-tracks[name], -table[::-1], scores)
            columns.append((upper + lower) / 2)
        return np.stack(columns, axis=1).astype(np.float32)

    def used(self, tracks: data.Tracks) -> np.ndarray:
        return np.ones((len(tracks["P"]), self.size), np.float32)

    def tell(self, inputs):
        return self.score(inputs)

    def dlls(self, coordinates, told):
        same = np.stack([self.dll_table, self.dll_table])  # at all P
        raw = self.dequantile(np.array([-LIMIT, LIMIT]), same, coordinates, told[:, :1])
        return {name: raw[:, i] for i, name in enumerate(DLLS)}


def quantiles(values: np.ndarray, weights: np.ndarray, strict: bool = True) -> np.ndarray:
    """The quantiles (SCORES,) of weighted values; with `strict` all different."""
    found = weighted_quantiles(values, weights, PROBABILITIES)
    return found + 1e-5 * max(found[-1] - found[0], 1e-3) * np.arange(SCORES) if strict else found
