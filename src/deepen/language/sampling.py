"""Choosing the next token: by temperature, and from the nucleus alone.

Legend: V ids.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deepen.config import between

__all__ = ["check", "choose", "nucleus", "tempered"]


def check(length: int, temperature: float, top_p: float) -> None:
    """Refuse what cannot be written with.

    Raises
    ------
    SettingError
        Naming the option.
    """
    between("--length", length, 1, 1e9)
    between("--temperature", temperature, 0, 100)
    between("--top-p", top_p, 0, 1, open_low=True)


def tempered(p: NDArray[np.float64], temperature: float) -> NDArray[np.float64]:
    """Raise probabilities (V,) to the power of one over the temperature; at 0 the likeliest has them all.

    Examples
    --------
    >>> tempered(np.array([0.2, 0.8]), 0.5).round(3).tolist()
    [0.059, 0.941]
    """
    if temperature == 0:
        return np.asarray(np.arange(len(p)) == p.argmax(), dtype=np.float64)
    with np.errstate(divide="ignore"):
        logs = np.log(p) / temperature
    powers = np.exp(logs - logs.max())
    return np.asarray(powers / powers.sum())


def nucleus(p: NDArray[np.float64], top_p: float) -> NDArray[np.float64]:
    """Keep the fewest, likeliest ids that together have ``top_p`` of the probability (V,).

    Holtzman et al. 2020, "The curious case of neural text degeneration".

    Examples
    --------
    >>> nucleus(np.array([0.5, 0.3, 0.15, 0.05]), 0.75).round(3).tolist()
    [0.625, 0.375, 0.0, 0.0]
    """
    order = np.argsort(-p, kind="stable")
    mass = np.cumsum(p[order])
    kept = order[: int(np.searchsorted(mass, top_p * mass[-1] * (1 - 1e-12))) + 1]
    found = np.zeros_like(p)
    found[kept] = p[kept]
    return np.asarray(found / found.sum())


def choose(p: NDArray[np.float64], temperature: float, top_p: float, rng: np.random.Generator) -> int:
    """Draw an id by its probability (V,)."""
    if temperature == 0:
        return int(p.argmax())
    return int(rng.choice(len(p), p=nucleus(tempered(p, temperature), top_p)))
