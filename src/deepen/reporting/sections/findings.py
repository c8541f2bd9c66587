"""What is suspicious in the data: duplicates across parts, labels likely wrong, columns that tell too much."""

from __future__ import annotations

from deepen.reporting.blocks import Block, Cell, Section, Table
from deepen.reporting.material import Material

__all__ = ["findings"]

_MOST = 50


def findings(material: Material) -> Section | None:
    """Show what the folder keeps under ``findings``, the worst first.

    Each is ``{"what": , "where": , "severity": a number, "detail": }``; what is not known may be left out.
    """
    found = material.evidence.get("findings") or ()
    if not found:
        return None
    order = sorted(found, key=lambda f: -float(f.get("severity") or 0))
    rows = [
        [
            Cell(str(f.get("what", ""))), Cell(str(f.get("where", ""))), Cell(str(f.get("detail", ""))),
            Cell(f"{f['severity']:.3g}", float(f["severity"])) if f.get("severity") is not None else Cell("–"),
        ]
        for f in order[:_MOST]
    ]  # fmt: skip
    caption = f"{len(found):,} findings, the worst first"
    blocks: list[Block] = [
        Table(caption, ("what", "where", "detail", "severity"), rows, left_out=max(0, len(found) - _MOST))
    ]
    return Section("findings", "What is suspicious in the data", blocks)
