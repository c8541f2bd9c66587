from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from deepen.games import Connect4
from deepen.games.connect4_bits import count, from_boards, playable, sound, threats


def test_playable_places_and_wins_are_those_of_the_rules(wander: Callable[..., Any]) -> None:
    rules = Connect4()
    wins = 0
    for steps in range(0, 36, 3):
        boards = wander(rules, rules.begin(60), steps, seed=steps)
        boards = boards[~boards.over]
        own, filled = from_boards(boards)
        assert torch.equal(count(filled), boards.moves.long())
        free, win = playable(filled), threats(own, filled)
        legal = rules.legal(boards)
        for move in range(7):
            bits = free & (0b111111 << 7 * move)
            assert torch.equal(bits != 0, legal[:, move])
            after = rules.play(
                boards, torch.full((len(boards),), move).where(legal[:, move], legal.int().argmax(1))
            )
            won = after.over & (after.winner == boards.turn)
            assert torch.equal(((bits & win) != 0)[legal[:, move]], won[legal[:, move]])
            wins += int(won.sum())
    assert wins > 30


def test_sound_moves_leave_the_other_no_win(wander: Callable[..., Any]) -> None:
    rules = Connect4()
    boards = wander(rules, rules.begin(300), 20)
    boards = boards[~boards.over]
    own, filled = from_boards(boards)
    good = sound(own, filled)
    legal = rules.legal(boards)
    for move in range(7):
        rows = legal[:, move].nonzero()[:, 0]
        after = rules.play(boards[rows], torch.full((len(rows),), move))
        rows, after = rows[~after.over], after[~after.over]
        other, now = from_boards(after)
        answered = (threats(other, now) & playable(now)) != 0
        assert torch.equal((good[rows] & (0b111111 << 7 * move)) != 0, ~answered)


def test_count() -> None:
    x = [0, 1, (1 << 49) - 1, 0b1011 << 40]
    assert count(torch.tensor(x)).tolist() == [n.bit_count() for n in x]
