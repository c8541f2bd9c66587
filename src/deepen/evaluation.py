"""What an evaluation found, as frozen records of plain data: the mistakes, what is confused, how sure, and for whom.

They stand in a model's folder as ``evaluation.json``, so that they can be drawn and told without the model.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from deepen.records import Measure, Score

__all__ = [
    "FILE", "Answers", "Bin", "Confusion", "Evaluation", "Exhibit", "Mistake", "Mistakes", "Pair", "Reliability",
    "Subgroup", "Subgroups",
]  # fmt: skip


FILE = "evaluation.json"
"""What it is called in a model's folder."""


@dataclass(frozen=True)
class Exhibit:
    """One input of an example, as a person can look at it, bounded in size.

    Parameters
    ----------
    column
        The column it stands in; empty for ``row``.
    kind
        ``image``, ``audio``, ``series``, ``text`` or ``row``.
    data
        Plain data, by kind:

        - ``image``: ``png``, a thumbnail as base64;
        - ``audio``: ``png``, the log-mel spectrogram in grey, low bands at the bottom; ``seconds`` and ``hertz``, what
          its sides span;
        - ``series``: ``channels``, a list of values each, None where one is missing; ``steps``, how many there were;
        - ``text``: ``text``, and ``cut``, whether more came;
        - ``row``: ``values``, a text for each column, and ``more``, how many columns are left out.
    """

    column: str
    kind: str
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Mistake:
    """One example that was answered wrongly, or a number that is far off.

    Parameters
    ----------
    row
        Its place in the source, counted from 0.
    name
        What it is called: a file's name, or its line or row.
    truth, answered
        As a person writes them.
    sure
        The probability that the wrong answer was given with; None for numbers.
    error
        The answer minus the truth, in the target's units; None for classes and labels.
    shown
        Its inputs.
    """

    row: int
    name: str
    truth: str
    answered: str
    sure: float | None
    error: float | None
    shown: tuple[Exhibit, ...]


@dataclass(frozen=True)
class Mistakes:
    """The worst mistakes, the surest first; of numbers, the largest errors first.

    Parameters
    ----------
    worst
        Those that are kept.
    total, of
        How many mistakes there are in all, and how many examples were scored. Of numbers every one is off.
    """

    worst: tuple[Mistake, ...]
    total: int
    of: int


@dataclass(frozen=True)
class Pair:
    """Two classes that are taken for one another.

    Parameters
    ----------
    one, other
        The classes.
    one_as_other, other_as_one
        How often each was taken for the other.
    of
        How many examples the two have.
    """

    one: str
    other: str
    one_as_other: int
    other_as_one: int
    of: int

    @property
    def count(self) -> int:
        """How many mistakes they make between them."""
        return self.one_as_other + self.other_as_one

    def __str__(self) -> str:
        return f"{self.one} and {self.other} ({self.count:,} of {self.of:,})"


@dataclass(frozen=True)
class Confusion:
    """The confusion matrix, in an order in which confused classes stand together.

    Parameters
    ----------
    labels
        The K classes in that order.
    counts
        (K, K): rows are the true classes, columns the answered ones.
    pairs
        The most confused pairs, the one of most mistakes first.
    """

    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    pairs: tuple[Pair, ...]


@dataclass(frozen=True)
class Bin:
    """Answers given with about the same probability.

    Parameters
    ----------
    least, most
        The lowest and highest probability in it.
    said
        Their mean.
    happened, low, high
        The share that was right, with the ends of its 95 % interval (Wilson's).
    n
        How many answers.
    """

    least: float
    most: float
    said: float
    happened: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Reliability:
    """Whether 80 % means 80 %: the share that was right beside the probability that was given.

    Parameters
    ----------
    bins
        In the order of their probability, of about equal numbers.
    error
        The expected calibration error, if it could be measured.
    """

    bins: tuple[Bin, ...]
    error: Measure | None


@dataclass(frozen=True)
class Answers:
    """Answered numbers beside the true ones, of some rows spread evenly over the true ones.

    Parameters
    ----------
    truth, answered
        Of the same rows, the least truth first.
    of
        How many rows there are.
    """

    truth: tuple[float, ...]
    answered: tuple[float, ...]
    of: int


