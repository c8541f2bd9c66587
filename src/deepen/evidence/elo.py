"""How strong players are, from who beat whom: Elo's scale by maximum likelihood, with 95 % intervals.

The model is Bradley and Terry's (1952, "Rank analysis of incomplete block designs"): of two players whose ratings
differ by d, the first is expected to score 1 / (1 + 10^(-d / 400)). A draw is half a point for each. That counts
draws as if they varied as much as wins and losses do, so intervals are a little too wide where many games are drawn,
and never too narrow. The ends of an interval are those of the profile likelihood: the ratings of one player that a
likelihood-ratio test would not reject, with all others fitted anew. One who never lost has no upper end.

Legend: N players, M of them free.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deepen.errors import DataError

__all__ = ["Ratings", "difference", "expected", "rate"]

Array = NDArray[np.float64]

SCALE = 400 / math.log(10)  # Elo points in a factor e of the odds (Elo 1978)
LEVEL = 0.95
_FARTHEST = 4000.0  # Elo points beyond which an end of an interval is called infinite: odds of 10^10 to 1
_RIDGE = 1e-9  # keeps players that never lost within reach while another one's rating is tried; moves no other digit
_STEPS = 100  # of Newton's method; measured: 4 to 8 are needed, 40 where a player never lost


@dataclass(frozen=True, eq=False)
class Ratings:
    """The ratings of N players on Elo's scale.

    Parameters
    ----------
    values, lows, highs
        (N,) each, with the ends of the 95 % intervals of the distance from the anchor; infinite where nothing
        bounds them.
    anchor
        Whose rating was given; its interval has no width.
    games, points
        (N,) how many games each played, and what it scored in them.
    """

    values: Array
    lows: Array
    highs: Array
    anchor: int
    games: Array
    points: Array


def expected(difference: ArrayLike) -> Array:
    """Say what share of the points one who is ``difference`` Elo points stronger will get.

    Examples
    --------
    >>> expected([0, 200, -200]).round(3).tolist()
    [0.5, 0.76, 0.24]
    """
    from scipy.special import expit

    share: Array = expit(np.asarray(difference, np.float64) / SCALE)
    return share


def difference(share: float) -> float:
    """Say how many Elo points stronger one is who gets this share of the points.

    Examples
    --------
    >>> round(difference(0.76)), difference(1.0)
    (200, inf)
    """
    if not 0 <= share <= 1:
        raise DataError("not a share of the points", allowed="0 to 1", came=f"{share:g}")
    if share in (0, 1):
        return math.inf if share else -math.inf
    return SCALE * math.log(share / (1 - share))


def rate(
    wins: ArrayLike, draws: ArrayLike | None = None, *, anchor: int = 0, at: float = 0.0, prior: float = 0.0
) -> Ratings:
    """Rate players by who beat whom.

    Parameters
    ----------
    wins
        (N, N): how many games the player of the row won against that of the column.
    draws
        (N, N), the same from both sides; none where it is not given.
    anchor, at
        The player whose rating is given, and what it is.
    prior
        Drawn games that are added for each player, shared out among those it met: 0 for plain maximum likelihood,
        which does not exist where a player won every game; with 1 it does. Intervals are of the games alone.

    Raises
    ------
    DataError
        If the table is none of games, or not everybody can be compared with the anchor.

    Examples
    --------
    >>> found = rate([[0, 24], [76, 0]])
    >>> print(f"{found.values[1]:.0f} [{found.lows[1]:.0f}, {found.highs[1]:.0f}]")
    200 [123, 284]
    """
    points, games = _table(wins, draws)
    n = len(points)
    if not 0 <= anchor < n:
        raise DataError("no such player", where="anchor", allowed=f"0 to {n - 1}", came=str(anchor))
    played = games.sum(axis=1)
    fair = prior * games / np.maximum(played, 1)[:, None]  # (N, N) drawn games that the row's player brings
    fitted = points + (fair + fair.T) / 2
    _comparable(games > 0, "these players never met the others, not even by way of third ones", anchor)
    _comparable(
        fitted > 0, "these players won all games against the others or lost them all, so no rating fits best", anchor,
        "Give prior=1, which adds a drawn game for each player.",
    )  # fmt: skip
    values = _fit(fitted, np.arange(n) == anchor, np.zeros(n))
    lows, highs = values.copy(), values.copy()
    alone = _fit(points, np.arange(n) == anchor, values)
    best = _loss(points, alone)
    for k in range(n):
        if k != anchor:
            lows[k], highs[k] = (_end(points, anchor, k, (values, alone), best, sign) for sign in (-1, 1))
    return Ratings(
        at + SCALE * values, at + SCALE * lows, at + SCALE * highs, anchor, played, points.sum(axis=1)
    )


def _table(wins: ArrayLike, draws: ArrayLike | None) -> tuple[Array, Array]:
    """Points (N, N) of the row's player against the column's, and games (N, N)."""
    won = np.asarray(wins, np.float64)
    drawn = np.zeros_like(won) if draws is None else np.asarray(draws, np.float64)
    if won.ndim != 2 or won.shape[0] != won.shape[1] or drawn.shape != won.shape or len(won) < 2:
        raise DataError(
            "not a table of players against players", allowed="(N, N) of two or more",
            came=f"wins {won.shape}, draws {drawn.shape}",
        )  # fmt: skip
    both = np.stack([won, drawn])
    if not (np.isfinite(both).all() and (both >= 0).all()):
        raise DataError("not a number of games", where="wins, draws", allowed="0 or more")
    if np.diagonal(won).any() or np.diagonal(drawn).any():
        raise DataError("a player cannot play against itself", where="wins, draws")
    if not np.array_equal(drawn, drawn.T):
        raise DataError("a draw is one from both sides", where="draws", allowed="a symmetric table")
    return won + drawn / 2, won + won.T + drawn


def _comparable(beats: NDArray[np.bool_], what: str, anchor: int, mend: str = "") -> None:
    """Refuse players from whom, or to whom, no chain of points leads (Ford 1957)."""
    from scipy.sparse.csgraph import connected_components

    _, part = connected_components(beats, directed=True, connection="strong")
    apart = np.flatnonzero(part != part[anchor])
    if apart.size:
        raise DataError(what, where="players " + ", ".join(str(k) for k in apart[:12]), mend=mend)


def _loss(points: Array, r: Array) -> float:
    """Minus the log-likelihood of ratings r (N,) in natural units."""
    return float((points * np.logaddexp(0, r[None, :] - r[:, None])).sum())


def _fit(points: Array, held: NDArray[np.bool_], r: Array) -> Array:
    """Fit ratings (N,) by Newton's method, those that are ``held`` staying as they are."""
    from scipy.special import expit

    free = np.flatnonzero(~held)
    r = r.copy()
    if not free.size:
        return r
    games = points + points.T

    def loss(r: Array) -> float:
        return _loss(points, r) + _RIDGE * float(r @ r)

    now = loss(r)
    for _ in range(_STEPS):
        share = expit(r[:, None] - r[None, :])  # (N, N) what the row's player is expected to get
        slope = (games * share - points).sum(axis=1) + 2 * _RIDGE * r  # (N,)
        weight = games * share * (1 - share)
        curve = np.diag(weight.sum(axis=1) + 2 * _RIDGE) - weight  # (N, N)
        step = np.zeros_like(r)
        step[free] = np.linalg.solve(curve[np.ix_(free, free)], slope[free])
        step *= min(1.0, 5.0 / max(float(np.abs(step).max()), 1e-300))
        while (after := loss(r - step)) > now and np.abs(step).max() > 1e-12:
            step /= 2
        if after >= now:
            break
        r, now = r - step, after
    return r


def _end(points: Array, anchor: int, k: int, starts: tuple[Array, Array], best: float, sign: int) -> float:
    """Find where the profile likelihood of player k has fallen by half the quantile of chi-squared."""
    from scipy.optimize import brentq

    fall = NormalDist().inv_cdf((1 + LEVEL) / 2) ** 2 / 2
    rows = np.arange(len(points))
    held = np.isin(rows, (anchor, k))

    def excess(value: float) -> float:
        return _loss(points, _fit(points, held, np.where(rows == k, value, starts[0]))) - best - fall

    # A strong prior may move a rating out of the interval of the games alone.
    begun = near = next(float(r[k]) for r in starts if excess(float(r[k])) <= 0)
    width = 0.25
    while (
        abs(near - begun) * SCALE < _FARTHEST
    ):  # steps double until the end is behind, and then it is closed in on
        far = near + sign * width
        if excess(far) > 0:
            return float(brentq(excess, *sorted((near, far)), xtol=1e-6))
        near, width = far, 2 * width
    return sign * math.inf
