"""Games that experts played, as arrays; and divided by game.

Legend: N games, T moves of all of them, P places of the board.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from deepen.compute import seeds
from deepen.config import between
from deepen.errors import DataError
from deepen.games.go_records import GoRecord

__all__ = ["UNKNOWN", "ExpertGames", "divided"]

UNKNOWN = 2
"""The winner of a game of which nobody knows."""


@dataclass(frozen=True, kw_only=True)
class ExpertGames:
    """N games on boards of one size, their moves one behind the other.

    Parameters
    ----------
    size
        Of the board.
    names
        Of each, where it was read.
    setup
        (N, P) int8: the stones before the first move, 1 black, -1 white.
    starts
        (N + 1,) int64: where each game's moves begin, and where the last one's end.
    moves
        (T,) int16: places, P for a pass.
    colours
        (T,) int8: who made each, 1 black, -1 white.
    winner
        (N,) int8: 1, -1, 0 for a draw, or :data:`UNKNOWN`.
    """

    size: int
    names: tuple[str, ...]
    setup: NDArray[np.int8]
    starts: NDArray[np.int64]
    moves: NDArray[np.int16]
    colours: NDArray[np.int8]
    winner: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.winner)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """(N,) the moves of each."""
        return np.diff(self.starts)

    def chosen(self, rows: Sequence[int] | NDArray[np.integer]) -> ExpertGames:
        """Give some of them, in the order of ``rows``."""
        rows = np.asarray(rows, np.int64)
        lengths = self.lengths[rows]
        starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
        at = np.arange(starts[-1]) + np.repeat(self.starts[rows] - starts[:-1], lengths)
        return replace(
            self, names=tuple(self.names[row] for row in rows.tolist()), setup=self.setup[rows], starts=starts,
            moves=self.moves[at], colours=self.colours[at], winner=self.winner[rows],
        )  # fmt: skip

    @classmethod
    def of(cls, records: Sequence[GoRecord], names: Sequence[str]) -> ExpertGames:
        """Make arrays of records, all of one size."""
        size = records[0].size
        setup = np.zeros((len(records), size * size), np.int8)
        for row, record in zip(setup, records, strict=True):
            row[list(record.black)] = 1
            row[list(record.white)] = -1
        made = np.array([move for record in records for move in record.moves], np.int16).reshape(-1, 2)
        return cls(
            size=size, names=tuple(names), setup=setup,
            starts=np.cumsum([0, *(len(record.moves) for record in records)], dtype=np.int64),
            moves=made[:, 1].copy(), colours=made[:, 0].astype(np.int8),
            winner=np.array([UNKNOWN if r.winner is None else r.winner for r in records], np.int8),
        )  # fmt: skip


def divided(
    games: ExpertGames, *, valid_share: float = 0.05, test_share: float = 0.05, seed: int = 0
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Divide the games into rows to train on, to validate and to test; a game is in one part as a whole.

    Raises
    ------
    SettingError
        If a share is out of range.
    DataError
        If there are too few games for three parts.

    Examples
    --------
    >>> games = ExpertGames.of([GoRecord(size=5, moves=((1, at),)) for at in range(10)], [""] * 10)
    >>> [len(part) for part in divided(games, valid_share=0.1, test_share=0.2)]
    [7, 1, 2]
    """
    between("valid_share", valid_share, 0, 0.5, open_low=True)
    between("test_share", test_share, 0, 0.5, open_low=True)
    n = len(games)
    valid, test = max(1, round(valid_share * n)), max(1, round(test_share * n))
    if n - valid - test < 1:
        raise DataError("too few games to learn from and to test on", allowed="3 or more", came=str(n))
    order = seeds.numpy_generator(seed, "games").permutation(n)
    return np.sort(order[valid + test :]), np.sort(order[:valid]), np.sort(order[valid : valid + test])
