"""The record of what was seen of a machine that learned without labels.

Legend: N rows, D columns, U units of the first layer, S samples.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

__all__ = ["Look"]


@dataclass(frozen=True, eq=False)
class Look:
    """What was seen of a machine.

    Parameters
    ----------
    filters
        (U, D) the weights between the columns and the first layer's units that weigh most, the longest first.
    chains
        By steps, the states of the same chains: (S, D).
    dreams
        By class, "" for no class: (S, D).
    rows, again
        (N, D) some of the rows given, and what the machine makes of them; empty without data.
    columns
        What each of the D columns is called.
    sentences, notes
        The short of it, and what was left out.
    pictures
        By file, what each picture in the folder shows.
    """

    filters: np.ndarray
    chains: Mapping[int, np.ndarray] = field(default_factory=dict)
    dreams: Mapping[str, np.ndarray] = field(default_factory=dict)
    rows: np.ndarray = field(default_factory=lambda: np.empty((0, 0), np.float32))
    again: np.ndarray = field(default_factory=lambda: np.empty((0, 0), np.float32))
    columns: tuple[str, ...] = ()
    sentences: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    pictures: Mapping[str, str] = field(default_factory=dict)
