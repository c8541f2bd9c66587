"""The worst mistakes: pictures, spectrograms, series, passages or rows."""

from __future__ import annotations

import base64
import binascii
import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from deepen.evaluation import Mistake, Mistakes
from deepen.reporting.blocks import Block, Cell, Section, Shot, Shots, Table, Words
from deepen.reporting.charts.canvas import number
from deepen.reporting.material import Material

__all__ = ["mistakes"]

_MOST_COLUMNS = 12
_MOST_PASSAGES = 16  # of texts: forty are a page of twenty screens on a phone
_SIDES = {"image": 96, "audio": 240, "series": 240}  # pixels, of the longer side; time needs width


def mistakes(material: Material) -> Section | None:
    """Show those that the evaluation keeps: rows as a table, else a picture, line or passage each."""
    found = material.evaluation.mistakes if material.evaluation is not None else None
    if found is None or not found.worst:
        return None
    kinds = {exhibit.kind for mistake in found.worst for exhibit in mistake.shown}
    if "text" in kinds:
        found = dataclasses.replace(found, worst=found.worst[:_MOST_PASSAGES])
    blocks: list[Block] = [Words(_told(found))]
    if kinds <= {"row"}:
        blocks.append(_table(found.worst))
    else:
        side = max(_SIDES.get(kind, 0) for kind in kinds) or _SIDES["image"]
        blocks.append(Shots([_shot(one) for one in found.worst], "mistakes", side=side, rank=1))
    if found.worst[0].sure is None:
        return Section(
            "mistakes", "Its largest errors", blocks,
            ["The error is the answer minus the truth; the largest come first, of either sign."],
        )  # fmt: skip
    how = "The percentage is the probability that the model gave to its wrong answer; the surest come first."
    return Section("mistakes", "Its surest mistakes", blocks, [how])


def _told(found: Mistakes) -> str:
    if found.worst[0].sure is None:
        return f"The {len(found.worst):,} largest errors of {found.of:,} test examples."
    share = f" ({found.total / found.of:.1%})" if found.of else ""
    some = len(found.worst) < found.total
    which = f" The {len(found.worst):,} that it was surest of are shown." if some else ""
    return f"{found.total:,} of {found.of:,} test examples were answered wrong{share}.{which}"


def _end(one: Mistake) -> str:
    """How sure the answer was, or how far it is off."""
    if one.sure is not None:
        return f"{one.sure:.0%}"
    error = one.error or 0.0
    return f"{'+' if error > 0 else ''}{number(error)}"


def _shot(one: Mistake) -> Shot:
    by_kind = {exhibit.kind: exhibit.data for exhibit in reversed(one.shown)}
    drawn = by_kind.get("image") or by_kind.get("audio") or {}
    words = [str(by_kind["text"]["text"])] if "text" in by_kind else []
    if "row" in by_kind:
        values = list(by_kind["row"]["values"].items())[:_MOST_COLUMNS]
        words.append("; ".join(f"{name}: {value}" for name, value in values))
    said = (
        f"said {one.answered}, {_end(one)}" if one.sure is not None else f"said {one.answered} ({_end(one)})"
    )
    return Shot(
        f"An example of {one.truth}, answered as {one.answered}", (f"is {one.truth}", said, one.name), _bytes(drawn),
        " · ".join(words), by_kind.get("series", {}).get("channels", ()),
    )  # fmt: skip


def _bytes(data: Mapping[str, Any]) -> bytes | None:
    """What stands there as base64; what is damaged is told by the page as a picture that cannot be read."""
    if "png" not in data:
        return None
    try:
        return base64.b64decode(str(data["png"]))
    except binascii.Error:
        return b""


def _table(worst: Sequence[Mistake]) -> Table:
    rows = [dict(one.shown[0].data["values"]) if one.shown else {} for one in worst]
    names = list(dict.fromkeys(name for row in rows for name in row))
    shown = names[:_MOST_COLUMNS]
    more = (
        len(names)
        - len(shown)
        + max((int(one.shown[0].data["more"]) for one in worst if one.shown), default=0)
    )
    sure = worst[0].sure is not None
    cells = [
        [
            Cell(one.name), Cell(one.truth), Cell(one.answered), Cell(_end(one), one.sure if sure else one.error),
            *(Cell(str(row.get(name, ""))) for name in shown),
        ]
        for one, row in zip(worst, rows, strict=True)
    ]  # fmt: skip
    left = f"; {more:,} more {'columns are' if more > 1 else 'column is'} not shown" if more else ""
    caption = f"{'The surest mistakes' if sure else 'The largest errors'}, the worst first{left}"
    return Table(caption, ("example", "is", "said", "sure" if sure else "off by", *shown), cells)
