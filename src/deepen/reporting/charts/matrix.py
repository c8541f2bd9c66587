"""Counts in rows and columns, as cells whose depth of colour is the share of their row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from deepen.reporting.charts.canvas import (
    FONT,
    Element,
    Key,
    element,
    figure,
    fitting,
    number,
    text,
    told,
    width_of,
)

__all__ = ["Matrix"]

_MOST_CELL, _LEAST_NUMBER = 48.0, 20.0  # pixels: of a cell, and below which no number is written in it
_DEEPEST = 0.75  # opacity of a full cell, on which the page's ink can still be read


@dataclass(frozen=True)
class Matrix:
    """A chart of counts: rows are true, columns answered.

    Parameters
    ----------
    title, says
        Its name; what it shows, for those who do not see it.
    labels
        Of rows and columns, in their order.
    counts
        Rows of counts.
    totals
        What each row's shares are of; the row's own sum where there are none.
    row_label, column_label
        What rows and columns are.
    """

    title: str
    says: str
    labels: Sequence[str]
    counts: Sequence[Sequence[int]]
    totals: Sequence[int] = ()
    row_label: str = "true"
    column_label: str = "answered"

    @property
    def keys(self) -> Sequence[Key]:
        """None: rows and columns have their names."""
        return ()

    def draw(self, width: float) -> Element:
        """Draw at a width in CSS pixels."""
        count = max(1, len(self.labels))
        names = [fitting(name, width / 5) for name in self.labels]
        longest = max((width_of(name) for name in names), default=0.0)
        left = longest + 12 + FONT + 4
        cell = min(_MOST_CELL, (width - left - 4) / count)
        named = cell >= 0.9 * FONT
        upright = any(width_of(name) > cell - 4 for name in names)
        top = FONT + 6 + ((longest if upright else FONT) + 8 if named else 0)
        drawing = figure(width, top + cell * count + 6)
        middle = left + cell * count / 2
        text(drawing, self.column_label, middle, FONT, anchor="middle", kind="label")
        text(drawing, self.row_label, FONT, top + cell * count / 2, anchor="middle", kind="label", turn=True)
        for k, name in enumerate(names if named else []):
            at = (k + 0.5) * cell
            text(drawing, name, left - 6, top + at + 0.35 * FONT, anchor="end")
            if upright:
                text(drawing, name, left + at + 0.35 * FONT, top - 6, turn=True)
            else:
                text(drawing, name, left + at, top - 6, anchor="middle")
        drawing.append(element("rect", "frame", x=left, y=top, width=cell * count, height=cell * count))
        for i, row in enumerate(self.counts):
            whole = (self.totals[i] if self.totals else sum(row)) or 1
            for j, found in enumerate(row):
                if found:
                    self._cell(drawing, i, j, found, found / whole, left + j * cell, top + i * cell, cell)
        return drawing

    def _cell(
        self, drawing: Element, i: int, j: int, found: int, share: float, x: float, y: float, cell: float
    ) -> None:
        kind = "cell f6" if i == j else "cell f1"
        gap = 1.0 if cell > 8 else 0.0
        opacity = f"{_DEEPEST * (0.12 + 0.88 * min(1.0, share)):.2f}"
        box = element("rect", kind, x=x, y=y, width=cell - gap, height=cell - gap, fill_opacity=opacity)
        told(box, f"{found:,} of {self.labels[i]} answered as {self.labels[j]} ({share:.1%})")
        drawing.append(box)
        if cell >= _LEAST_NUMBER and width_of(number(found)) <= cell - 2:
            text(
                drawing,
                number(found),
                x + (cell - gap) / 2,
                y + cell / 2 + 0.35 * FONT,
                anchor="middle",
                kind="count",
            )
