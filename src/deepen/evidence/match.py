"""What is kept of a match: every game with its moves, and the figures that follow from them.

Legend: n games that count.
"""

from __future__ import annotations

import dataclasses
import statistics
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from deepen.errors import DataError
from deepen.evidence.elo import difference
from deepen.evidence.intervals import wilson
from deepen.records import Measure

__all__ = ["Game", "Match"]


@dataclass(frozen=True, kw_only=True)
class Game:
    """One game of a match between ``one`` and ``other``.

    Parameters
    ----------
    number
        Its place in the match; ``one`` begins where it is even.
    moves
        All of them, the opening's too.
    points
        Of ``one``: 1, 0.5 or 0; None where the game does not count.
    ending
        ``rules``, ``resigned``, ``illegal move`` or ``fault``.
    why
        Who resigned, what was illegal, or what failed; empty where the game ended by its rules.
    margin
        Points by which the player who began is ahead; None where the game does not count points, or was not counted.
    said
        The result as the other program calls it, such as ``B+3.5``; empty where there is none.
    dead
        Places of stones that were taken away before counting, since their own side called them dead.
    """

    number: int
    moves: tuple[int, ...]
    points: float | None
    ending: str
    why: str = ""
    margin: float | None = None
    said: str = ""
    dead: tuple[int, ...] = ()

    @property
    def disputed(self) -> bool:
        """Whether the other program calls another winner."""
        if self.margin is None or not self.said:
            return False
        ours = "B" if self.margin > 0 else "W" if self.margin < 0 else "0"
        return self.said[0].upper() in "BW0" and self.said[0].upper() != ours


@dataclass(frozen=True, kw_only=True)
class Match:
    """A match: its games, and what they say.

    Parameters
    ----------
    rules
        The game's name.
    one, other
        The players' names.
    games
        In the order of their numbers.
    seed, opening
        From which the openings follow, and how many moves they have.
    stopped
        Why there are fewer games than were asked for; empty where there are not.
    seconds
        That it took.

    Examples
    --------
    >>> won = [Game(number=n, moves=(n, 1, 2), points=float(n % 4 > 0), ending="rules") for n in range(40)]
    >>> print(Match(rules="tictactoe", one="net", other="random", games=tuple(won)))
    net against random at tictactoe: 30 won, 0 drawn, 10 lost; score 0.750 [0.598, 0.858]; Elo +191 [+69, +313]
    """

    rules: str
    one: str
    other: str
    games: tuple[Game, ...]
    seed: int = 0
    opening: int = 0
    stopped: str = ""
    seconds: float = 0.0

    @property
    def counted(self) -> tuple[Game, ...]:
        """The games that count."""
        return tuple(g for g in self.games if g.points is not None)

    @property
    def results(self) -> tuple[int, int, int]:
        """How many games ``one`` won, drew and lost."""
        points = [g.points for g in self.counted]
        return points.count(1.0), points.count(0.5), points.count(0.0)

    @property
    def score(self) -> Measure:
        """The share of the points that ``one`` made, draws being half a point; with Wilson's interval."""
        return _score([g.points or 0.0 for g in self.counted])

    @property
    def beginning(self) -> Measure:
        """The same of the games that ``one`` began."""
        return _score([g.points or 0.0 for g in self.counted if g.number % 2 == 0])

    @property
    def replying(self) -> Measure:
        """The same of the games that ``other`` began."""
        return _score([g.points or 0.0 for g in self.counted if g.number % 2])

    @property
    def elo(self) -> Measure:
        """By how many Elo points ``one`` is stronger; the interval is that of the score. Infinite if it won all."""
        score = self.score
        if not score.n:
            return Measure("elo", float("nan"), -float("inf"), float("inf"), "wilson", 0)
        value, low, high = (difference(share) for share in (score.value, score.low, score.high))
        return Measure("elo", value, low, high, "wilson", score.n)

    @property
    def length(self) -> float:
        """Moves of a game on average."""
        return statistics.fmean(len(g.moves) for g in self.games) if self.games else 0.0

    @property
    def different(self) -> int:
        """How many of the games differ in their moves."""
        return len({g.moves for g in self.games})

    @property
    def notes(self) -> tuple[str, ...]:
        """What one should know of it."""
        counts = {
            kind: sum(g.ending == kind for g in self.games) for kind in ("fault", "illegal move", "resigned")
        }
        said = {
            "fault": "do not count, since a program failed", "illegal move": "were lost by an illegal move",
            "resigned": "were resigned",
        }  # fmt: skip
        found = [f"{count} games {said[kind]}" for kind, count in counts.items() if count]
        if counts["fault"]:
            (why, _), *others = Counter(g.why for g in self.games if g.ending == "fault").most_common()
            found[0] += f": {why}" + (", and others" if others else "")
        disputed = sum(g.disputed for g in self.games)
        if disputed:
            found.append(f"{disputed} games of which the other program names another winner")
        if len(self.games) > 2 and self.different < len(self.games) / 2:
            found.append(
                f"only {self.different} of {len(self.games)} games differ: more moves by chance help"
            )
        if self.stopped:
            found.append(f"stopped: {self.stopped}")
        return tuple(found)

    def __str__(self) -> str:
        won, drawn, lost = self.results
        score, elo = self.score, self.elo
        parts = [
            f"{self.one} against {self.other} at {self.rules}: {won} won, {drawn} drawn, {lost} lost",
            f"score {score.value:.3f} [{score.low:.3f}, {score.high:.3f}]",
            f"Elo {elo.value:+.0f} [{elo.low:+.0f}, {elo.high:+.0f}]",
            *self.notes,
        ]  # fmt: skip
        return "; ".join(parts)

    def to_dict(self) -> dict[str, Any]:
        """Write as plain data."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Match:
        """Read back what :meth:`to_dict` wrote."""
        try:
            games = tuple(
                Game(**{**g, "moves": tuple(g["moves"]), "dead": tuple(g["dead"])}) for g in data["games"]
            )
            return cls(**{**data, "games": games})
        except (KeyError, TypeError) as error:
            raise DataError(f"not a match: {error}") from error


def _score(points: list[float]) -> Measure:
    n = len(points)
    low, high = wilson(sum(points), n)
    return Measure("points", sum(points) / n if n else float("nan"), low, high, "wilson", n)
