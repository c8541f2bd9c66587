"""What ``deepen match`` prints: a line for each match, as wide as the screen, and who stands where."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from deepen.cli.show import AS_IT_IS

if TYPE_CHECKING:
    from deepen.evidence.match import Match

__all__ = ["matches"]


def matches(console: Console, found: Sequence[Match], gathered: Sequence[Match] = ()) -> None:
    """Print a line for each match: points and Elo with their intervals; of several also who stands where.

    Parameters
    ----------
    gathered
        Matches of this and other commands, among which ``found`` is; their players are rated together.
    """
    from deepen.evidence import standings

    free = console.options.update(width=_ENDLESS)
    for left_out in _NARROWER:
        table = _match_table(found, left_out)
        if console.measure(table, options=free).maximum <= console.width:
            break
    console.print(table)
    counted = [one for one in gathered or found if one.counted and one.one != one.other]
    counted = standings.linked(counted, (found or counted)[0].one) if counted else []
    if len({name for one in counted for name in (one.one, one.other)}) > 2:
        of = f"{len(counted)} matches" if gathered else "them"
        console.print(f"\nall of {of}, {counted[0].other} at 0:", **AS_IT_IS)
        console.print(standings.table(standings.standings(counted)), **AS_IT_IS)
    for one in found:
        for note in one.notes:
            console.print(f"  {one.other}: {note}", **AS_IT_IS)


_ENDLESS = 10_000  # columns of a screen on which nothing is broken

_NARROWER: tuple[tuple[str, ...], ...] = ((), ("moves",), ("moves", "games"))
"""What a table of matches leaves out until it fits the screen: games are won, drawn or lost."""


def _match_table(found: Sequence[Match], left_out: Sequence[str]) -> Table:
    """A line for each match, without some columns."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    names = ("games", "won", "drawn", "lost", "points [95 %]", "Elo [95 %]", "moves")
    table.add_column("against", overflow="fold")
    for name in names:
        if name not in left_out:
            table.add_column(name, justify="right", no_wrap=True)
    for one in found:
        score, elo = one.score, one.elo
        told = ("", "") if not score.n else (
            f"{100 * score.value:.1f} % [{100 * score.low:.1f}, {100 * score.high:.1f}]",
            f"{elo.value:+.0f} [{elo.low:+.0f}, {elo.high:+.0f}]",
        )  # fmt: skip
        cells = (f"{score.n:,}", *(f"{n:,}" for n in one.results), *told, f"{one.length:.0f}")
        kept = [Text(cell) for name, cell in zip(names, cells, strict=True) if name not in left_out]
        table.add_row(Text(one.other), *kept)
    return table
