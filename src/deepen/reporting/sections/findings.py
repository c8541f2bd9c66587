"""What is suspicious in the data: duplicates across parts, labels likely wrong, columns that tell too much."""

from __future__ import annotations

from deepen.reporting.blocks import Block, Cell, Section, Table
from deepen.reporting.material import Material

__all__ = ["findings"]

_MOST, _PLACES = 50, 4


def findings(material: Material) -> Section | None:
    """Show what ``deepen check`` found, the worst first."""
    found = material.checked.get("found") or ()
    if not found:
        return None
    order = sorted(found, key=lambda f: -float(f.get("severity") or 0))
    rows = []
    for one in order[:_MOST]:
        places = [str(place) for place in one.get("where") or ()]
        more = f"; and {len(places) - _PLACES:,} more" if len(places) > _PLACES else ""
        severity = float(one.get("severity") or 0)
        rows.append(
            [Cell(str(one.get("kind", ""))), Cell(str(one.get("text", ""))),
             Cell("; ".join(places[:_PLACES]) + more), Cell(f"{severity:.2f}", severity)]
        )  # fmt: skip
    caption = f"{len(found):,} findings, the worst first"
    blocks: list[Block] = [
        Table(caption, ("what", "in words", "where", "severity"), rows, left_out=max(0, len(found) - _MOST))
    ]
    return Section("findings", "What is suspicious in the data", blocks)
