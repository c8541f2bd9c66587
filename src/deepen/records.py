"""Results, as frozen records of plain data: what was measured, and how sure it is."""

from __future__ import annotations

import csv
import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

__all__ = ["History", "Measure", "Mistakes", "Moment", "Predictions", "Score"]


@dataclass(frozen=True)
class Measure:
    """One figure with its 95 % interval.

    Parameters
    ----------
    name
        The field's name for it: ``accuracy``, ``auc``, ``rmse``...
    value, low, high
        The point estimate and the ends of the interval.
    method
        How the interval was found: ``wilson``, ``bootstrap``...
    n
        How many examples it stands on.

    Examples
    --------
    >>> print(Measure("accuracy", 0.934, 0.921, 0.945, "wilson", 1500))
    accuracy 0.934 [0.921, 0.945]
    """

    name: str
    value: float
    low: float
    high: float
    method: str
    n: int

    @property
    def better(self) -> str:
        """``higher`` or ``lower``: the direction in which this figure improves."""
        return "lower" if self.name in _LOWER_IS_BETTER else "higher"

    def __str__(self) -> str:
        return f"{self.name.replace('_', ' ')} {_short(self.value)} [{_short(self.low)}, {_short(self.high)}]"


_LOWER_IS_BETTER = {
    "log_loss", "brier", "calibration_error", "rmse", "mae",
    "bits_per_character", "bits_per_byte", "perplexity", "character_error_rate",
}  # fmt: skip


def _short(value: float) -> str:
    """Three decimals near one, four significant figures elsewhere."""
    return f"{value:.3f}" if abs(value) < 10 else f"{value:,.4g}"


@dataclass(frozen=True)
class Score:
    """All the measures of one set of predictions, the headline first.

    Parameters
    ----------
    measures
        By name, the headline figure first.
    labels
        The classes, in the order of ``confusion``; empty for numbers.
    confusion
        Rows are the true classes, columns the predicted ones; empty for numbers.
    part
        What was scored: ``test``, ``valid`` or a file's name.
    """

    measures: Mapping[str, Measure]
    labels: tuple[str, ...] = ()
    confusion: tuple[tuple[int, ...], ...] = ()
    part: str = "test"

    @property
    def headline(self) -> Measure:
        """The first measure: the one to quote."""
        return next(iter(self.measures.values()))

    def __getitem__(self, name: str) -> Measure:
        return self.measures[name]

    def __float__(self) -> float:
        return self.headline.value

    def __str__(self) -> str:
        return f"{self.part} {self.headline}"

    def to_dict(self) -> dict[str, Any]:
        """Write as plain data."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Score:
        """Read back what :meth:`to_dict` wrote."""
        return cls(
            measures={name: Measure(**m) for name, m in data["measures"].items()},
            labels=tuple(data["labels"]),
            confusion=tuple(tuple(row) for row in data["confusion"]),
            part=data["part"],
        )


@dataclass(frozen=True)
class Moment:
    """The state of a training at one look: where it stood, and what the figures were."""

    step: int
    epoch: float
    seconds: float
    rate: float
    loss: float
    valid: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class History:
    """What happened in a training: its moments in order, and what had to be mended on the way."""

    moments: tuple[Moment, ...] = ()
    events: tuple[str, ...] = ()
    ended: str = "complete"

    def to_dict(self) -> dict[str, Any]:
        """Write as plain data."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> History:
        """Read back what :meth:`to_dict` wrote."""
        return cls(tuple(Moment(**m) for m in data["moments"]), tuple(data["events"]), data["ended"])


@dataclass(frozen=True, eq=False)
class Predictions:
    """A model's answers, one for each example, in the order in which the examples were given.

    Iterating, indexing and ``len`` go over ``values``.

    Parameters
    ----------
    values
        A label each, a tuple of labels each, or a number each.
    names
        What each example is called: a file's name, or its row.
    labels
        The classes or labels, in the order of ``probabilities``; empty for numbers.
    probabilities
        (N, K) calibrated on the validation part; None for numbers.
    """

    values: tuple[Any, ...]
    names: tuple[str, ...]
    labels: tuple[str, ...] = ()
    probabilities: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.values)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.values)

    def __getitem__(self, at: int) -> Any:
        return self.values[at]

    def write_csv(self, path: str | Path) -> None:
        """Write a line for each example: its name, the answer, and the probability of each class."""
        with Path(path).open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["example", "prediction", *(f"p({label})" for label in self.labels)])
            for at, (name, value) in enumerate(zip(self.names, self.values, strict=True)):
                shown = "|".join(value) if isinstance(value, tuple) else value
                row = [] if self.probabilities is None else [f"{p:.6f}" for p in self.probabilities[at]]
                writer.writerow([name, shown, *row])


@dataclass(frozen=True, eq=False)
class Mistakes:
    """Pictures of the test part that a net got wrong, the surest first.

    Parameters
    ----------
    pixels
        (M, H, W, C) uint8.
    truth, answered, sure
        The true class, the answer, and the probability it was given with, of each.
    total, of
        How many mistakes there are in all, and how many pictures were tested.
    """

    pixels: np.ndarray
    truth: tuple[str, ...]
    answered: tuple[str, ...]
    sure: tuple[float, ...]
    total: int
    of: int
