"""Lines, bands and points over a common x: a training, a forecast, a calibration, a law.

Legend: n points of a line.
"""

from __future__ import annotations

import math
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
    logarithmic,
    mark,
    number,
    path,
    text,
    width_of,
    window,
)

__all__ = ["Band", "Curves", "Line"]

_LEFT, _TOP, _RIGHT = 10.0, 10.0, 12.0


@dataclass(frozen=True)
class Line:
    """One line of a chart.

    Parameters
    ----------
    name
        In the legend; empty for none.
    x, y
        The n points; where one is NaN the line is interrupted.
    colour, dash, shape
        Numbers of the page's colours, dashes and marks; no mark where ``shape`` is None.
    joined
        Whether the points are joined.
    low, high
        The ends of each point's interval, as a whisker; empty for none.
    tips
        What a pointer on each point shows; made of the numbers where there are none.
    """

    name: str
    x: Sequence[float]
    y: Sequence[float]
    colour: int = 0
    dash: int = 0
    shape: int | None = None
    joined: bool = True
    low: Sequence[float] = ()
    high: Sequence[float] = ()
    tips: Sequence[str] = ()


@dataclass(frozen=True)
class Band:
    """The room between two lines.

    Parameters
    ----------
    name
        In the legend; empty for none.
    x, low, high
        The n points.
    """

    name: str
    x: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]
    colour: int = 0


