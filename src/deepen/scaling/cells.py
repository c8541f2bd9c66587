"""What a study measures: one cell of its grid, and the curve that cells of one learner make.

Letters: k cells of a curve, s seeds of a cell, m rows of the test part.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepen.errors import DataError

__all__ = ["NET", "Cell", "Curve", "curves_of"]

Array = NDArray[np.float64]

NET = "net"
"""The learner that is no shallow one."""

OWN = 0.5  # of the variance of a test error that other nets on the same test part do not share (assumed)
PRIOR_SEEDS = 4.0  # as many seeds as the binomial variance counts for beside the seeds' own scatter (assumed)
LEAST = (
    0.01  # relative noise that no cell is below: recipes are not perfectly alike from cell to cell (assumed)
)


@dataclass(frozen=True)
class Cell:
    """Errors measured at one amount of data, one size and one length of training.

    Parameters
    ----------
    learner
        ``net``, or the name of a shallow learner.
    rows
        n, the training rows.
    errors
        One for each seed: the share of wrong answers, or of unexplained variance (1 - R²).
    test
        m, the rows of the test part, which all cells share.
    size
        The net's size by its name; empty for a shallow learner.
    weights
        How many weights the net has; 0 for a shallow learner.
    length
        Training in units of the recipe's own epochs.
    compute
        Floating point operations of the training; 0 where they are not counted.
    seconds
        Of one seed's training and scoring, on average.
    spread
        The standard error of one seed's error that comes of the test part being finite; 0 where the error is a share
        of rows, whose binomial standard error follows from ``test``.

    Examples
    --------
    >>> cell = Cell("net", 1000, (0.10, 0.12), 900)
    >>> f"{cell.error:.2f} +- {cell.test_spread:.4f}"
    '0.11 +- 0.0104'
    """

    learner: str
    rows: int
    errors: tuple[float, ...]
    test: int
    size: str = ""
    weights: int = 0
    length: float = 1.0
    compute: float = 0.0
    seconds: float = 0.0
    spread: float = 0.0

    def __post_init__(self) -> None:
        if not self.errors or not all(math.isfinite(e) and e >= 0 for e in self.errors):
            raise DataError(
                "an error must be a number of 0 or more", where=f"cell of {self.learner}, {self.rows} rows",
                came=", ".join(map(str, self.errors)) or "none",
            )  # fmt: skip
        if self.rows < 1 or self.test < 1:
            raise DataError("a cell has rows to learn and to test", came=f"{self.rows} and {self.test}")

    @property
    def name(self) -> str:
        """What the cell's curve is called: the learner, its size, and its length where that is not 1."""
        length = "" if self.length == 1 else f" x{self.length:g}"
        return f"{self.learner} {self.size}".strip() + length

    @property
    def error(self) -> float:
        """The mean over the seeds; half a row of the test part where no row was wrong."""
        return max(float(np.mean(self.errors)), 0.5 / self.test)

    @property
    def test_spread(self) -> float:
        """The standard error that comes of the test part being finite."""
        return self.spread or math.sqrt(self.error * max(1 - self.error, 0.0) / self.test)

    def to_dict(self) -> dict[str, Any]:
        """Write as plain data."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Cell:
        """Read back what :meth:`to_dict` wrote."""
        return cls(**{**data, "errors": tuple(data["errors"])})


@dataclass(frozen=True)
class Curve:
    """The error of one learner by amount of data.

    Parameters
    ----------
    name
        Of the learner and its size.
    cells
        By rising amount of data, each amount once.
    chance
        The error of whoever knows the classes' shares alone; 1 for unexplained variance.

    Examples
    --------
    >>> curve = Curve("net", (Cell("net", 100, (0.2,), 500), Cell("net", 200, (0.1,), 500)), chance=0.9)
    >>> curve.rows.tolist(), curve.until(100).rows.tolist()
    ([100.0, 200.0], [100.0])
    """

    name: str
    cells: tuple[Cell, ...]
    chance: float

    def __post_init__(self) -> None:
        rows = [cell.rows for cell in self.cells]
        if rows != sorted(set(rows)):
            raise DataError("a curve has each amount of data once, rising", where=self.name, came=f"{rows}")
        if not 0 < self.chance <= 1:
            raise DataError(
                "the error of chance lies above 0, up to 1", where=self.name, came=f"{self.chance}"
            )

    def __len__(self) -> int:
        return len(self.cells)

    @property
    def rows(self) -> Array:
        """n, (k,)."""
        return np.array([cell.rows for cell in self.cells], dtype=np.float64)

    @property
    def errors(self) -> Array:
        """The mean errors, (k,)."""
        return np.array([cell.error for cell in self.cells])

    def noise(self, cells: Iterable[Cell] | None = None) -> Array:
        """The relative noise of each mean error beside the others on the same test part, (k,).

        The seeds' scatter says it, where there are enough of them; the binomial variance, of which nets on the same
        test part share a half, says it where there are not. The two are weighed as in an empirical Bayes estimate of
        a variance, with the binomial one counting as four seeds.

        Parameters
        ----------
        cells
            Whose noise is asked; the curve's own by default.
        """
        found, free = PRIOR_SEEDS, PRIOR_SEEDS
        for cell in self.cells:
            if len(cell.errors) > 1:
                logs = np.log(np.maximum(cell.errors, 0.5 / cell.test))
                found += float(((logs - logs.mean()) ** 2).sum()) / self._own(cell)
                free += len(logs) - 1
        asked = self.cells if cells is None else tuple(cells)
        variances = [found / free * self._own(cell) / len(cell.errors) + LEAST**2 for cell in asked]
        return np.sqrt(variances)

    @staticmethod
    def _own(cell: Cell) -> float:
        return max(OWN * (cell.test_spread / cell.error) ** 2, 1e-8)

    @property
    def shared(self) -> float:
        """The relative error that all cells share, since the test part is finite: of the largest amount of data."""
        last = self.cells[-1]
        return math.sqrt(1 - OWN) * last.test_spread / last.error

    def until(self, rows: float) -> Curve:
        """The part of the curve up to so many rows."""
        return dataclasses.replace(self, cells=tuple(c for c in self.cells if c.rows <= rows))


def curves_of(cells: Iterable[Cell], chance: float) -> dict[str, Curve]:
    """Sort cells into curves, by name; cells that differ in their seeds alone become one.

    Examples
    --------
    >>> cells = [Cell("net", 50, (0.2,), 100), Cell("net", 20, (0.4,), 100), Cell("net", 50, (0.1,), 100)]
    >>> [(c.rows, c.errors) for c in curves_of(cells, 0.9)["net"].cells]
    [(20, (0.4,)), (50, (0.2, 0.1))]
    """
    groups: dict[str, dict[int, list[Cell]]] = {}
    for cell in cells:
        groups.setdefault(cell.name, {}).setdefault(cell.rows, []).append(cell)
    return {
        name: Curve(name, tuple(_joined(by_rows[n]) for n in sorted(by_rows)), chance)
        for name, by_rows in groups.items()
    }


def _joined(cells: list[Cell]) -> Cell:
    errors = tuple(e for cell in cells for e in cell.errors)
    counts = [len(cell.errors) for cell in cells]
    return dataclasses.replace(
        cells[0], errors=errors,
        spread=float(np.average([c.spread for c in cells], weights=counts)),
        seconds=float(np.average([c.seconds for c in cells], weights=counts)),
    )  # fmt: skip
