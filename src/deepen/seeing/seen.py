"""What was seen of a net, as a frozen record of arrays and plain data.

Legend: L levels, N rows, U units, k rows kept for each unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np

from deepen.nets.levels import Level
from deepen.records import Measure
from deepen.seeing.attribution import TOLERANCE
from deepen.seeing.preferred import Preferred

__all__ = ["PLACES", "Explained", "Map", "Probed", "Seen"]

PLACES = {
    "image": "px", "sound": "bands x frames", "series": "steps", "text": "tokens", "table": "places",
    "grid": "cells",
}  # fmt: skip
"""What the places of an input are called, by its form."""


@dataclass(frozen=True, eq=False)
class Probed:
    """What linear probes found of one thing asked for.

    Parameters
    ----------
    name, task
        The column, and what it is: classes, labels or a number.
    input
        The probe on the plain inputs, before any level.
    levels
        The probe on each of the L levels.
    chance
        What is right without looking.
    """

    name: str
    task: str
    input: Measure
    levels: tuple[Measure, ...]
    chance: float


@dataclass(frozen=True, eq=False)
class Explained:
    """One answer, and what it rests on.

    Parameters
    ----------
    row, answer, truth
        What the row is called, what the net said, and what is true, if that is known.
    inputs
        By input, as the net reads it.
    gradients, occlusion
        By input, in the same shape: what each number adds, and how far the output falls where it is covered.
    difference, error, steps
        How far the output is from the baseline's; what the integrated gradients miss of it, as a share; their steps.
    """

    row: str
    answer: str
    truth: str | None
    inputs: Mapping[str, np.ndarray]
    gradients: Mapping[str, np.ndarray]
    occlusion: Mapping[str, np.ndarray]
    difference: float
    error: float
    steps: int

    @property
    def complete(self) -> bool:
        """Whether the integrated gradients sum to the difference within 1 %."""
        return abs(self.error) <= TOLERANCE


@dataclass(frozen=True, eq=False)
class Map:
    """The last level as points on a plane.

    Parameters
    ----------
    components, shares
        (N, 2) principal components, and the share of the variance along each.
    neighbours
        (N, 2) of t-SNE.
    labels
        (N,) the class, or the number, of each; None where it is unknown.
    """

    components: np.ndarray
    shares: tuple[float, float]
    neighbours: np.ndarray
    labels: np.ndarray | None


@dataclass(frozen=True, eq=False)
class Seen:
    """What :func:`deepen.see` gives.

    Parameters
    ----------
    levels
        The levels, from the input on.
    forms
        By input how it is shown: ``image``, ``sound``, ``series``, ``text``, ``table``.
    rows
        What the N rows looked at are called.
    filters
        By input the first layer's filters.
    preferred
        By level the rows that excite each unit most.
    silent
        By level how many units answered 0 to every row.
    units
        By level the units that are shown.
    synthesised, excited
        By level the inputs made for ``units`` (U, ...), as the net reads them; and the units' activations on them.
    probed
        What probes were asked, the target first.
    similarity
        (L, L) CKA.
    explained
        Some answers, and what they rest on.
    map
        Of the last level.
    pictures
        By file name what each picture shows, in words; filled when they are written.
    notes
        What was left out, and what to keep in mind.
    """

    levels: tuple[Level, ...]
    forms: Mapping[str, str]
    rows: tuple[str, ...] = ()
    filters: Mapping[str, np.ndarray] = field(default_factory=dict)
    preferred: Mapping[str, Preferred] = field(default_factory=dict)
    silent: Mapping[str, int] = field(default_factory=dict)
    units: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    synthesised: Mapping[str, np.ndarray] = field(default_factory=dict)
    excited: Mapping[str, np.ndarray] = field(default_factory=dict)
    probed: tuple[Probed, ...] = ()
    similarity: np.ndarray | None = None
    explained: tuple[Explained, ...] = ()
    map: Map | None = None
    pictures: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def showing(self, count: int) -> Self:
        """Choose the units to show of each level, evenly among those that are not silent."""
        chosen = {}
        for level in self.levels:
            alive = np.arange(level.units)
            if level.name in self.preferred:
                loud = np.flatnonzero((self.preferred[level.name].values != 0).any(1))
                alive = loud if len(loud) else alive
            at = np.unique(np.linspace(0, len(alive) - 1, min(count, len(alive))).round().astype(int))
            chosen[level.name] = tuple(alive[at].tolist())
        return replace(self, units=chosen)

    @property
    def sentences(self) -> tuple[str, ...]:
        """One sentence for each level, of nothing but what was measured."""
        return tuple(self._sentence(number, level) for number, level in enumerate(self.levels))

    def _sentence(self, number: int, level: Level) -> str:
        parts = [f"{level.units:,} units" + (f" on {_by(level.places)} places" if level.places else "")]
        for which in level.of:
            size, form = level.size(which), self.forms.get(which, "table")
            of = f" of {which!r}" if len(self.forms) > 1 else ""
            if size is not None:
                parts.append(f"receptive field {_by(size)} {PLACES[form]}{of}")
            elif form != "table":
                parts.append(f"sees all{of}")
        parts += [f"probe for {p.name!r} {shown(p.levels[number])}" for p in self.probed]
        if self.silent.get(level.name):
            n = self.silent[level.name]
            parts.append(f"{n:,} unit{'s' * (n > 1)} silent on all rows")
        return f"{level.name} of {len(self.levels)}: {'; '.join(parts)}"

    def to_dict(self) -> dict[str, Any]:
        """Write as plain data, without the large arrays."""
        return {
            "levels": [self._level(number, level) for number, level in enumerate(self.levels)],
            "inputs": dict(self.forms),
            "rows": len(self.rows),
            "probes": [
                {
                    "name": p.name, "task": p.task, "chance": p.chance, "input": vars(p.input),
                    "levels": {level.name: vars(m) for level, m in zip(self.levels, p.levels, strict=True)},
                }
                for p in self.probed
            ],
            "similarity": None if self.similarity is None else self.similarity.tolist(),
            "explained": [
                {
                    "row": e.row, "answer": e.answer, "truth": e.truth, "difference": e.difference,
                    "error": e.error, "steps": e.steps, "complete": e.complete,
                }
                for e in self.explained
            ],
            "map": None if self.map is None else {
                "variance": list(self.map.shares),
                "components": self.map.components.round(4).tolist(),
                "neighbours": self.map.neighbours.round(4).tolist(),
            },
            "names": list(self.rows) if self.map is not None else [],
            "pictures": dict(self.pictures),
            "notes": list(self.notes),
        }  # fmt: skip

    def _level(self, number: int, level: Level) -> dict[str, Any]:
        found: dict[str, Any] = {
            "name": level.name, "read_by": level.read_by, "inputs": list(level.of), "units": level.units,
            "places": list(level.places),
            "receptive_field": {w: list(size) for w in level.of if (size := level.size(w)) is not None},
            "sentence": self._sentence(number, level),
        }  # fmt: skip
        if level.name in self.preferred:
            best = self.preferred[level.name]
            found["silent_units"] = self.silent[level.name]
            found["preferred"] = {
                str(unit): [
                    {"row": self.rows[row], "value": round(float(value), 5), "place": place.tolist()}
                    for row, value, place in zip(
                        best.rows[unit], best.values[unit], best.places[unit], strict=True
                    )
                ]
                for unit in self.units.get(level.name, ())
            }
        if level.name in self.excited:
            pairs = zip(self.units[level.name], self.excited[level.name].tolist(), strict=True)
            found["synthesised"] = {str(unit): round(value, 5) for unit, value in pairs}
        return found


def shown(measure: Measure) -> str:
    """Write a share as per cent, anything else as a number, with its interval.

    Examples
    --------
    >>> shown(Measure("accuracy", 0.912, 0.9, 0.92, "wilson", 900))
    '91.2 % [90.0, 92.0]'
    >>> shown(Measure("r2", 0.8, 0.75, 0.84, "bootstrap", 900))
    'R² 0.800 [0.750, 0.840]'
    """
    v, low, high = measure.value, measure.low, measure.high
    if measure.name == "r2":
        return f"R² {v:.3f} [{low:.3f}, {high:.3f}]"
    return f"{100 * v:.1f} % [{100 * low:.1f}, {100 * high:.1f}]"


def _by(sizes: tuple[int, ...]) -> str:
    return " x ".join(f"{n:,}" for n in sizes)
