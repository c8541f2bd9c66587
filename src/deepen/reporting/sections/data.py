"""What the data were: the parts, the target, the columns, and what was understood, mended and left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from deepen.reporting.blocks import Block, Cell, Drawn, Points, Section, Table, Words
from deepen.reporting.charts.bars import Bars, Histogram
from deepen.reporting.charts.canvas import number
from deepen.reporting.material import Material

__all__ = ["data"]

_MOST_BARS, _MOST_ROWS, _MOST_NOTES = 24, 100, 40
_PARTS = {"train": "training", "valid": "validation", "test": "test"}


def data(material: Material) -> Section | None:
    """Show as much as the folder kept."""
    blocks: list[Block] = []
    parts = material.counts.get("parts")
    if parts:
        parted = ", ".join(f"{count:,} {_PARTS.get(name, name)}" for name, count in parts.items())
        blocks.append(Words(f"Examples: {parted}."))
    warnings = [str(text) for text in material.schema.get("warnings") or ()]
    if warnings:
        blocks.append(Points(warnings, "What may spoil the result"))
    blocks += _classes(material.counts.get("classes") or ())
    blocks += _target(material.counts.get("target"), ", ".join(material.targets))
    blocks += _columns(material.schema.get("columns") or ())
    notes = material.notes
    if notes:
        more = (
            [f"and {len(notes) - _MOST_NOTES:,} more in the folder’s model.json"]
            if len(notes) > _MOST_NOTES
            else []
        )
        blocks.append(Points([*notes[:_MOST_NOTES], *more], material.wording.noted))
    if not blocks:
        return None
    said = material.wording
    return Section("data", said.data, blocks, [said.divided] if said.divided else [])


def _classes(classes: Sequence[Mapping[str, Any]]) -> list[Block]:
    if not classes:
        return []
    order = sorted(classes, key=lambda c: -int(c.get("train", 0)))
    whole = sum(int(c.get("train", 0)) for c in order) or 1
    cells = [
        [Cell(str(c["name"])), *(Cell(f"{c.get(part, 0):,}", c.get(part, 0)) for part in _PARTS)]
        for c in order
    ]
    table = Table(
        "Examples of each class", ("class", *_PARTS.values()), cells[:_MOST_ROWS], folded=True,
        left_out=max(0, len(cells) - _MOST_ROWS),
    )  # fmt: skip
    shown = order[:_MOST_BARS]
    tips = [
        f"{c['name']}: {c.get('train', 0):,} training examples, {c.get('train', 0) / whole:.1%}"
        for c in shown
    ]
    left = f" The {len(shown)} most frequent of {len(order):,} are drawn." if len(shown) < len(order) else ""
    said = (
        f"Training examples of {len(order):,} classes, from {order[0].get('train', 0):,} of {order[0]['name']} to "
        f"{order[-1].get('train', 0):,} of {order[-1]['name']}.{left}"
    )
    bars = Bars(
        "Training examples of each class", said, [(str(c["name"]), c.get("train", 0)) for c in shown], tips
    )
    return [Drawn(bars, table)]


def _target(target: Mapping[str, Any] | None, name: str) -> list[Block]:
    if not target:
        return []
    edges, counts = target["edges"], target["train"]
    most = max(range(len(counts)), key=lambda k: counts[k])
    said = (
        f"From {number(edges[0])} to {number(edges[-1])}; most often between {number(edges[most])} and "
        f"{number(edges[most + 1])}."
    )
    cells = [
        [
            Cell(f"{number(edges[k])} to {number(edges[k + 1])}", edges[k]),
            *(Cell(f"{target[p][k]:,}", target[p][k]) for p in _PARTS if p in target),
        ]
        for k in range(len(counts))
    ]
    table = Table(
        f"How often {name} lies where",
        ("from, to", *(v for p, v in _PARTS.items() if p in target)),
        cells,
        folded=True,
    )
    return [Drawn(Histogram(f"{name} in the training part", said, edges, counts, name), table)]


def _columns(columns: Sequence[Mapping[str, Any]]) -> list[Block]:
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for column in columns:
        part_of = str(column.get("part_of") or "")
        groups.setdefault((part_of, "" if part_of else str(column["name"])), []).append(column)
    rows = []
    for plans in groups.values():
        first = plans[0]
        name = first["name"] if len(plans) == 1 else f"{first['name']} ... {plans[-1]['name']}"
        rows.append(
            [Cell(str(v)) for v in (name, first.get("kind", ""), first.get("role", ""), first.get("why", ""))]
        )
    if not rows:
        return []
    left = max(0, len(rows) - _MOST_ROWS)
    folded = len(rows) > 8
    return [
        Table(
            "Columns, and what was made of them",
            ("column", "kind", "role", "why"),
            rows[:_MOST_ROWS],
            folded,
            left,
        )
    ]
