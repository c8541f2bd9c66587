"""What more data would buy, as ``deepen study`` measured and forecast it."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from deepen.reporting.blocks import Block, Cell, Drawn, Points, Section, Table
from deepen.reporting.charts.curves import Curves, Line
from deepen.reporting.material import Material

__all__ = ["study"]

_MOST_CURVES = 7
_Z = 1.645  # of a 90 % interval


def study(material: Material) -> Section | None:
    """Draw the measured cells with their intervals, the forecasts dashed, and show the self-check."""
    found = material.study
    if not found:
        return None
    blocks: list[Block] = []
    if found.get("advice"):
        blocks.append(Points([str(text) for text in found["advice"]], "What it says"))
    curves = _curves(found.get("cells") or ())
    if curves:
        blocks.append(Drawn(_chart(curves, found.get("forecasts") or {}), _table(curves)))
    blocks += _forecasts(found.get("forecasts") or {})
    blocks += _checks(found.get("checks") or {})
    how = [
        "Each point is a training on a part of the data, scored on the same test part; whiskers are 90 % intervals of "
        "the test part’s chance. Dashed lines are forecasts of the law that foretold held-out cells best, with 90 % "
        "intervals by resampling."
    ]
    return Section("study", "What more data would buy", blocks, how) if blocks else None


def _curves(cells: Sequence[Mapping[str, Any]]) -> dict[str, list[tuple[float, float, float, float]]]:
    """By name, the points by rising rows: rows, error, and the ends of its interval."""
    found: dict[str, list[tuple[float, float, float, float]]] = {}
    for cell in cells:
        if cell.get("length", 1) != 1:
            continue
        name = f"{cell['learner']} {cell.get('size', '')}".strip()
        error = max(statistics.fmean(cell["errors"]), 0.5 / cell["test"])
        noise = cell.get("spread") or math.sqrt(error * max(1 - error, 0.0) / cell["test"])
        factor = math.exp(_Z * noise / error)
        found.setdefault(name, []).append((cell["rows"], error, error / factor, error * factor))
    order = sorted(
        found.items(), key=lambda item: (not item[0].startswith("net"), min(p[1] for p in item[1]))
    )
    return {name: sorted(points) for name, points in order}


def _chart(
    curves: Mapping[str, Sequence[tuple[float, float, float, float]]],
    ahead: Mapping[str, Sequence[Mapping[str, Any]]],
) -> Curves:
    lines = []
    for k, (name, points) in enumerate(list(curves.items())[:_MOST_CURVES]):
        rows, errors, lows, highs = zip(*points, strict=True)
        tips = [f"{name}: {e:.2%} [{a:.2%}, {b:.2%}]; {n:,} rows" for n, e, a, b in points]
        lines.append(Line(name, rows, errors, k, 0, k, low=lows, high=highs, tips=tips))
        later = [f for f in ahead.get(name) or () if f["rows"] > rows[-1]]
        if later:
            tips = [
                "",
                *(
                    f"{name}, forecast: {f['error']:.2%} [{f['low']:.2%}, {f['high']:.2%}]; {f['rows']:,.0f} rows"
                    for f in later
                ),
            ]
            lines.append(
                Line(
                    "",
                    (rows[-1], *(f["rows"] for f in later)),
                    (errors[-1], *(f["error"] for f in later)),
                    k,
                    1,
                    tips=tips,
                )
            )
    best = min(curves.items(), key=lambda item: item[1][-1][1])
    said = f"The lowest error, {best[1][-1][1]:.2%}, was measured of {best[0]} with {best[1][-1][0]:,} rows."
    return Curves(
        "Test error by amount of data", said, lines, x_label="training rows", y_label="error", x_log=True, y_log=True,
        percent=True, height=340,
    )  # fmt: skip


def _table(curves: Mapping[str, Sequence[tuple[float, float, float, float]]]) -> Table:
    rows = [
        [Cell(name), Cell(f"{n:,}", n), Cell(f"{e:.2%}", e), Cell(f"{a:.2%} to {b:.2%}")]
        for name, points in curves.items()
        for n, e, a, b in points
    ]
    return Table(
        "What was measured",
        ("learner", "rows", "error", "90 % interval"),
        rows[:150],
        folded=True,
        left_out=max(0, len(rows) - 150),
    )


def _forecasts(ahead: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[Block]:
    rows = [
        [
            Cell(name),
            Cell(f"{f['rows']:,.0f}", f["rows"]),
            Cell(f"{f['error']:.2%}", f["error"]),
            Cell(f"{f['low']:.2%} to {f['high']:.2%}"),
        ]
        for name, found in ahead.items()
        for f in found
    ]
    return (
        [Table("Forecasts", ("learner", "rows", "error", "90 % interval"), rows[:60], folded=True)]
        if rows
        else []
    )


def _checks(checks: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[Block]:
    rows = [
        [
            Cell(name), Cell(f"{c['fitted_to']:,.0f}", c["fitted_to"]),
            Cell(f"{c['forecast']['rows']:,.0f}", c["forecast"]["rows"]),
            Cell(f"{c['forecast']['error']:.2%}", c["forecast"]["error"]),
            Cell(f"{c['forecast']['low']:.2%} to {c['forecast']['high']:.2%}"), Cell(f"{c['came']:.2%}", c["came"]),
        ]
        for name, found in checks.items()
        for c in found
    ]  # fmt: skip
    if not rows:
        return []
    caption = "Its forecasts of cells that were held out of the fit, beside what came"
    return [
        Table(caption, ("learner", "fitted up to", "rows", "forecast", "90 % interval", "came"), rows[:60])
    ]
