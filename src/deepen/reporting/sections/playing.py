"""How a player learned, and against whom it was tried."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from deepen.evidence.match import Match
from deepen.records import Moment
from deepen.reporting.blocks import Block, Cell, Drawn, Section, Table
from deepen.reporting.charts.canvas import number
from deepen.reporting.charts.curves import Curves, Line
from deepen.reporting.material import Material

__all__ = ["playing"]

_LINES = {
    "return": "whole episodes, the best action always",
    "training_return": "episodes of the training, with exploration",
    "against_chance": "points against chance, without search",
    "against_last": "points against itself as it was one look before",
}
"""The figures of looks that are drawn, by name: what they are of."""

_HOW = (
    "A return is the sum of an episode's rewards, as the environment gives them. Every copy of the environment plays a "
    "share of the episodes that is fixed beforehand, so that short ones are not too many."
)
_HOW_MATCHES = (
    "A draw is half a point. Colours alternate, and two games in a row begin with the same moves by chance. The "
    "interval of the points is Wilson's; that of the Elo difference is made of its ends."
)


def playing(material: Material) -> Section | None:
    """Draw the returns or points by time, and list the matches."""
    blocks: list[Block] = [*_curve(material), *_matches(material.model.get("matches") or ())]
    if not blocks:
        return None
    how = _HOW_MATCHES if material.form == "board player" else _HOW
    return Section("playing", "How it plays", blocks, [how])


def _curve(material: Material) -> list[Block]:
    moments = [m for m in material.history.moments if math.isfinite(m.seconds)]
    lines = [line for at, name in enumerate(_LINES) if (line := _line(moments, name, at)) is not None]
    if not lines:
        return []
    ends = [min(min(line.x) for line in lines), max(max(line.x) for line in lines)]
    if material.form == "player":
        for at, (name, measure) in enumerate(material.beside("return").items()):
            lines.append(Line(name, ends, [measure.value] * 2, colour=4 + at, dash=1 + at % 3))
    said = "; ".join(f"{line.name}: from {number(line.y[0])} to {number(line.y[-1])}" for line in lines)
    label = "return of an episode" if material.form == "player" else "share of the points"
    return [Drawn(Curves("How well it played, by time", f"{said}.", lines, x_label="seconds", y_label=label))]


def _line(moments: Sequence[Moment], name: str, at: int) -> Line | None:
    known = [m for m in moments if math.isfinite(m.valid.get(name, math.nan))]
    if len(known) < 2:
        return None
    y = [m.valid[name] for m in known]
    return Line(_LINES[name], [m.seconds for m in known], y, colour=at % 4, shape=at % 4)


def _matches(told: Sequence[Mapping[str, Any]]) -> list[Block]:
    found = [Match.from_dict(one) for one in told]
    if not found:
        return []
    rows = []
    for one in found:
        won, drawn, lost = one.results
        rows.append([
            Cell(one.other), Cell(f"{len(one.counted):,}", len(one.counted)),
            *(Cell(f"{n:,}", n) for n in (won, drawn, lost)),
            *_shown(one),
            Cell(f"{one.length:.0f}", one.length),
        ])  # fmt: skip
    columns = ("against", "games", "won", "drawn", "lost", "points", "Elo difference", "moves of a game")
    return [Table("Matches when it was trained", columns, rows)]


def _shown(match: Match) -> tuple[Cell, Cell]:
    """The points and the Elo difference, with their intervals; empty where no game counts."""
    score, elo = match.score, match.elo
    if not score.n:
        return Cell(""), Cell("")
    return (
        Cell(f"{score.value:.1%} [{score.low:.1%}, {score.high:.1%}]", score.value),
        Cell(f"{elo.value:+.0f} [{elo.low:+.0f}, {elo.high:+.0f}]", elo.value),
    )
