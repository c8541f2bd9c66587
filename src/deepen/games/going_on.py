"""Games of Go that are over and go on all the same: two passes do not bind people, who may find a stone still disputed.

Legend: B boards, n side, N = n n places, T positions of a game.
"""

from __future__ import annotations

import dataclasses

import torch

from deepen.games.go import Go, GoBoards

__all__ = ["going_on"]


def going_on(rules: Go, boards: GoBoards) -> GoBoards:
    """Give the same positions with the game not over, neither pass counted, and room for N more moves.

    Where so many moves were made that there is no such room before the longest game's end, the earliest positions are
    forgotten: a move that brings back one of them is legal then. It is the turn of the other than who moved last.

    Examples
    --------
    >>> rules = Go(5)
    >>> boards = rules.begin(1)
    >>> for word in ("C3", "pass", "pass"):
    ...     boards = rules.play(boards, torch.tensor([rules.move(word)]))
    >>> boards = going_on(rules, boards)
    >>> boards.over.tolist(), boards.turn.tolist(), int(rules.legal(boards).sum())
    ([False], [-1], 25)
    """
    forgotten = (boards.moves - rules.places).clamp(min=0)  # (B,)
    back = forgotten[:, None].long()
    place = torch.arange(boards.history.shape[1], device=back.device) + back  # (B, T)
    last = boards.history.shape[1] - 1
    history = boards.history.gather(1, place.clamp(max=last)).masked_fill(place > last, 0)
    back = back.to(boards.taken.dtype)
    # What was done before the first position that is known is as good as never done.
    return dataclasses.replace(
        boards,
        over=torch.zeros_like(boards.over),
        winner=torch.zeros_like(boards.winner),
        turn=torch.where(boards.over, -boards.turn, boards.turn),
        last=torch.full_like(boards.last, -1),
        moves=boards.moves - forgotten,
        history=history,
        taken=(boards.taken - back[:, :, None, None]).clamp(min=0),
        fresh=(boards.fresh - back[:, :, None]).clamp(min=0),
    )
