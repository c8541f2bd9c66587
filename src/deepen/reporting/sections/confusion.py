"""Which classes are taken for which."""

from __future__ import annotations

from collections.abc import Sequence

from deepen.evaluation import Confusion
from deepen.reporting.blocks import Block, Cell, Drawn, Section, Table
from deepen.reporting.charts.matrix import Matrix
from deepen.reporting.material import Material

__all__ = ["confusion"]

_MOST_CLASSES = 40


def confusion(material: Material) -> Section | None:
    """The matrix of the classes, or of those that are confused most where there are many."""
    found = material.evaluation.ordered if material.evaluation is not None else None
    score = material.score
    if found is None and score is not None and score.confusion and len(score.labels) == len(score.confusion):
        found = Confusion(score.labels, score.confusion, ())  # where there is a score alone
    if found is None or not found.labels:
        return None
    counts, labels = found.counts, found.labels
    shown = list(range(len(labels))) if len(labels) <= _MOST_CLASSES else _worst(counts)
    right, total = sum(row[i] for i, row in enumerate(counts)), sum(map(sum, counts))
    said = f"{right:,} of {total:,} test examples stand on the diagonal: they were answered right."
    left = len(labels) - len(shown)
    part = (
        f" Of {len(labels):,} classes the {len(shown)} that are mistaken most often are shown."
        if left
        else ""
    )
    matrix = Matrix(
        "Confusion matrix", said + part, [labels[i] for i in shown],
        [[counts[i][j] for j in shown] for i in shown], [sum(counts[i]) for i in shown],
    )  # fmt: skip
    blocks: list[Block] = [Drawn(matrix)]
    if found.pairs:
        rows = [
            [Cell(p.one), Cell(p.other), Cell(f"{p.one_as_other:,}", p.one_as_other),
             Cell(f"{p.other_as_one:,}", p.other_as_one), Cell(f"{p.count / max(1, p.of):.1%}", p.count / max(1, p.of))]
            for p in found.pairs
        ]  # fmt: skip
        head = ("A", "B", "A as B", "B as A", "of both")
        blocks.append(Table("What is confused most often", head, rows))
    how = [
        "Rows are the true classes, columns the answers; the depth of a cell’s colour is its share of the row."
    ]
    if found.pairs:
        how.append(
            "Classes that are confused with one another stand together: they are clustered by the mean of the shares "
            "in which each is taken for the other, in the order whose neighbours are most alike (Bar-Joseph, Gifford "
            "and Jaakkola 2001)."
        )
    return Section("confusion", "What is taken for what", blocks, how)


def _worst(counts: Sequence[Sequence[int]]) -> list[int]:
    """The classes with most mistakes in their row and column, in their order."""
    wrong = {i: sum(counts[i]) + sum(row[i] for row in counts) - 2 * counts[i][i] for i in range(len(counts))}
    chosen = set(sorted(wrong, key=lambda i: -wrong[i])[:_MOST_CLASSES])
    return [i for i in wrong if i in chosen]
