"""``deepen.think``: what a player's search looked at for one move."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from deepen.errors import SettingError
from deepen.reporting import tree_picture
from deepen.search.describing import describe
from deepen.verbs.match import board_player

__all__ = ["think"]


def think(
    model: Any,
    after: str | Sequence[str] = (),
    *,
    simulations: int | None = None,
    to: str | Path | None = None,
    device: str | None = None,
) -> dict[str, Any]:
    """Search for one move, and tell of the tree.

    Parameters
    ----------
    model
        What :func:`deepen.play` gave for a board game, or its folder.
    after
        The moves made so far, in the game's words: ``"D4 C3"``, or one word each.
    simulations
        Of the search; by default those that the player plays with.
    to
        A picture of the tree to write: ``.png``, ``.svg`` or ``.pdf``.
    device
        Where the net computes, where a folder is given.

    Returns
    -------
    dict
        As :func:`deepen.search.describe` gives it.

    Raises
    ------
    SettingError
        If it is no player of a board game, or a move is unknown, illegal, or made after the end.

    Examples
    --------
    >>> import deepen
    >>> player = deepen.play("tictactoe", steps=100, size="tiny", episodes=2, settings={"simulations": 4})
    >>> found = think(player, "B2 A1", simulations=8)
    >>> found["simulations"], found["move"] in {told["move"] for told in found["moves"]}
    (8, True)
    """
    player = board_player(model, device=device)
    rules = player.rules
    boards = rules.begin(1)
    words = after.replace(",", " ").split() if isinstance(after, str) else list(after)
    for at, word in enumerate(words):
        move = rules.move(word)
        if bool(boards.over[0]):
            raise SettingError("the game was over before", where=f"move {at + 1}", came=word)
        if not bool(rules.legal(boards)[0, move]):
            raise SettingError("is illegal there", where=f"move {at + 1}", came=word)
        boards = rules.play(boards, torch.tensor([move]))
    if bool(boards.over[0]):
        raise SettingError("the game is over", where="after", came=" ".join(words))
    if simulations is not None and simulations < 1:
        raise SettingError("at least one is needed", where="--simulations", came=str(simulations))
    found = describe(player.look_ahead(boards, simulations))
    if to is not None:
        tree_picture.draw(found, Path(to))
    return found
