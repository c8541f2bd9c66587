"""A picture of learning curves: error by amount of data, measured and forecast.

Legend: k measured points, n points of a law.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from deepen.errors import DataError
from deepen.reporting.canvas import COLOURS, figure_of, plain

__all__ = ["Line", "draw"]

# Strong colours for nets, weak ones for shallow learners; in grey, markers and dashes part them.
_NETS = tuple((COLOURS[k], marker) for k, marker in ((0, "o"), (1, "s"), (2, "D"), (5, "v"), (7, "P")))
_SHALLOW = (("#777777", "^"), (COLOURS[3], "X"), (COLOURS[4], "<"), ("#555555", ">"))


@dataclass(frozen=True)
class Line:
    """One curve to draw.

    Parameters
    ----------
    name
        In the legend.
    rows, errors, lows, highs
        The k measured points with their 90 % intervals.
    law_rows, law, law_low, law_high
        The law at n amounts of data, with its band; empty where there is none.
    measured
        The amount of data up to which the law was fitted; beyond it the law is dashed.
    deep
        Whether it is a net.
    banded
        Whether the forecast's band is drawn: of one or two curves, or nothing can be seen.
    """

    name: str
    rows: Sequence[float]
    errors: Sequence[float]
    lows: Sequence[float]
    highs: Sequence[float]
    law_rows: Sequence[float] = ()
    law: Sequence[float] = ()
    law_low: Sequence[float] = ()
    law_high: Sequence[float] = ()
    measured: float = math.inf
    deep: bool = True
    banded: bool = False


def draw(
    lines: Sequence[Line],
    path: Path | BinaryIO,
    *,
    title: str = "",
    measure: str = "error",
    target: float | None = None,
    form: str | None = None,
) -> None:
    """Draw the curves on logarithmic axes.

    Parameters
    ----------
    lines
        The nets first.
    path
        The PNG (or SVG, PDF...) to write, or an open file.
    title, measure
        Above, and beside the axis of errors.
    target
        An error to draw as a line across.
    form
        ``png`` or ``svg``, where no path's ending tells.

    Raises
    ------
    DataError
        If there is nothing to draw.
    """
    if not lines:
        raise DataError("there is no curve to draw")
    from matplotlib import rc_context

    # Without a salt of its own every SVG of the same curves would differ.
    with rc_context({"svg.hashsalt": "deepen", "svg.fonttype": "none"}):
        figure = figure_of(9.6, 6.0)
        axes = figure.add_subplot()
        axes.set_xscale("log")
        axes.set_yscale("log")
        nets, shallow = iter(_NETS * len(lines)), iter(_SHALLOW * len(lines))
        for line in lines:
            _line(axes, line, *next(nets if line.deep else shallow))
        _scales(axes, lines, measure, target)
        axes.set_title(title, loc="left", fontsize=12)
        figure.legend(
            loc="outside right upper", frameon=False, fontsize=9, alignment="left", title_fontsize=8,
            title="filled: nets, open: shallow\nbars and bands: 90 %\ndashes: forecast\n",
        )  # fmt: skip
        svg = form == "svg" or (isinstance(path, Path) and path.suffix == ".svg")
        figure.savefig(path, format=form, metadata={"Date": None} if svg else {})


def _line(axes: Any, line: Line, colour: str, marker: str) -> None:
    width, face = (2.0, colour) if line.deep else (1.2, "white")
    below, above = (np.abs(np.subtract(line.errors, ends)) for ends in (line.lows, line.highs))
    axes.errorbar(
        line.rows, line.errors, yerr=[below, above], fmt=marker, color=colour, markerfacecolor=face, markersize=6,
        elinewidth=1.1, capsize=2, label=line.name, zorder=3,
    )  # fmt: skip
    if not len(line.law_rows):
        axes.plot(line.rows, line.errors, color=colour, linewidth=0.8, linestyle=":", zorder=2)
        return
    rows, law = np.asarray(line.law_rows), np.asarray(line.law)
    known, ahead = rows <= line.measured * 1.0001, rows >= line.measured * 0.9999
    axes.plot(rows[known], law[known], color=colour, linewidth=width, zorder=2)
    axes.plot(rows[ahead], law[ahead], color=colour, linewidth=width, linestyle=(0, (4, 2)), zorder=2)
    if line.banded:
        axes.fill_between(
            rows[ahead], np.asarray(line.law_low)[ahead], np.asarray(line.law_high)[ahead], color=colour,
            alpha=0.16, linewidth=0, zorder=1,
        )  # fmt: skip


def _scales(axes: Any, lines: Sequence[Line], measure: str, target: float | None) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    rows = np.array([n for line in lines for n in (*line.rows, *line.law_rows)])
    errors = np.array([e for line in lines for e in line.errors])
    laws = np.array([e for line in lines for e in (*line.errors, *line.law)])
    most = max(max(line.rows) for line in lines)
    low, high = max(min(errors.min(), laws.min()), 1e-3 * errors.min()), errors.max()
    if target is not None:
        low, high = min(low, target), max(high, target)
        axes.axhline(target, color="#444444", linewidth=0.9, linestyle=(0, (1, 2)))
        axes.annotate(
            f"target {target:.3g}", (0.005, target), xycoords=("axes fraction", "data"), fontsize=8,
            va="bottom", color="#444444",
        )  # fmt: skip
    axes.set_xlim(rows.min() / 1.15, rows.max() * 1.05)
    axes.set_ylim(low / 1.25, min(1.05, high * 1.25))
    if rows.max() > 1.1 * most:
        axes.axvline(most, color="#BBBBBB", linewidth=0.9)
        axes.annotate(
            "measured  ", (most, 0.99), xycoords=("data", "axes fraction"), ha="right", va="top", fontsize=8,
            color="#666666",
        )  # fmt: skip
        axes.annotate(
            "  forecast", (most, 0.99), xycoords=("data", "axes fraction"), ha="left", va="top", fontsize=8,
            color="#666666",
        )  # fmt: skip
    axes.set_xlabel("training rows")
    axes.set_ylabel(measure)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.0f}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    percent = FuncFormatter(lambda y, _: f"{100 * y:.3g} %")
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.yaxis.set_major_formatter(percent)
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.grid(which="major", color="#E6E6E6", linewidth=0.7)
    axes.set_axisbelow(True)
    plain(axes)