@dataclass(frozen=True)
class Subgroup:
    """The rows with one value of a column.

    Parameters
    ----------
    name
        The value.
    n
        How many rows.
    measures
        Of these rows alone, by name, each with its interval.
    p
        Of the difference to all other rows, corrected for testing each of the groups.
    verdict
        ``worse`` or ``better`` than the others beyond chance; else empty.
    """

    name: str
    n: int
    measures: Mapping[str, Measure]
    p: float
    verdict: str


@dataclass(frozen=True)
class Subgroups:
    """Scores by the values of a column.

    Parameters
    ----------
    column
        The column, or the part of the files' names.
    measure
        The name of the measure by which the groups are compared.
    whole
        That measure on all rows.
    groups
        The worst first.
    test
        How the differences were tested.
    notes
        How the groups were made, a sentence each.
    """

    column: str
    measure: str
    whole: Measure
    groups: tuple[Subgroup, ...]
    test: str
    notes: tuple[str, ...] = ()

    @property
    def worst(self) -> Subgroup:
        """The group of the worst measure: of those that are worse beyond chance, if there are any."""
        return next((group for group in self.groups if group.verdict == "worse"), self.groups[0])

    def __str__(self) -> str:
        group = self.worst
        told = "worse than the rest" if group.verdict == "worse" else "no worse than the rest beyond chance"
        corrected = f", Holm over {len(self.groups)}" if len(self.groups) > 2 else ""
        return (
            f"worst by {self.column}: {group.name}, {group.measures[self.measure]} on {group.n:,}; the whole"
            f" {self.whole.shown}; {told} (p = {group.p:.2g}{corrected})"
        )


@dataclass(frozen=True)
class Evaluation(Score):
    """A score, and what stands behind it.

    Parameters
    ----------
    measures, labels, confusion, part
        As in :class:`~deepen.records.Score`.
    mistakes
        The worst of them, with their inputs.
    ordered
        The confusion matrix of classes with those that are confused together; None for labels and numbers.
    reliability
        None for numbers.
    subgroups
        Scores by each column that was asked for.
    answers
        Of numbers; else None.
    """

    mistakes: Mistakes | None = None
    ordered: Confusion | None = None
    reliability: Reliability | None = None
    subgroups: tuple[Subgroups, ...] = ()
    answers: Answers | None = None

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read back what :meth:`to_dict` wrote."""
        own = Score.from_dict(data)
        found = {
            "mistakes": _mistakes, "ordered": _confusion, "reliability": _reliability, "answers": _answers,
        }  # fmt: skip
        read = {name: None if data.get(name) is None else of(data[name]) for name, of in found.items()}
        groups = tuple(_subgroups(each) for each in data["subgroups"])
        return cls(own.measures, own.labels, own.confusion, own.part, **read, subgroups=groups)  # type: ignore[arg-type]


def _mistakes(data: Mapping[str, Any]) -> Mistakes:
    worst = tuple(
        Mistake(**{**each, "shown": tuple(Exhibit(**exhibit) for exhibit in each["shown"])})
        for each in data["worst"]
    )
    return Mistakes(worst, data["total"], data["of"])


def _confusion(data: Mapping[str, Any]) -> Confusion:
    counts = tuple(tuple(row) for row in data["counts"])
    return Confusion(tuple(data["labels"]), counts, tuple(Pair(**pair) for pair in data["pairs"]))


def _answers(data: Mapping[str, Any]) -> Answers:
    return Answers(tuple(data["truth"]), tuple(data["answered"]), data["of"])


def _reliability(data: Mapping[str, Any]) -> Reliability:
    error = None if data["error"] is None else Measure(**data["error"])
    return Reliability(tuple(Bin(**each) for each in data["bins"]), error)


def _subgroups(data: Mapping[str, Any]) -> Subgroups:
    groups = tuple(
        Subgroup(**{**each, "measures": {name: Measure(**m) for name, m in each["measures"].items()}})
        for each in data["groups"]
    )
    return dataclasses.replace(
        Subgroups(**{**data, "groups": groups, "whole": Measure(**data["whole"])}), notes=tuple(data["notes"])
    )
