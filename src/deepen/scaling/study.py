"""What a study finds: its cells, their laws, what those forecast, and advice.

Everything follows from the cells and a few facts, so a study is read from its folder by working it out again.

Letters: n amounts of data, R resamples.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from deepen.compute.json_files import read_json
from deepen.errors import DataError, FolderError
from deepen.reporting.learning_curves import Line
from deepen.scaling.cells import NET, Cell, Curve, curves_of
from deepen.scaling.law import FEWEST, Check, Crossing, Forecast, Law, Need, check, crossing, law
from deepen.scaling.surface import Surface, compute_curve, surface

__all__ = ["FILE", "Study"]

FILE = "study.json"
FORMAT = 1
TIMES = (2.0, 4.0, 10.0)  # the data
_DRAWN_TO = 10.0  # times the data, to which laws are drawn


@dataclass(frozen=True)
class Study:
    """What :func:`deepen.study` gives.

    Parameters
    ----------
    source, task
        What was studied.
    rows, test
        All training rows that there are, and the rows of the test part.
    chance
        The error of whoever knows the classes' shares alone.
    cells
        What was measured; seeds of one cell are together.
    target_score
        The accuracy (or R²) that was asked for, if any.
    notes
        What was understood, mended and left out, a sentence each.
    about
        Seconds, seed, device, as plain data.

    Examples
    --------
    >>> cells = [Cell("net", n, (0.5 * (n / 100) ** -0.5,), 1000, size="small") for n in (100, 200, 400, 800)]
    >>> found = Study("x.csv", "many classes", 800, 1000, 0.9, tuple(cells), target_score=0.9)
    >>> found.best, [f.rows for f in found.forecasts["net small"]]
    ('net small', [1600.0, 3200.0, 8000.0])
    >>> 1500 < found.needs["net small"].rows < 4000
    True
    """

    source: str
    task: str
    rows: int
    test: int
    chance: float
    cells: tuple[Cell, ...]
    target_score: float | None = None
    notes: tuple[str, ...] = ()
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def measure(self) -> str:
        """What an error is here, in words."""
        if self.task == "number":
            return "unexplained variance, 1 - R²"
        return "wrong labels" if self.task == "several labels" else "test error"

    @property
    def score(self) -> str:
        """What one minus the error is called."""
        return {"number": "R²", "several labels": "label accuracy"}.get(self.task, "accuracy")

    @cached_property
    def curves(self) -> dict[str, Curve]:
        """By name, the nets first, each by rising size; the lengths other than 1 are left to :attr:`longer`."""
        plain = [c for c in self.cells if c.length == 1]
        plain.sort(key=lambda c: (c.weights == 0, c.weights, c.learner))
        return curves_of(plain, self.chance)

    @cached_property
    def laws(self) -> dict[str, Law]:
        """Of every curve with amounts enough."""
        return {name: law(curve) for name, curve in self.curves.items() if len(curve) >= FEWEST}

    @cached_property
    def nets(self) -> tuple[str, ...]:
        """The curves of nets that have a law."""
        return tuple(name for name in self.laws if _is_net(name))

    @property
    def best(self) -> str:
        """The curve of a net that is lowest where it ends; empty without any."""
        return min(self.nets, key=self._end, default="")

    @property
    def best_shallow(self) -> str:
        """The curve of a shallow learner that is lowest where it ends; empty without any."""
        return min((n for n in self.curves if not _is_net(n)), key=self._end, default="")

    def _end(self, name: str) -> tuple[float, float]:
        # What was measured on few rows only is not compared with what was measured on all.
        last = self.curves[name].cells[-1]
        most = max(c.rows for c in self.cells)
        return (0.0 if last.rows >= 0.5 * most else 1.0, last.error)

    @cached_property
    def forecasts(self) -> dict[str, list[Forecast]]:
        """The error with all rows, where they were not measured, and with 2, 4 and 10 times as many."""
        found = {}
        for name, known in self.laws.items():
            asked = [t * self.rows for t in TIMES]
            if known.curve.rows[-1] < 0.99 * self.rows:
                asked = [float(self.rows), *asked]
            found[name] = known.forecast(asked)
        return found

    @cached_property
    def needs(self) -> dict[str, Need]:
        """How much data the target asks for, by each curve."""
        if self.target_score is None:
            return {}
        return {name: known.needed(1 - self.target_score) for name, known in self.laws.items()}

    @cached_property
    def checks(self) -> dict[str, list[Check]]:
        """Forecasts of the largest cells from the smaller ones, beside what came."""
        found = {name: check(curve) for name, curve in self.curves.items()}
        return {name: checks for name, checks in found.items() if checks}

    @cached_property
    def crossings(self) -> dict[str, Crossing]:
        """Where the best net's curve crosses each shallow learner's."""
        if not self.best:
            return {}
        return {n: crossing(self.laws[self.best], self.laws[n]) for n in self.laws if n not in self.nets}

    @cached_property
    def surface(self) -> Surface | None:
        """The law in data and size, if there are cells enough."""
        joined = [c for curve in self.curves.values() for c in curve.cells]
        try:
            return surface(joined)
        except DataError:
            return None

    @cached_property
    def in_compute(self) -> Law | None:
        """The law of the lowest error by floating point operations, if there are cells enough."""
        curve = compute_curve(self.cells, self.chance)
        return law(curve) if len(curve) >= FEWEST else None

    @cached_property
    def longer(self) -> list[tuple[Cell, Cell]]:
        """Pairs of cells that differ in the length of training alone: at length 1, and at another."""
        plain = {(c.name, c.rows): c for curve in self.curves.values() for c in curve.cells}
        pairs = []
        for name, curve in curves_of([c for c in self.cells if c.length != 1], self.chance).items():
            for cell in curve.cells:
                base = plain.get((name.rpartition(" x")[0], cell.rows))
                if base is not None:
                    pairs.append((base, cell))
        return pairs

    @cached_property
    def advice(self) -> tuple[str, ...]:
        """What all this says, in plain sentences."""
        from deepen.scaling.advice import advise

        return advise(self)

    def lines(self) -> list[Line]:
        """The curves as they are drawn."""
        banded, upto = {self.best, self.best_shallow}, _DRAWN_TO * self.rows
        return [
            _line(curve, self.laws.get(name), upto, name in banded, _is_net(name))
            for name, curve in self.curves.items()
        ]

    def to_dict(self) -> dict[str, Any]:
        """Write as plain data, what follows from the cells included."""
        return {
            "format": FORMAT,
            **{f.name: getattr(self, f.name) for f in dataclasses.fields(self) if f.name != "cells"},
            "notes": list(self.notes),
            "about": dict(self.about),
            "cells": [cell.to_dict() for cell in self.cells],
            "laws": {name: known.to_dict() for name, known in self.laws.items()},
            "forecasts": {name: [vars(f) for f in found] for name, found in self.forecasts.items()},
            "needs": {name: vars(need) for name, need in self.needs.items()},
            "checks": {name: [dataclasses.asdict(c) for c in found] for name, found in self.checks.items()},
            "crossings": {name: vars(found) for name, found in self.crossings.items()},
            "surface": None if self.surface is None else self.surface.to_dict(),
            "compute": None if self.in_compute is None else self.in_compute.to_dict(),
            "advice": list(self.advice),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Study:
        """Read back what :meth:`to_dict` wrote; laws and advice are worked out from the cells again."""
        names = [f.name for f in dataclasses.fields(cls)]
        cells = tuple(Cell.from_dict(c) for c in data["cells"])
        return cls(**{**{n: data[n] for n in names}, "cells": cells, "notes": tuple(data["notes"])})

    @classmethod
    def load(cls, folder: str | Path) -> Study:
        """Read a study from its folder.

        Raises
        ------
        FolderError
            If there is none, or a newer deepen wrote it.
        """
        place = Path(folder)
        data = read_json(place / FILE)
        if data.get("format", 0) > FORMAT:
            raise FolderError(
                "was written by a newer deepen", where=place, mend="Upgrade: pip install -U deepen."
            )
        try:
            return cls.from_dict(data)
        except (KeyError, TypeError) as error:
            raise FolderError(f"is damaged: {type(error).__name__}: {error}", where=place / FILE) from None


def _is_net(name: str) -> bool:
    return name.split(" ")[0] == NET


def _line(curve: Curve, known: Law | None, upto: float, banded: bool, deep: bool) -> Line:
    errors = curve.errors
    spread = np.exp(1.645 * np.sqrt(curve.noise() ** 2 + curve.shared**2))
    plain = Line(
        curve.name, curve.rows.tolist(), errors.tolist(), (errors / spread).tolist(),
        np.minimum(errors * spread, 1.0).tolist(), deep=deep,
    )  # fmt: skip
    if known is None:
        return plain
    rows: Sequence[float] = np.unique(
        np.concatenate([np.geomspace(curve.rows[0], max(upto, curve.rows[-1]), 60), curve.rows[-1:]])
    ).tolist()
    low, law_, high = np.quantile(known.errors(rows), (0.05, 0.5, 0.95), axis=0).tolist()
    return dataclasses.replace(
        plain,
        law_rows=rows,
        law=law_,
        law_low=low,
        law_high=high,
        measured=float(curve.rows[-1]),
        banded=banded,
    )
