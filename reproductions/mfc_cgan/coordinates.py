"""What the networks see of an event: its coordinates, made from its features and turned back in the saved graph.

`Paper` are the paper's, one for each feature, with energies as they are, as shares of the beam's, or as the logits of
these. `Kinematic` are those of mfc_cgan_plus: three, each normally distributed at every beam energy, from which energy
conservation and the two masses give the six features.
Both have `size` coordinates, ``forward(events) -> (n, size)`` in NumPy, and ``features(coordinates, energy)`` in
keras.ops, which gives the six features by name, each (n,), in GeV.
"""

import numpy as np
from keras import layers, ops
from scipy.special import logit, ndtr

from reproductions.mfc_cgan import data
from reproductions.mfc_cgan.constants import FEATURES, MUON
from zoo.layers import ConditionalQuantiles

# The transverse momenta become 100 pT^power, the muon's and the carrier's (the paper's choice).
MUON_POWER, CARRIER_POWER = 0.2, 0.124
ENERGIES = [0, 3]  # where they stand among the features
LEAST = 1e-7  # the least share of the beam's energy, and what the largest leaves
SCORES, LIMIT = 65, 4.0  # knots of the quantile tables, and their largest normal score


class Paper:
    """E, 100 pT^0.2, eta of the muon, E, 100 pT^0.124, eta of the carrier, each standardised on all training events.

    How energies are scaled, `energies`, the paper leaves open: "paper" takes them as they are; "shares" divides them by
    the beam's, so that those of slow beams are not all alike; "logits" are log(E / (E_beam - E)), which spread out
    slow muons and what the carrier leaves of the beam's energy, and keep every energy between 0 and the beam's, but
    hide the beam's; "logs" take log E of the muon instead, which with the carrier's logit tells it.
    """

    size = 6

    def __init__(self, events: data.Events, energies: str = "paper"):
        self.energies = energies
        transformed = self._transformed(events)
        self.mean, self.deviation = transformed.mean(axis=0), transformed.std(axis=0)

    def forward(self, events: data.Events) -> np.ndarray:
        """The coordinates (n, 6) of events."""
        return ((self._transformed(events) - self.mean) / self.deviation).astype(np.float32)

    def features(self, coordinates, energy):
        """The six features by name, (n,) each, of coordinates (n, 6) at beam energies (n, 1) in GeV."""
        scaled = layers.Rescaling(self.deviation.tolist(), self.mean.tolist(), name="scale")(coordinates)
        columns = [scaled[:, i] for i in range(self.size)]
        for i, power in ((1, MUON_POWER), (4, CARRIER_POWER)):
            columns[i] = ops.power(ops.relu(columns[i]) / 100.0, 1 / power)
        for i in ENERGIES if self.energies != "paper" else ():
            share = ops.sigmoid(columns[i]) if self.energies in ("logits", "logs") else columns[i]
            columns[i] = ops.exp(columns[i]) if self.energies == "logs" and i == 0 else share * energy[:, 0]
        return dict(zip(FEATURES, columns, strict=True))

    def _transformed(self, events: data.Events) -> np.ndarray:
        transformed = data.matrix(events).astype(np.float64)
        for i, power in ((1, MUON_POWER), (4, CARRIER_POWER)):
            transformed[:, i] = 100 * transformed[:, i] ** power
        if self.energies != "paper":
            transformed[:, ENERGIES] /= events["beam_energy"][:, None]
        if self.energies in ("logits", "logs"):  # float32 may have rounded a share to 1
            transformed[:, ENERGIES] = logit(transformed[:, ENERGIES].clip(LEAST, 1 - LEAST))
        if self.energies == "logs":
            transformed[:, 0] = np.log(events["mu_E"])
        return transformed


