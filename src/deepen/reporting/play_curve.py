"""How a player learned: what an episode returned, or a share of games won, over steps or minutes.

Several runs that differ in their seed alone are one curve: their mean, with Student's 95 % interval, which tells what
another seed would bring. With fewer than three runs there is no band, but each run is drawn thin.

Legend: S seeds, n points.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from deepen.errors import DataError
from deepen.reporting.canvas import COLOURS, figure_of, plain, save, short
from deepen.reporting.charts.curves import Band, Curves, Line

__all__ = ["Learned", "averaged", "chart", "draw"]

_FEWEST = 3  # seeds from which an interval is drawn: of two Student's is 13 times as wide as their distance
_GRID = 120  # points of a mean over runs that were looked at at different times
_NAME = 40


@dataclass(frozen=True, eq=False)
class Learned:
    """One way of learning, and its runs.

    Parameters
    ----------
    name
        In the legend.
    x
        Of each of S runs its points in order: steps, or minutes.
    y
        Of each run what was measured there; NaN where nothing was.
    """

    name: str
    x: Sequence[Sequence[float]]
    y: Sequence[Sequence[float]]


@dataclass(frozen=True, eq=False)
class _Mean:
    """The mean of S runs on n points, and the ends of its interval; NaN where there is none."""

    x: np.ndarray
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    seeds: int


def averaged(learned: Learned) -> _Mean:
    """Bring runs to common points, where all of them were measured, and average them.

    Raises
    ------
    DataError
        If a run has no points, they are not in order, or no two runs overlap.

    Examples
    --------
    >>> both = averaged(Learned("net", [[0, 10], [0, 10]], [[0.0, 1.0], [0.5, 2.0]]))
    >>> both.mean.tolist(), both.seeds
    ([0.25, 1.5], 2)
    """
    runs = [_run(learned.name, x, y) for x, y in zip(learned.x, learned.y, strict=True)]
    if not runs:
        raise DataError("there are no runs", where=learned.name)
    first = runs[0][0]
    if all(len(x) == len(first) and np.array_equal(x, first) for x, _ in runs):
        grid = first
    else:
        start, end = max(x[0] for x, _ in runs), min(x[-1] for x, _ in runs)
        if start > end:
            raise DataError("the runs have no time in common", where=learned.name)
        grid = np.linspace(start, end, _GRID)
    values = np.stack([np.interp(grid, x, y) for x, y in runs])  # (S, n)
    mean = values.mean(axis=0)
    half = np.full_like(mean, np.nan)
    if len(runs) >= _FEWEST:
        from scipy.special import stdtrit

        half = stdtrit(len(runs) - 1, 0.975) * values.std(axis=0, ddof=1) / math.sqrt(len(runs))
    return _Mean(grid, mean, mean - half, mean + half, len(runs))


def chart(
    curves: Sequence[Learned],
    *,
    references: Mapping[str, float] | None = None,
    title: str = "",
    x_label: str = "steps",
    y_label: str = "return",
) -> Curves:
    """Make the chart of a page: means, bands, and the references as lines across.

    Examples
    --------
    >>> chart([Learned("net", [[0, 5]], [[1.0, 3.0]])], references={"random": 1.0}).says
    'return over steps: net 3 at the end; random 1'
    """
    means = _means(curves)
    known = dict(references or {})
    ends = (min(float(m.x[0]) for m in means), max(float(m.x[-1]) for m in means))
    lines = [
        Line(name, ends, (value, value), colour=len(means) + k, dash=1 + k % 3)
        for k, (name, value) in enumerate(known.items())
    ]
    lines += [
        Line(c.name, m.x.tolist(), m.mean.tolist(), colour=k)
        for k, (c, m) in enumerate(zip(curves, means, strict=True))
    ]
    bands = [
        Band("", m.x.tolist(), m.low.tolist(), m.high.tolist(), colour=k)
        for k, m in enumerate(means) if m.seeds >= _FEWEST
    ]  # fmt: skip
    return Curves(
        title, _said(curves, means, known, x_label, y_label), lines, bands, x_label=x_label, y_label=y_label
    )


def draw(
    curves: Sequence[Learned],
    path: Path,
    *,
    references: Mapping[str, float] | None = None,
    title: str = "",
    x_label: str = "steps",
    y_label: str = "return",
) -> str:
    """Draw the curves as a picture of its own.

    Parameters
    ----------
    curves
        What is compared.
    path
        The PNG (or SVG, PDF...) to write.
    references
        Values to draw as lines across, by name: ``random``, ``human``, ``published``.
    title, x_label, y_label
        Above, and beside the axes.

    Returns
    -------
    str
        What the picture shows, in words.

    Raises
    ------
    DataError
        If there is nothing to draw, or a run's points make no curve.
    """
    means = _means(curves)
    known = dict(references or {})
    figure = figure_of(8.2, 4.8)
    axes = figure.add_subplot()
    for at, (curve, mean) in enumerate(zip(curves, means, strict=True)):
        colour = COLOURS[at % len(COLOURS)]
        style = ("-", (0, (5, 1.5)), (0, (1.5, 1)))[at // len(COLOURS) % 3]
        if mean.seeds > 1:
            for x, y in zip(curve.x, curve.y, strict=True):
                axes.plot(x, y, color=colour, linewidth=0.7, alpha=0.35, zorder=2)
        if mean.seeds >= _FEWEST:
            axes.fill_between(mean.x, mean.low, mean.high, color=colour, alpha=0.18, linewidth=0, zorder=1)
        seeds = f" ({mean.seeds} seeds)" if mean.seeds > 1 else ""
        axes.plot(
            mean.x,
            mean.mean,
            color=colour,
            linewidth=2,
            linestyle=style,
            label=short(curve.name, _NAME) + seeds,
            zorder=3,
        )
    _across(axes, known)
    _scale(axes, means)
    axes.set_xlabel(x_label, fontsize=9)
    axes.set_ylabel(y_label, fontsize=9)
    banded = any(m.seeds >= _FEWEST for m in means)
    axes.set_title(title, loc="left", fontsize=11)
    axes.legend(
        fontsize=8, frameon=False, loc="best", title_fontsize=7, alignment="left",
        title="band: 95 % interval of the mean over seeds" if banded else None,
    )  # fmt: skip
    save(figure, path)
    return _said(curves, means, known, x_label, y_label)


def _means(curves: Sequence[Learned]) -> list[_Mean]:
    if not curves:
        raise DataError("there is no curve to draw")
    return [averaged(curve) for curve in curves]


def _run(name: str, x: Sequence[float], y: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    """The points of one run that were measured."""
    at, value = np.asarray(x, np.float64), np.asarray(y, np.float64)
    if at.ndim != 1 or at.shape != value.shape:
        raise DataError(
            "not a value for each point", where=name, allowed=f"{at.shape} of them", came=f"{value.shape}"
        )
    kept = np.isfinite(at) & np.isfinite(value)
    at, value = at[kept], value[kept]
    if not len(at):
        raise DataError("a run without a point", where=name)
    if (np.diff(at) < 0).any():
        raise DataError("a run whose points are not in order", where=name)
    return at, value


def _across(axes: Any, references: Mapping[str, float]) -> None:
    for name, value in references.items():
        axes.axhline(value, color="#555555", linewidth=1.0, linestyle=(0, (4, 3)), zorder=1)
        axes.annotate(
            f"{short(name, _NAME)} {value:,.4g}", (1.0, value), xycoords=("axes fraction", "data"), xytext=(-3, 2),
            textcoords="offset points", ha="right", va="bottom", fontsize=8, color="#333333", zorder=4,
        )  # fmt: skip


def _scale(axes: Any, means: Sequence[_Mean]) -> None:
    from matplotlib.ticker import FuncFormatter

    most = max(float(m.x[-1]) for m in means)
    unit, sign = (1e6, " M") if most >= 2e6 else (1e3, " k") if most >= 2e4 else (1.0, "")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x / unit:,.6g}{sign if x else ''}"))
    axes.grid(color="#E6E6E6", linewidth=0.7)
    axes.set_axisbelow(True)
    axes.margins(x=0.01)
    plain(axes)


def _said(
    curves: Sequence[Learned],
    means: Sequence[_Mean],
    references: Mapping[str, float],
    x_label: str,
    y_label: str,
) -> str:
    parts = []
    for curve, mean in zip(curves, means, strict=True):
        ends = f" [{mean.low[-1]:,.4g}, {mean.high[-1]:,.4g}]" if mean.seeds >= _FEWEST else ""
        parts.append(f"{curve.name} {mean.mean[-1]:,.4g}{ends} at the end")
    parts += [f"{name} {value:,.4g}" for name, value in references.items()]
    return f"{y_label} over {x_label}: {'; '.join(parts)}"
