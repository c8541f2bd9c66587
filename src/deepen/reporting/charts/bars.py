"""Counts by name, as lying bars; and histograms of numbers, as standing ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from deepen.reporting.charts.canvas import (
    FONT,
    Element,
    Key,
    Scale,
    element,
    figure,
    fitting,
    linear,
    number,
    text,
    told,
    width_of,
)

__all__ = ["Bars", "Histogram"]

_ROW, _TOP, _RIGHT = 22.0, 6.0, 12.0


@dataclass(frozen=True)
class Bars:
    """A chart of counts by name.

    Parameters
    ----------
    title, says
        Its name; what it shows, for those who do not see it.
    rows
        Names with their counts, from the top down.
    tips
        What a pointer on each bar shows.
    """

    title: str
    says: str
    rows: Sequence[tuple[str, float]]
    tips: Sequence[str] = ()

    @property
    def keys(self) -> Sequence[Key]:
        """None: each bar has its name."""
        return ()

    def draw(self, width: float) -> Element:
        """Draw at a width in CSS pixels."""
        drawing = figure(width, _TOP + _ROW * len(self.rows) + 4)
        names = [fitting(name, width / 3) for name, _ in self.rows]
        left = max((width_of(name) for name in names), default=0.0) + 16
        counts = [number(count) for _, count in self.rows]
        right = width - _RIGHT - max((width_of(count) for count in counts), default=0.0)
        x = Scale(0.0, max([count for _, count in self.rows] + [1e-12]), left, right)
        for at, (name, (_, count)) in enumerate(zip(names, self.rows, strict=True)):
            y = _TOP + at * _ROW
            text(drawing, name, left - 8, y + 0.5 * _ROW + 0.35 * FONT, anchor="end")
            bar = element("rect", "bar f0", x=left, y=y + 3, width=max(1.0, x(count) - left), height=_ROW - 6)
            told(bar, self.tips[at] if self.tips else f"{self.rows[at][0]}: {counts[at]}")
            drawing.append(bar)
            text(drawing, counts[at], x(count) + 6, y + 0.5 * _ROW + 0.35 * FONT)
        return drawing


@dataclass(frozen=True)
class Histogram:
    """A chart of how many values lie in each step.

    Parameters
    ----------
    title, says
        Its name; what it shows, for those who do not see it.
    edges
        The ends of the steps, one more than ``counts``.
    counts
        In each step.
    label
        What the values are.
    """

    title: str
    says: str
    edges: Sequence[float]
    counts: Sequence[float]
    label: str = ""
    height: float = 200.0

    @property
    def keys(self) -> Sequence[Key]:
        """None: there is one thing alone."""
        return ()

    def draw(self, width: float) -> Element:
        """Draw at a width in CSS pixels."""
        drawing = figure(width, self.height)
        bottom = self.height - 2 * FONT - (FONT + 4 if self.label else 0) + 4
        y = linear(self.counts, bottom, 10.0, zero=True)
        ticks = y.ticks(5)
        left = 10 + max(width_of(number(v)) for v in ticks)
        x = Scale(self.edges[0], self.edges[-1], left, width - _RIGHT)
        for value in ticks:
            drawing.append(element("line", "grid", x1=x.start, x2=x.end, y1=y(value), y2=y(value)))
            text(drawing, number(value), left - 5, y(value) + 0.35 * FONT, anchor="end")
        for k, count in enumerate(self.counts):
            a, b = self.edges[k], self.edges[k + 1]
            bar = element(
                "rect",
                "bar f0",
                x=x(a) + 0.5,
                y=y(count),
                width=max(0.5, x(b) - x(a) - 1),
                height=bottom - y(count),
            )
            told(bar, f"{number(a)} to {number(b)}: {number(count)}")
            drawing.append(bar)
        drawing.append(element("line", "axis", x1=x.start, x2=x.end, y1=bottom, y2=bottom))
        for value in x.ticks(7 if width > 500 else 4):
            half = width_of(number(value)) / 2
            anchor = "end" if x(value) + half > width else "middle"
            text(drawing, number(value), x(value), bottom + FONT + 4, anchor=anchor)
        if self.label:
            text(
                drawing,
                fitting(self.label, x.end - x.start),
                (x.start + x.end) / 2,
                self.height - 4,
                anchor="middle",
                kind="label",
            )
        return drawing
