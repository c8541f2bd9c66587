"""Error analysis: what stands behind a score, from the rows, the truth and the answers.

Legend: M rows that were scored, K classes, labels or numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from deepen.data.exhibits import exhibits, name_of
from deepen.data.groups import group
from deepen.data.kinds import Number
from deepen.data.prepare import Preparation
from deepen.data.schema import Schema
from deepen.data.table import Table
from deepen.errors import DataError
from deepen.evaluation import Answers, Evaluation, Mistake, Mistakes
from deepen.evidence.confusion import arrange
from deepen.evidence.mistakes import badness, surest
from deepen.evidence.reliability import reliability
from deepen.evidence.subgroups import subgroups
from deepen.records import Score

__all__ = ["examine", "grouping"]

_MOST_ANSWERS = 400  # points of a chart: more hide one another
_MOST_MISTAKES = 40  # kept to look at: what a page holds


def grouping(schema: Schema, table: Table, by: str | Sequence[str] | None) -> tuple[str, ...]:
    """The columns to score by: those named, else the one that groups the rows, where the table has it."""
    if by is None:
        group = schema.column("group")
        return (group,) if group is not None and group in table.names else ()
    return (by,) if isinstance(by, str) else tuple(dict.fromkeys(by))


def examine(
    score: Score,
    table: Table,
    rows: np.ndarray,
    truth: np.ndarray,
    answers: np.ndarray,
    preparation: Preparation,
    *,
    by: Sequence[str] = (),
    tell: Callable[[str], None] | None = None,
    seed: int = 0,
) -> Evaluation:
    """Find the worst mistakes, order the confusion matrix, bin the probabilities, and score subgroups.

    Parameters
    ----------
    score
        What was measured of these answers.
    table, rows
        The source, and the rows of it (M,) that were scored.
    truth, answers
        Class codes (M,), labels (M, K) or numbers (M,); probabilities (M, K), or numbers (M,).
    by
        Columns, or parts of the files' names, to score by.
    tell
        Is told of a column by which these rows cannot be grouped, such as one with a single value, which is then left
        out; without it that is an error.
    seed
        Of the intervals and tests.
    """
    task = preparation.task
    probable = task != "number"
    found = []
    for name in by:
        try:
            each = group(table, name, rows)
            found.append(
                subgroups(task, truth, answers, each.codes, each.names, column=each.column, notes=each.notes,
                          whole=score, seed=seed)
            )  # fmt: skip
        except DataError as error:
            if tell is None:
                raise
            tell(f"no scores by subgroup: {error}")
    return Evaluation(
        score.measures, score.labels, score.confusion, score.part,
        mistakes=_mistakes(table, rows, truth, answers, preparation),
        ordered=arrange(score.labels, score.confusion) if score.confusion else None,
        reliability=reliability(truth, answers, score.measures.get("calibration_error")) if probable else None,
        subgroups=tuple(found), answers=None if probable else _answers(truth, answers),
    )  # fmt: skip


def _answers(truth: np.ndarray, answers: np.ndarray) -> Answers:
    """Pick rows evenly by the true number, the least and the largest among them; six digits are enough for a chart."""
    order = np.argsort(truth, kind="stable")
    some = order[
        np.unique(np.linspace(0, len(order) - 1, min(len(order), _MOST_ANSWERS)).round().astype(int))
    ]
    true, said = ([float(f"{v:.6g}") for v in values[some].tolist()] for values in (truth, answers))
    return Answers(tuple(true), tuple(said), len(truth))


def _mistakes(
    table: Table, rows: np.ndarray, truth: np.ndarray, answers: np.ndarray, preparation: Preparation
) -> Mistakes:
    bad = badness(preparation.task, truth, answers)
    said, number = _Said(preparation), isinstance(preparation.target, Number)
    chosen = surest(bad, _MOST_MISTAKES)
    few = table.take(rows[chosen])
    worst = tuple(
        Mistake(
            row=int(rows[at]), name=name_of(few, row, preparation.inputs), truth=said.truth(truth[at]),
            answered=said.answer(answers[at]), sure=None if number else float(bad[at]),
            error=float(answers[at] - truth[at]) if number else None, shown=exhibits(few, row, preparation),
        )
        for row, at in enumerate(chosen.tolist())
    )  # fmt: skip
    return Mistakes(worst, int((~np.isnan(bad)).sum()), len(bad))


class _Said:
    """Truths and answers as a person writes them."""

    def __init__(self, preparation: Preparation) -> None:
        self._labels, self._task = preparation.labels, preparation.task

    def truth(self, value: np.ndarray) -> str:
        if self._task == "number":
            return f"{float(value):.6g}"
        return self._chosen(value > 0) if self._task == "several labels" else self._labels[int(value)]

    def answer(self, value: np.ndarray) -> str:
        if self._task == "number":
            return f"{float(value):.6g}"
        return self._chosen(value >= 0.5) if self._task == "several labels" else self._labels[value.argmax()]

    def _chosen(self, on: np.ndarray) -> str:
        return ", ".join(self._labels[k] for k in np.flatnonzero(on)) or "none"
