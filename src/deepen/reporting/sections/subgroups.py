"""The score within parts of the test examples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deepen.records import Measure
from deepen.reporting.blocks import Block, Cell, Drawn, Section, Table
from deepen.reporting.charts.whiskers import Whisker, Whiskers
from deepen.reporting.glossary import explained, is_share, named, shown, value_of
from deepen.reporting.material import Material

__all__ = ["subgroups"]

_MOST_DRAWN, _MOST_ROWS = 16, 100


def subgroups(material: Material) -> Section | None:
    """Show what the folder keeps under ``subgroups``: by a column's name, by its values, a measure each."""
    found: Mapping[str, Mapping[str, Any]] = material.evidence.get("subgroups") or {}
    blocks: list[Block] = []
    how: dict[str, None] = {}
    for column, groups in found.items():
        measures = {str(name): Measure(**data) for name, data in groups.items()}
        if not measures:
            continue
        order = sorted(
            measures.items(),
            key=lambda item: item[1].value,
            reverse=next(iter(measures.values())).better == "lower",
        )
        first = order[0][1]
        how[explained(first).split(", on ")[0] + ", on the examples of each group alone."] = None
        rows = [Whisker(name, m.value, m.low, m.high) for name, m in order[:_MOST_DRAWN]]
        said = f"The worst is {order[0][0]} with {shown(first)}, the best {order[-1][0]} with {shown(order[-1][1])}."
        cells = [
            [
                Cell(name),
                Cell(value_of(m.name, m.value), m.value),
                Cell(f"{value_of(m.name, m.low)} to {value_of(m.name, m.high)}"),
                Cell(f"{m.n:,}", m.n),
            ]
            for name, m in order
        ]
        table = Table(
            f"By {column}",
            (column, named(first.name), "95 % interval", "examples"),
            cells[:_MOST_ROWS],
            True,
            max(0, len(cells) - _MOST_ROWS),
        )
        blocks.append(
            Drawn(
                Whiskers(
                    f"By {column}, the worst first", said, rows, named(first.name), is_share(first.name)
                ),
                table,
            )
        )
    return Section("subgroups", "For whom it works", blocks, list(how)) if blocks else None
