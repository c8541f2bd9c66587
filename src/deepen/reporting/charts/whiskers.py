"""Figures with their intervals, one beneath the other: a dot and a whisker for each."""

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
    linear,
    mark,
    number,
    text,
    width_of,
)

__all__ = ["Whisker", "Whiskers"]

_ROW, _TOP, _RIGHT = 28.0, 8.0, 24.0


@dataclass(frozen=True)
class Whisker:
    """A figure, its interval, and whose it is; the model's own is drawn stronger."""

    name: str
    value: float
    low: float
    high: float
    own: bool = False


@dataclass(frozen=True)
class Whiskers:
    """A chart of figures with intervals.

    Parameters
    ----------
    title, says
        Its name; what it shows, for those who do not see it.
    rows
        From the top down.
    label
        What the axis is.
    percent
        Whether the figures are shares, to be written in per cent.
    """

    title: str
    says: str
    rows: Sequence[Whisker]
    label: str = ""
    percent: bool = False

    @property
    def keys(self) -> Sequence[Key]:
        """None: each row has its name."""
        return ()

    def draw(self, width: float) -> Element:
        """Draw at a width in CSS pixels."""
        bottom = _TOP + _ROW * len(self.rows)
        drawing = figure(width, bottom + 2 * FONT + (FONT + 6 if self.label else 0))
        names = [fitting(row.name, width / 3) for row in self.rows]
        left = max((width_of(n, bold=r.own) for n, r in zip(names, self.rows, strict=True)), default=0.0) + 16
        ends = [v for row in self.rows for v in (row.value, row.low, row.high)]
        x = linear(ends, left, width - _RIGHT, room=0.06)
        for value in x.ticks(6 if width > 500 else 4):
            drawing.append(element("line", "grid", x1=x(value), x2=x(value), y1=_TOP, y2=bottom))
            text(drawing, self._shown(value), x(value), bottom + FONT + 4, anchor="middle")
        for at, (row, name) in enumerate(zip(self.rows, names, strict=True)):
            y, colour = _TOP + (at + 0.5) * _ROW, 0 if row.own else 5
            kind = "label" if row.own else ""
            text(drawing, name, left - 10, y + 0.35 * FONT, anchor="end", kind=kind)
            tip = f"{row.name}: {self._shown(row.value)} [{self._shown(row.low)}, {self._shown(row.high)}]"
            drawing.append(element("line", f"whisker s{colour}", x1=x(row.low), x2=x(row.high), y1=y, y2=y))
            for end in (row.low, row.high):
                drawing.append(
                    element("line", f"whisker s{colour}", x1=x(end), x2=x(end), y1=y - 4, y2=y + 4)
                )
            mark(drawing, x(row.value), y, colour, 0 if row.own else 1, tip)
        if self.label:
            text(
                drawing,
                self.label,
                (x.start + x.end) / 2,
                bottom + 2 * FONT + 12,
                anchor="middle",
                kind="label",
            )
        return drawing

    def _shown(self, value: float) -> str:
        return f"{number(round(100 * value, 2))} %" if self.percent else number(value)
