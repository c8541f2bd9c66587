"""Which classes are taken for which."""

from __future__ import annotations

from collections.abc import Sequence

from deepen.reporting.advice import most_confused
from deepen.reporting.blocks import Block, Cell, Drawn, Section, Table
from deepen.reporting.charts.matrix import Matrix
from deepen.reporting.material import Material

__all__ = ["confusion"]

_MOST_CLASSES, _MOST_PAIRS = 40, 10


def confusion(material: Material) -> Section | None:
    """The matrix of the classes, or of those that are confused most where there are many."""
    score = material.score
    if score is None or not score.confusion or len(score.labels) != len(score.confusion):
        return None
    counts = score.confusion
    order = _order(material, score.labels)
    shown = order if len(order) <= _MOST_CLASSES else _worst(counts, order)
    right, total = sum(row[i] for i, row in enumerate(counts)), sum(map(sum, counts))
    said = f"{right:,} of {total:,} test examples stand on the diagonal: they were answered right."
    left = len(order) - len(shown)
    part = (
        f" Of {len(order):,} classes the {len(shown)} that are mistaken most often are shown." if left else ""
    )
    matrix = Matrix(
        "Confusion matrix", said + part, [score.labels[i] for i in shown],
        [[counts[i][j] for j in shown] for i in shown], [sum(counts[i]) for i in shown],
    )  # fmt: skip
    pairs = most_confused(score, _MOST_PAIRS)
    blocks: list[Block] = [Drawn(matrix)]
    if pairs:
        rows = [
            [Cell(truth), Cell(answered), Cell(f"{count:,}", count), Cell(f"{count / of:.1%}", count / of)]
            for truth, answered, count, of in pairs
        ]
        blocks.append(
            Table("What is confused most often", ("true", "answered", "how often", "of the true class"), rows)
        )
    how = [
        "Rows are the true classes, columns the answers; the depth of a cell’s colour is its share of the row."
    ]
    if score.labels != tuple(score.labels[i] for i in order):
        how.append("Classes that are confused with one another stand together.")
    return Section("confusion", "What is taken for what", blocks, how)


def _order(material: Material, labels: Sequence[str]) -> list[int]:
    """The order that the folder keeps, if it keeps one of these classes; else that of the labels."""
    kept = [str(name) for name in material.evidence.get("order") or ()]
    if sorted(kept) != sorted(labels) or len(set(labels)) != len(labels):
        return list(range(len(labels)))
    at = {name: i for i, name in enumerate(labels)}
    return [at[name] for name in kept]


def _worst(counts: Sequence[Sequence[int]], order: Sequence[int]) -> list[int]:
    """The classes with most mistakes in their row and column, in their order."""
    wrong = {i: sum(counts[i]) + sum(row[i] for row in counts) - 2 * counts[i][i] for i in order}
    chosen = set(sorted(order, key=lambda i: -wrong[i])[:_MOST_CLASSES])
    return [i for i in order if i in chosen]
