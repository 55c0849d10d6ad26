"""Kinematics of four-vectors: arrays (..., 4) of E, px, py, pz in GeV. All results are float64."""

import numpy as np
from numpy.typing import ArrayLike


def on_shell(momenta: ArrayLike, masses: ArrayLike) -> np.ndarray:
    """Four-vectors (..., 4) of momenta (..., 3) and masses (...) in GeV: E = sqrt(|p|^2 + m^2)."""
    momenta = np.asarray(momenta, np.float64)
    energy = np.sqrt(np.sum(momenta**2, axis=-1) + np.square(np.asarray(masses, np.float64)))
    return np.concatenate([energy[..., None], momenta], axis=-1)


def mass(p: np.ndarray) -> np.ndarray:
    """The invariant mass sqrt(E^2 - |p|^2); 0 where rounding makes the square negative, NaN where p is not finite."""
    p = np.asarray(p, np.float64)
    with np.errstate(invalid="ignore"):
        return np.sqrt(np.maximum(p[..., 0] ** 2 - np.sum(p[..., 1:] ** 2, axis=-1), 0.0))


def transverse_momentum(p: np.ndarray) -> np.ndarray:
    """pT = sqrt(px^2 + py^2)."""
    return np.hypot(p[..., 1], p[..., 2], dtype=np.float64)


def pseudorapidity(p: np.ndarray) -> np.ndarray:
    """eta = arsinh(pz / pT), infinite along the beam and NaN at rest."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.arcsinh(np.asarray(p[..., 3], np.float64) / transverse_momentum(p))


def boosted(p: np.ndarray, frame: np.ndarray) -> np.ndarray:
    """`p` in the rest frame of the massive four-vector `frame`, both (..., 4): a boost without rotation.

    With M the mass of the frame, E' = (E_f E - p_f.p) / M and p' = p - p_f (E + E') / (E_f + M). Not finite if M is 0.
    """
    p, frame = np.asarray(p, np.float64), np.asarray(frame, np.float64)
    m = mass(frame)
    with np.errstate(divide="ignore", invalid="ignore"):
        energy = (frame[..., 0] * p[..., 0] - np.sum(frame[..., 1:] * p[..., 1:], axis=-1)) / m
        slope = (p[..., 0] + energy) / (frame[..., 0] + m)
        return np.concatenate([energy[..., None], p[..., 1:] - frame[..., 1:] * slope[..., None]], axis=-1)


def cos_angle(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """The cosine of the angle between the momenta of `p` and `q`; NaN if one of them rests or is not finite."""
    p, q = np.asarray(p[..., 1:], np.float64), np.asarray(q[..., 1:], np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.sum(p * q, axis=-1) / (np.linalg.norm(p, axis=-1) * np.linalg.norm(q, axis=-1))
