"""Results, as frozen records of plain data: what was measured, and how sure it is."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["History", "Measure", "Moment", "Score"]


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

    @property
    def has_interval(self) -> bool:
        """Whether an interval is known: of too few examples there is none, nor of a published figure or the largest."""
        return self.method not in _WITHOUT

    @property
    def shown(self) -> str:
        """The value as it is written: three decimals near one, four significant figures elsewhere."""
        return _short(self.value)

    def __str__(self) -> str:
        ends = f" [{_short(self.low)}, {_short(self.high)}]" if self.has_interval else ""
        return f"{self.name.replace('_', ' ')} {self.shown}{ends}"


_LOWER_IS_BETTER = {
    "log_loss", "brier", "calibration_error", "rmse", "mae",
    "mase", "smape", "mse_standardised", "mae_standardised", "pinball",
    "squared_error", "bits_per_character", "bits_per_byte", "perplexity", "character_error_rate",
}  # fmt: skip


_WITHOUT = {"none", "published", "largest"}


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
    def heading(self) -> str:
        """What was scored, as a heading: a part is called one."""
        return f"{self.part} part" if self.part in ("test", "valid") else self.part

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
