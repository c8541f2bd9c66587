"""A position of a board game as people know it: Go and gomoku on wood, Connect Four's discs, noughts and crosses.

Drawn three times too large and scaled down, so that edges are smooth; quick enough for every frame of a film.

Legend: H rows, W columns, A moves, s the pixels of a cell.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from deepen.config import between
from deepen.errors import DataError, SettingError, nearest
from deepen.reporting.board_styles import COLUMNS, INK, PAPER, Canvas, crosses, discs, wooden

__all__ = ["GAMES", "Position", "draw", "pixels"]

_FINER = 3
_HEAD = 0.05  # of the side: the line above the board
_MARGIN = 1.7  # cells for what stands on both sides of the board


@dataclass(frozen=True, eq=False, kw_only=True)
class Position:
    """What is to be drawn of a board, as plain data.

    Parameters
    ----------
    game
        ``go``, ``gomoku``, ``connect4`` or ``tictactoe``; what follows a colon does not matter (``go:9``).
    stones
        (H, W): 1 of the player who began, -1 of the other, 0 for an empty place; the first row is the top one.
    last
        The place of the last move, counted along the rows from the top left; None where none is marked.
    numbers
        (H, W) of whole numbers to write on stones, as of the moves in order; 0 for none. None for none at all.
    heat
        How much each move is thought of, such as visits or a policy: (A,) with A of H * W or one more, the pass; of
        Connect Four (W,). Scaled so that it sums to 1. None for none.
    title
        A line above the board; empty for none.
    """

    game: str
    stones: np.ndarray
    last: int | None = None
    numbers: np.ndarray | None = None
    heat: np.ndarray | None = None
    title: str = ""


def draw(position: Position, path: Path, *, side: int = 640) -> Path:
    """Write a position as a PNG; ``side`` is as for :func:`pixels`."""
    Image.fromarray(pixels(position, side=side)).save(path)
    return path


def pixels(position: Position, *, side: int = 640) -> np.ndarray:
    """Draw a position: (h, w, 3) uint8, the longer side of the board with its margin being ``side`` pixels.

    Raises
    ------
    SettingError
        If no such game is known.
    DataError
        If what is to be drawn does not fit the board.

    Examples
    --------
    >>> stones = np.zeros((3, 3), int)
    >>> stones[1, 1] = 1
    >>> pixels(Position(game="tictactoe", stones=stones, last=4), side=120).shape
    (120, 120, 3)
    """
    between("side", side, 32, 4096)
    kind = position.game.split(":")[0]
    if kind not in _DRAWN:
        raise SettingError(f"{kind!r} is no game that can be drawn", where="game", mend=nearest(kind, GAMES))
    stones, heat = _checked(position, kind)
    H, W = stones.shape
    s = max(1, round(side * _FINER / (max(H, W) + _MARGIN)))
    head = round(_HEAD * _FINER * side) if position.title else 0
    size = (round(s * (W + _MARGIN)), round(s * (H + _MARGIN)) + head)
    board = Canvas(
        Image.new("RGB", size, PAPER), s, round(_MARGIN / 2 * s), round(_MARGIN / 2 * s) + head, H, W
    )
    numbers = np.zeros_like(stones) if position.numbers is None else np.asarray(position.numbers)
    _DRAWN[kind](board, stones, -1 if position.last is None else position.last, numbers, heat)
    if position.title:
        board.write(position.title, size[0] / 2, 0.7 * head, 0.6 * head, INK)
    scale = side / (s * (max(H, W) + _MARGIN))
    small = board.image.resize((round(size[0] * scale), round(size[1] * scale)), Image.Resampling.BOX)
    return np.asarray(small)


def _checked(position: Position, kind: str) -> tuple[np.ndarray, np.ndarray | None]:
    stones = np.asarray(position.stones)
    if stones.ndim != 2 or not stones.size or not np.isin(stones, (-1, 0, 1)).all():
        raise DataError(
            "not a board", where="stones", allowed="(H, W) of 1, 0 and -1", came=f"{stones.shape}"
        )
    if max(stones.shape) > len(COLUMNS):
        raise DataError("too large a board", allowed=f"up to {len(COLUMNS)}", came=f"{stones.shape}")
    if position.last is not None and not 0 <= position.last < stones.size:
        raise DataError(
            "no place of the board", where="last", allowed=f"0 to {stones.size - 1}", came=str(position.last)
        )
    if position.numbers is not None and np.shape(position.numbers) != stones.shape:
        raise DataError(
            "of another shape than the stones", where="numbers", allowed=f"{stones.shape}",
            came=f"{np.shape(position.numbers)}",
        )  # fmt: skip
    if position.heat is None:
        return stones, None
    heat = np.asarray(position.heat, np.float64).ravel()
    allowed = {stones.shape[1]} if kind == "connect4" else {stones.size, stones.size + 1}
    if len(heat) not in allowed or not (np.isfinite(heat).all() and (heat >= 0).all()):
        raise DataError(
            "not a number of 0 or more for each move", where="heat",
            allowed=" or ".join(f"({n},)" for n in sorted(allowed)), came=f"{heat.shape}",
        )  # fmt: skip
    return stones, heat / max(float(heat.sum()), 1e-12)


_DRAWN: dict[str, Callable[[Canvas, np.ndarray, int, np.ndarray, np.ndarray | None], None]] = {
    "connect4": discs, "go": wooden, "gomoku": wooden, "tictactoe": crosses,
}  # fmt: skip
GAMES = tuple(_DRAWN)
