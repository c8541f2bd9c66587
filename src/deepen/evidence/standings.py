"""A table of players, from all their matches: points, and ratings on Elo's scale with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from deepen.errors import DataError, SettingError, nearest
from deepen.evidence.elo import rate
from deepen.evidence.match import Match

__all__ = ["Standing", "linked", "standings", "table"]


@dataclass(frozen=True, kw_only=True)
class Standing:
    """One player.

    Parameters
    ----------
    name
        The player.
    rating, low, high
        Elo points, with the ends of the 95 % interval; infinite where nothing bounds them.
    games, points
        That it played, and that it made.
    """

    name: str
    rating: float
    low: float
    high: float
    games: int
    points: float


def standings(matches: Sequence[Match], *, anchor: str = "", at: float = 0.0) -> list[Standing]:
    """Rate all the players of some matches of one game, the strongest first.

    Each is given one drawn game besides those it played, so that one who won all has a rating; intervals are of the
    games alone (see :func:`deepen.evidence.elo.rate`).

    Parameters
    ----------
    anchor, at
        The player whose rating is given, and what it is; the first match's ``other`` if none is named.

    Raises
    ------
    DataError
        If there are no games that count, of several games, or of players that cannot be compared.
    """
    kinds = sorted({m.rules for m in matches})
    if len(kinds) > 1:
        raise DataError("matches of different games", where="standings", came=", ".join(kinds))
    names = list(dict.fromkeys(name for m in matches for name in (m.one, m.other)))
    if len(names) < 2 or not any(m.counted for m in matches):
        raise DataError("there are no games that count", where="standings")
    anchor = anchor or matches[0].other
    if anchor not in names:
        raise SettingError(f"{anchor!r} is not known", where="anchor", mend=nearest(anchor, names))
    wins, draws = np.zeros((2, len(names), len(names)))
    for m in matches:
        if m.one == m.other:
            raise DataError(f"{m.one} cannot be rated against itself", where="standings")
        i, j = names.index(m.one), names.index(m.other)
        won, drawn, lost = m.results
        wins[i, j] += won
        wins[j, i] += lost
        draws[i, j] += drawn
        draws[j, i] += drawn
    found = rate(wins, draws, anchor=names.index(anchor), at=at, prior=1.0)
    rows = [
        Standing(
            name=name, rating=float(found.values[k]), low=float(found.lows[k]), high=float(found.highs[k]),
            games=int(found.games[k]), points=float(found.points[k]),
        )
        for k, name in enumerate(names)
    ]  # fmt: skip
    return sorted(rows, key=lambda s: -s.rating)


def linked(matches: Sequence[Match], player: str) -> list[Match]:
    """Give those matches whose players met this one, or others who did: they alone can be compared with it.

    Examples
    --------
    >>> met = [Match(rules="go:9", one=a, other=b, games=()) for a, b in ("xy", "zy", "pq")]
    >>> [m.one for m in linked(met, "x")]
    ['x', 'z']
    """
    known, before = {player}, set[str]()
    while known != before:
        before = set(known)
        for m in matches:
            if {m.one, m.other} & known:
                known |= {m.one, m.other}
    return [m for m in matches if m.one in known]


def table(rows: Sequence[Standing]) -> str:
    """Write standings for a terminal.

    Examples
    --------
    >>> print(table([Standing(name="net", rating=191.0, low=69.0, high=float("inf"), games=40, points=30.5)]))
    player      Elo     from       to  games  points
    net        +191      +69     +inf     40    30.5
    """
    wide = max(6, *(len(s.name) for s in rows)) if rows else 6
    lines = [f"{'player':{wide}} {'Elo':>8} {'from':>8} {'to':>8}  games  points"]
    for s in rows:
        ends = " ".join(f"{v:>+8.0f}" for v in (s.rating, s.low, s.high))
        lines.append(f"{s.name:{wide}} {ends} {s.games:>6} {s.points:>7g}")
    return "\n".join(lines)
