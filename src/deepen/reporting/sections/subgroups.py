"""The score within parts of the test examples."""

from __future__ import annotations

from deepen.evaluation import Subgroup, Subgroups
from deepen.reporting.blocks import Block, Cell, Drawn, Section, Table
from deepen.reporting.charts.whiskers import Whisker, Whiskers
from deepen.reporting.glossary import explained, is_share, named, shown, value_of
from deepen.reporting.material import Material

__all__ = ["subgroups"]

_MOST_DRAWN, _MOST_ROWS = 16, 100


def subgroups(material: Material) -> Section | None:
    """Draw the groups of each column that the model was scored by, the worst first."""
    found = material.evaluation.subgroups if material.evaluation is not None else ()
    blocks: list[Block] = []
    how: dict[str, None] = {}
    for one in found:
        if not one.groups:
            continue
        blocks.append(_drawn(one))
        how[explained(one.whole).split(", on ")[0] + ", on the examples of each group alone."] = None
        how |= dict.fromkeys(f"{note}." for note in one.notes)
        how[f"Whether a group differs: {one.test}."] = None
    return Section("subgroups", "For whom it works", blocks, list(how)) if blocks else None


def _drawn(one: Subgroups) -> Drawn:
    measures = [group.measures[one.measure] for group in one.groups]
    rows = [
        Whisker(group.name, m.value, m.low, m.high)
        for group, m in zip(one.groups[:_MOST_DRAWN], measures, strict=False)
    ]
    worse = [group.name for group in one.groups if group.verdict == "worse"]
    told = (
        f"Worse than the others beyond chance: {', '.join(worse[:5])}{' and more' if len(worse) > 5 else ''}."
        if worse
        else "None is worse than the others beyond chance."
    )
    said = (
        f"The worst is {one.groups[0].name} with {shown(measures[0])}, the best {one.groups[-1].name} with "
        f"{shown(measures[-1])}. {told}"
    )
    name = one.measure
    chart = Whiskers(f"By {one.column}, the worst first", said, rows, named(name), is_share(name))
    head = (one.column, named(name), "95 % interval", "examples", "p", "than the others")
    cells = [
        [
            Cell(group.name), Cell(value_of(name, m.value), m.value),
            Cell(f"{value_of(name, m.low)} to {value_of(name, m.high)}"), Cell(f"{group.n:,}", group.n),
            Cell(f"{group.p:.2g}", group.p), Cell(_verdict(group)),
        ]
        for group, m in zip(one.groups, measures, strict=True)
    ]  # fmt: skip
    return Drawn(
        chart, Table(f"By {one.column}", head, cells[:_MOST_ROWS], True, max(0, len(cells) - _MOST_ROWS))
    )


def _verdict(group: Subgroup) -> str:
    return group.verdict or "no different"
