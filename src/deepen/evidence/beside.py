"""What stands beside a net: shallow learners on the same rows, and how the best of them compares with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from deepen.evidence.contest import Contestant
from deepen.evidence.paired import Paired

__all__ = ["Beside", "apart", "seconds_said", "shown"]


@dataclass(frozen=True)
class Beside:
    """The shallow learners of one run.

    Parameters
    ----------
    chosen
        The one that did best on the validation part.
    learners
        Each with its figure on the validation part; ``rows`` is 0 where there was no time for one.
    paired
        The net (``one``) and the chosen one (``other``) on the test part.
    seconds
        That all of them took.
    rows
        Training rows that there are.

    Examples
    --------
    >>> paired = Paired("accuracy", 0.857, 0.854, -0.004, 0.010, 30, 27, 0.79, 1000)
    >>> Beside("boosting", (Contestant("boosting", 4000, 2.1, 0.86),), paired, 3.0, 4000).sentence
    'boosting is as good here, as far as 1,000 rows tell (85.4 %, the net 85.7 %, difference 0.3 [-0.4, 1.0]); it trains in 2.1 s.'
    """  # noqa: E501 - the sentence is one line

    chosen: str
    learners: tuple[Contestant, ...]
    paired: Paired
    seconds: float
    rows: int

    @property
    def first(self) -> bool:
        """Whether this is to be said before all else: the net is not plainly better."""
        return self.paired.verdict != "one"

    @property
    def best(self) -> Contestant:
        """The chosen learner."""
        return next(each for each in self.learners if each.name == self.chosen)

    @property
    def sentence(self) -> str:
        """How the two compare, in one plain sentence."""
        p, best = self.paired, self.best
        figures = f"{shown(p, p.other)}, the net {shown(p, p.one)}, difference {apart(p)}"
        trains = f"it trains in {seconds_said(best.seconds)}"
        if best.rows < self.rows:
            trains += f", on {best.rows:,} of the {self.rows:,} rows"
        if p.verdict == "other":
            return f"{self.chosen} is better here ({figures}); {trains}: on these data depth has not paid."
        if p.verdict == "neither":
            return f"{self.chosen} is as good here, as far as {p.n:,} rows tell ({figures}); {trains}."
        return f"The net is better than {self.chosen}, the best shallow learner ({figures}); {trains}."

    def to_dict(self) -> dict[str, Any]:
        """Write as plain data."""
        return {
            "chosen": self.chosen, "learners": [each.to_dict() for each in self.learners],
            "paired": self.paired.to_dict(), "seconds": self.seconds, "rows": self.rows,
        }  # fmt: skip

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read back what :meth:`to_dict` wrote."""
        learners = tuple(Contestant.from_dict(each) for each in data["learners"])
        return cls(data["chosen"], learners, Paired.from_dict(data["paired"]), data["seconds"], data["rows"])


def shown(paired: Paired, value: float) -> str:
    """One of the two figures, for people."""
    return f"R² {value:.3f}" if paired.measure == "r2" else f"{100 * value:.1f} %"


def apart(paired: Paired, *, signed: bool = False) -> str:
    """The difference with its interval, for people; shares in points.

    Parameters
    ----------
    signed
        Whether a plus is written too.
    """
    times, form = (1, ".3f") if paired.measure == "r2" else (100, ".1f")
    value, low, high = (
        f"{times * each:{'+' * signed}{form}}" for each in (paired.difference, paired.low, paired.high)
    )
    return f"{value} [{low}, {high}]"


def seconds_said(value: float) -> str:
    """A time for people: what is done at once is not said to take nothing."""
    return (
        f"{max(value, 0.001):.1g} s" if value < 1 else f"{value:.1f} s" if value < 10 else f"{value:,.0f} s"
    )
