"""The last forecasts of the test part: what was before, what was forecast, and what came."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

from deepen.answers import Fan
from deepen.reporting.blocks import Block, Cell, Drawn, Section, Table
from deepen.reporting.charts.canvas import number
from deepen.reporting.charts.curves import Band, Curves, Line
from deepen.reporting.material import Material

__all__ = ["forecasts"]

_MOST_FANS = 6
_BEFORE, _LEAST_BEFORE = (
    3,
    24,
)  # steps of the past that are drawn: for each step ahead, and at least (assumed)
_BESIDE = {"seasonal naive": (1, 2), "ridge": (3, 3), "smoothing": (2, 1), "naive": (5, 2), "drift": (4, 3)}
_MOST_BESIDE = 2


def forecasts(material: Material) -> Section | None:
    """A fan for each series and target, as far as the page has room."""
    fans = [fan for fan in material.fans if fan.came and fan.before]
    if not fans:
        return None
    blocks: list[Block] = [Drawn(_fan(fan), _table(fan)) for fan in fans[:_MOST_FANS]]
    how = [
        "Each forecast was made at the line between before and after, without a look at what came. The bands are "
        "intervals between quantiles of the net, widened on the validation part until they held what they promise."
    ]
    if len(fans) > _MOST_FANS:
        how.append(f"{len(fans) - _MOST_FANS:,} more forecasts are in the folder’s model.json.")
    return Section("forecasts", "The last forecasts", blocks, how)


def _fan(fan: Fan) -> Curves:
    fan = _near(fan)
    T, H = len(fan.before), len(fan.came)
    last, ahead = fan.before[-1], list(range(T - 1, T + H))
    levels = list(fan.levels)

    def line(level: float) -> list[float]:
        at = min(range(len(levels)), key=lambda k: abs(levels[k] - level))
        return [last, *(row[at] for row in fan.quantiles)]

    lows = [q for q in levels if q < 0.5]
    bands = [Band(f"{1 - 2 * q:.0%} interval", ahead, line(q), line(1 - q)) for q in lows]
    dates = [*fan.dates[T - 1 :]]
    lines = []
    for name, values in sorted(
        fan.beside.items(), key=lambda item: list(_BESIDE).index(item[0]) if item[0] in _BESIDE else 9
    )[:_MOST_BESIDE]:
        colour, dash = _BESIDE.get(name, (4, 1))
        lines.append(
            Line(name, ahead, [last, *values], colour, dash, tips=_tips(name, dates, [last, *values]))
        )
    median = line(0.5)
    came = [last, *fan.came]
    lines += [
        Line("", range(T), fan.before, colour=6, tips=_tips("was", fan.dates[:T], fan.before)),
        Line("median of the net", ahead, median, colour=0, tips=_tips("forecast", dates, median)),
        Line("what came", ahead, came, colour=6, shape=0, tips=_tips("came", dates, came)),
    ]
    held = (
        [
            a <= c <= b
            for c, a, b in zip(fan.came, line(lows[0])[1:], line(1 - lows[0])[1:], strict=True)
            if math.isfinite(c)
        ]
        if lows
        else []
    )
    said = (
        f"{sum(held)} of {len(held)} values that came lie in the widest interval."
        if held
        else "What was forecast."
    )
    drawn = (*(v for b in bands for v in (*b.low, *b.high)), *fan.before, *came, *median)
    known = [v for v in drawn if math.isfinite(v)] or [0.0]
    room = 0.06 * (max(known) - min(known)) or 1.0
    names = [(float(t), date) for t, date in enumerate(fan.dates)]
    return Curves(
        fan.title or "Forecast",
        said,
        lines,
        bands,
        x_names=names,
        frame=(min(known) - room, max(known) + room),
    )


def _near(fan: Fan) -> Fan:
    """The same with no more of the past than can be read beside the steps ahead."""
    cut = max(0, len(fan.before) - max(_LEAST_BEFORE, _BEFORE * len(fan.came)))
    return dataclasses.replace(fan, before=fan.before[cut:], dates=fan.dates[cut:])


def _tips(name: str, dates: Sequence[str], values: Sequence[float]) -> list[str]:
    return [f"{name}: {number(v)}; {date}" for date, v in zip(dates, values, strict=True)]


def _table(fan: Fan) -> Table:
    T = len(fan.before)
    columns = ("date", "came", *(f"{q:.0%}" for q in fan.levels), *fan.beside)
    rows = [
        [
            Cell(fan.dates[T + h], h), Cell(number(came), came),
            *(Cell(number(v), v) for v in (*fan.quantiles[h], *(values[h] for values in fan.beside.values()))),
        ]
        for h, came in enumerate(fan.came)
    ]  # fmt: skip
    return Table(
        f"{fan.title or 'Forecast'}: quantiles, and simple forecasts",
        columns,
        rows[:100],
        folded=True,
        left_out=max(0, len(rows) - 100),
    )
