"""The mistakes that it was surest of: pictures, passages or rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deepen.reporting.blocks import Block, Section, Shot, Shots, Words
from deepen.reporting.material import Material

__all__ = ["mistakes"]

_MOST, _MOST_LETTERS, _MOST_COLUMNS = 40, 400, 12


def mistakes(material: Material) -> Section | None:
    """Show what the folder keeps under ``mistakes``: how many there are, and some of them, the surest first.

    Each is ``{"truth": , "answered": , "sure": }`` with a ``"picture"`` (a file's name), a ``"text"``, or a ``"row"``
    of values by column; and a ``"name"``, if it has one.
    """
    found = material.evidence.get("mistakes")
    if not found or not found.get("shown"):
        return None
    total, of = int(found.get("total", 0)), int(found.get("of", 0))
    share = f" ({total / of:.1%})" if of else ""
    items = [_shot(one, material.pictures) for one in found["shown"][:_MOST]]
    which = f" The {len(items)} that it was surest of are shown." if len(items) < total else ""
    blocks: list[Block] = [
        Words(f"{total:,} of {of:,} test examples were answered wrong{share}.{which}"),
        Shots(items, "mistakes", rank=1),
    ]
    how = [
        "The percentage is the probability that the model gave to its wrong answer; the surest come first."
    ]
    return Section("mistakes", "Its surest mistakes", blocks, how)


def _shot(one: Mapping[str, Any], pictures: Mapping[str, bytes]) -> Shot:
    truth, answered = str(one.get("truth", "")), str(one.get("answered", ""))
    sure = one.get("sure")
    said = f"{answered}, {sure:.0%}" if isinstance(sure, int | float) else answered
    caption = [f"is {truth}", f"said {said}", *([str(one["name"])] if one.get("name") else [])]
    words = str(one.get("text") or "")[:_MOST_LETTERS]
    row = one.get("row")
    if isinstance(row, Mapping):
        words = "; ".join(f"{name}: {value}" for name, value in list(row.items())[:_MOST_COLUMNS])
    says = f"An example of {truth}, answered as {answered}"
    return Shot(says, caption, pictures.get(str(one.get("picture", ""))), words)