@dataclass(frozen=True)
class Curves:
    """A chart of lines.

    Parameters
    ----------
    title, says
        Its name; what it shows, for those who do not see it.
    lines, bands
        What is drawn, the first at the bottom.
    x_label, y_label
        What the axes are.
    x_names
        Values of x with the names to write there instead of numbers.
    x_log, y_log
        Which axes are logarithmic.
    frame
        The ends of y; what lies outside runs off the chart.
    x_shown
        How an x is written in a tip.
    percent
        Whether y is a share, to be written in per cent.
    height
        In CSS pixels.
    """

    title: str
    says: str
    lines: Sequence[Line]
    bands: Sequence[Band] = ()
    x_label: str = ""
    y_label: str = ""
    x_names: Sequence[tuple[float, str]] = ()
    x_log: bool = False
    y_log: bool = False
    frame: tuple[float, float] | None = None
    percent: bool = False
    height: float = 280.0

    @property
    def keys(self) -> Sequence[Key]:
        """The legend, where there is more than one thing to tell apart."""
        found = [Key(b.name, b.colour, band=k + 1) for k, b in enumerate(self.bands) if b.name]
        found += [Key(k.name, k.colour, k.dash if k.joined else -1, k.shape) for k in self.lines if k.name]
        return found if len(found) > 1 else ()

    def draw(self, width: float) -> Element:
        """Draw at a width in CSS pixels."""
        drawing = figure(width, self.height)
        bottom = self.height - 2 * FONT - (FONT + 4 if self.x_label else 0) + 4
        y = self._y(bottom)
        ticks = y.ticks(6)
        left = (
            _LEFT + max(width_of(self._shown(v)) for v in ticks or [0.0]) + (FONT + 4 if self.y_label else 0)
        )
        x = self._x(left, width - _RIGHT)
        self._axes(drawing, x, y, ticks)
        inner = drawing if self.frame is None else window(drawing, left - 4, _TOP, width, bottom + 4)
        for band in self.bands:
            there = [(x(v), y(value)) for v, value in zip(band.x, band.high, strict=True)]
            back = [(x(v), y(value)) for v, value in zip(band.x, band.low, strict=True)]
            path(inner, [*there, *reversed(back)], f"band f{band.colour}", closed=True)
        for line in self.lines:
            self._line(inner, line, x, y)
        return drawing

    def _y(self, bottom: float) -> Scale:
        values = [v for k in self.lines for v in (*k.y, *k.low, *k.high)]
        values += [v for b in self.bands for v in (*b.low, *b.high)]
        if self.frame is not None:
            return Scale(*self.frame, bottom, _TOP, log=self.y_log)
        return logarithmic(values, bottom, _TOP) if self.y_log else linear(values, bottom, _TOP)

    def _x(self, left: float, right: float) -> Scale:
        values = [v for k in self.lines for v in k.x] + [v for b in self.bands for v in b.x]
        return logarithmic(values, left, right) if self.x_log else linear(values, left, right, room=0.02)

    def _shown(self, value: float) -> str:
        return f"{number(round(100 * value, 10))} %" if self.percent else number(value)

    def _axes(self, drawing: Element, x: Scale, y: Scale, ticks: Sequence[float]) -> None:
        for value in ticks:
            drawing.append(element("line", "grid", x1=x.start, x2=x.end, y1=y(value), y2=y(value)))
            text(drawing, self._shown(value), x.start - 5, y(value) + 0.35 * FONT, anchor="end")
        drawing.append(element("line", "axis", x1=x.start, x2=x.end, y1=y.start, y2=y.start))
        names = self._x_names(x)
        for at, (value, name) in enumerate(names):
            drawing.append(element("line", "axis", x1=x(value), x2=x(value), y1=y.start, y2=y.start + 4))
            half = width_of(name) / 2
            anchor = "end" if x(value) + half > x.end + _RIGHT else "middle"
            anchor = "start" if not at and x(value) - half < 0 else anchor
            text(drawing, name, x(value), y.start + FONT + 6, anchor=anchor)
        if self.x_label:
            text(drawing, self.x_label, (x.start + x.end) / 2, self.height - 4, anchor="middle", kind="label")
        if self.y_label:
            label = fitting(self.y_label, y.start)
            text(drawing, label, FONT, (y.start + y.end) / 2, anchor="middle", kind="label", turn=True)

    def _x_names(self, x: Scale) -> list[tuple[float, str]]:
        """The names along x, so few that they stand apart."""
        room = x.end - x.start
        if not self.x_names:
            for most in (7, 5, 4, 3, 2):
                found = [(v, number(v)) for v in x.ticks(most)]
                if sum(width_of(name) + 14 for _, name in found) <= room:
                    break
            return found
        count = len(self.x_names)
        longest = max(width_of(fitting(name, room / 3)) for _, name in self.x_names) + 14
        most = max(1, int(room / longest))
        every = math.ceil(count / most)
        return [(v, fitting(name, room / 3)) for v, name in self.x_names[::every]]

    def _line(self, drawing: Element, line: Line, x: Scale, y: Scale) -> None:
        points = [(x(a), y(b)) for a, b in zip(line.x, line.y, strict=True)]
        inside = [self.frame is None or self.frame[0] <= b <= self.frame[1] for b in line.y]
        if line.joined:
            path(drawing, points, f"line s{line.colour} d{line.dash}")
        for (at, _), low, high in zip(points, line.low, line.high, strict=False):
            if math.isfinite(low) and math.isfinite(high):
                ends = (y(low), y(high))
                drawing.append(
                    element("line", f"whisker s{line.colour}", x1=at, x2=at, y1=ends[0], y2=ends[1])
                )
        for k, (at, up) in enumerate(points):
            if not (math.isfinite(at) and math.isfinite(up) and inside[k]):
                continue
            tip = line.tips[k] if line.tips else self._tip(line, k)
            if line.shape is not None:
                mark(drawing, at, up, line.colour, line.shape, tip)
            elif line.name:
                mark(drawing, at, up, line.colour, 0, tip)
                drawing[-1].set("class", f"quiet f{line.colour}")

    def _tip(self, line: Line, k: int) -> str:
        named = dict(self.x_names)
        at = named.get(line.x[k]) or f"{self.x_label} {number(line.x[k])}".strip()
        found = f"{line.name}: {self._shown(line.y[k])}" if line.name else self._shown(line.y[k])
        if k < len(line.low):
            found += f" [{self._shown(line.low[k])}, {self._shown(line.high[k])}]"
        return f"{found}; {at}"
