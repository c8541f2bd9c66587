"""What all moments share: which differ, and what is covered together."""

from __future__ import annotations

import torch
from playing import board_player

from deepen.seeing.moments import unseen
from deepen.seeing.positions import play_games


def test_what_was_seen_before_is_told_across_batches():
    known: set[bytes] = set()
    x = torch.arange(6).view(3, 2)
    assert unseen(known, x[[0, 1, 0]]) == [0, 1]
    assert unseen(known, x[[1, 2, 0]]) == [1]
    assert unseen(known, x.to(torch.uint8)) == [0, 1, 2]  # of another type they are other bytes


def test_each_cell_of_a_grid_is_covered_once_in_all_its_planes():
    found = play_games(board_player(), 20, seed=0)
    parts = found.patches()
    assert parts.shape == (9, *found.seen.shape[1:])
    assert (parts.sum(0) == 1).all()
    assert (parts.flatten(1).sum(1) == found.shape.c).all()
    assert found.form == "grid"