class Kinematic:
    """Three numbers that fix energies and angles, as normal scores at every beam energy.

    They are a = log(K / T) with the kinetic energies of carrier and muon, b = eta_X - asinh(|k| / w), which compares
    the carrier's pT with its natural scale w, w^2 = m_X^2 (1 - x) + m^2 x^2 at x = E_X / E, and
    c = (eta_mu - asinh(|p'| / pT_X)) (pT_X^2 + q^2)^0.35 (1 - x)^0.15, the imbalance of the transverse momenta. The
    exponents and q = 0.03 GeV, found by hand on training events, make the spread of c about the same everywhere: little
    is left for the network, and no tail of c throws a muon backwards where pT_X is small.
    K + T is the beam's energy less both masses: what the nucleus takes, t / 2M, is left out (0.04 MeV on average at
    100 GeV on iron, 40 MeV at most). Momenta follow from energies and masses.

    Arguments:
        events: training events, which set the tables.
        mass: of the carrier in GeV.
    """

    size = 3

    def __init__(self, events: data.Events, mass: float):
        self.mass = mass
        self.energies = data.energies(events)
        probabilities = ndtr(np.linspace(-LIMIT, LIMIT, SCORES))
        raw = self._raw(events)
        self.table = np.stack(
            [
                np.quantile(raw[events["beam_energy"] == np.float32(energy)], probabilities, axis=0).T
                for energy in self.energies
            ]
        )

    def forward(self, events: data.Events) -> np.ndarray:
        """The coordinates (n, 3) of events."""
        scores, raw = np.linspace(-LIMIT, LIMIT, SCORES), self._raw(events)
        found = np.empty_like(raw)
        for energy, table in zip(self.energies, self.table, strict=True):
            rows = events["beam_energy"] == np.float32(energy)
            for d in range(self.size):
                found[rows, d] = np.interp(raw[rows, d], table[d], scores)
        return found.astype(np.float32)

    def features(self, coordinates, energy):
        """The six features by name, (n,) each, of coordinates (n, 3) at beam energies (n, 1) in GeV."""
        quantiles = ConditionalQuantiles(len(self.energies), self.size, SCORES, LIMIT, name="quantiles")
        quantiles.build([(None, self.size), (None, 1)])
        quantiles.set_weights([np.array(self.energies), self.table])
        raw = quantiles([coordinates, energy])
        a, b, c = (raw[:, d] for d in range(self.size))
        beam = energy[:, 0]
        available = beam - MUON - self.mass
        K, T = available * ops.sigmoid(a), available * ops.sigmoid(-a)
        x = (K + self.mass) / beam
        mfc_eta = b + ops.arcsinh(self._momentum(K, self.mass) / self._width(x))
        mfc_pT = self._momentum(K, self.mass) / ops.cosh(mfc_eta)
        mu_eta = c / self._spread(mfc_pT, x) + ops.arcsinh(self._momentum(T, MUON) / mfc_pT)
        mu_pT = self._momentum(T, MUON) / ops.cosh(mu_eta)
        columns = T + MUON, mu_pT, mu_eta, K + self.mass, mfc_pT, mfc_eta
        return dict(zip(FEATURES, columns, strict=True))

    def _raw(self, events: data.Events) -> np.ndarray:
        mu_E, _, mu_eta, mfc_E, mfc_pT, mfc_eta = data.matrix(events).astype(np.float64).T
        # Energies are float32: at the ends of the spectrum a kinetic energy may round to 0.
        K, T = np.maximum(mfc_E - self.mass, 1e-6), np.maximum(mu_E - MUON, 1e-6)
        x = (K + self.mass) / events["beam_energy"]
        b = mfc_eta - np.arcsinh(self._momentum(K, self.mass) / self._width(x))
        c = (mu_eta - np.arcsinh(self._momentum(T, MUON) / mfc_pT)) * self._spread(mfc_pT, x)
        return np.stack([np.log(K / T), b, c], axis=1)

    def _width(self, x):
        return (self.mass**2 * (1 - x) + (MUON * x) ** 2) ** 0.5

    @staticmethod
    def _spread(pT, x):
        return (pT**2 + 0.03**2) ** 0.35 * (1 - x) ** 0.15

    @staticmethod
    def _momentum(kinetic, mass):
        return (kinetic * (kinetic + 2 * mass)) ** 0.5
