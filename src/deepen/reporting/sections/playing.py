"""How a player learned, and against whom it was tried."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from operator import itemgetter

from deepen.evidence.match import Match
from deepen.reporting.blocks import Block, Cell, Drawn, Section, Table
from deepen.reporting.glossary import opponent, shown
from deepen.reporting.material import Material
from deepen.reporting.play_curve import Learned, chart

__all__ = ["playing"]

_LINES = {
    "return": "playing its best",
    "training_return": "exploring in training",
    "against_chance": "against chance (no search)",
    "against_last": "against itself, one look before",
}
"""The figures of looks that are drawn, by name: what they are of."""

_HOW = (
    "A return is the sum of an episode’s rewards, as the environment gives them. Every copy of the environment plays a "
    "share of the episodes that is fixed beforehand, so that short ones are not too many. The net "
    "of the look with the best return is kept; its score is of other episodes, so a lucky look does not count."
)
_HOW_MATCHES = (
    "A draw is half a point. Colours alternate, and two games in a row begin with the same moves by chance. The "
    "interval of the points is Wilson’s; that of the Elo, by which it is stronger, is made of its ends. Moves are "
    "those of a game on average."
)


def playing(material: Material) -> Section | None:
    """Draw the returns or points as it learned, and list the matches."""
    matches = [Match.from_dict(one) for one in material.model.get("matches") or ()]
    blocks: list[Block] = [*_curve(material), *([_table(matches)] if matches else [])]
    if not blocks:
        return None
    how = [_HOW_MATCHES if material.form == "board player" else _HOW]
    how += [f"{m.other}: {called}." for m in matches if (called := opponent(m.other)) != m.other]
    return Section("playing", "How it plays", blocks, how)


def _curve(material: Material) -> list[Block]:
    on_board = material.form == "board player"
    counted = all("environment_steps" in m.valid for m in material.history.moments)
    # A training that went back to earlier weights has its looks in another order.
    looks = sorted(
        ((m.valid["environment_steps"] if counted else m.step, m.valid) for m in material.history.moments),
        key=itemgetter(0),
    )
    x = [at for at, _ in looks]
    curves = [
        Learned(what, [x], [y])
        for name, what in _LINES.items()
        if sum(map(math.isfinite, y := [figures.get(name, math.nan) for _, figures in looks])) > 1
    ]
    if not curves:
        return []
    drawn = chart(
        curves, references={name: m.value for name, m in material.beside("return").items()},
        title="How well it played as it learned",
        x_label="steps in the environment" if counted else "steps of learning",
        y_label="share of the points" if on_board else "return of an episode",
    )  # fmt: skip
    says = f"{drawn.says[:1].upper()}{drawn.says[1:]}."
    return [Drawn(dataclasses.replace(drawn, says=says, percent=on_board))]


def _table(matches: Sequence[Match]) -> Table:
    columns = ("against", "games", "won", "drawn", "lost", "points", "Elo", "moves")
    return Table("Matches after the training", columns, [_row(one) for one in matches])


def _row(match: Match) -> list[Cell]:
    score, elo, games = match.score, match.elo, len(match.counted)
    return [
        Cell(match.other),
        *(Cell(f"{n:,}", n) for n in (games, *match.results)),
        Cell(shown(score), score.value),
        Cell(f"{_signed(elo.value)} [{_signed(elo.low)}, {_signed(elo.high)}]", elo.value),
        Cell(f"{match.length:.0f}", match.length),
    ]


def _signed(elo: float) -> str:
    return "unknown" if math.isnan(elo) else f"{elo:+.0f}".replace("inf", "∞")
