"""Games that go on after their end: the same rules, with what was before as far as there is room for it."""

from __future__ import annotations

import torch

from deepen.games import Go
from deepen.games.going_on import going_on
from deepen.games.superko import position_key


def played(rules, boards, *words):
    for word in words:
        boards = rules.play(boards, torch.tensor([rules.move(word)]))
    return boards


def test_after_two_passes_it_goes_on_with_the_other_side():
    rules = Go(5)
    over = played(rules, rules.begin(1), "C3", "pass", "pass")
    boards = going_on(rules, over)
    assert bool(over.over) and not bool(boards.over)
    assert (int(boards.turn), int(boards.winner), int(boards.moves)) == (-1, 0, 3)
    once = played(rules, boards, "pass")
    assert not bool(once.over)  # the passes before are not counted
    assert bool(played(rules, once, "pass").over)


def test_a_ko_stays_closed(drawn):
    rules, boards = drawn(".XO..", "X.XO.", ".XO..", ".....", ".....", turn=-1)
    boards = going_on(rules, played(rules, boards, "B4", "pass", "pass"))
    assert not bool(rules.legal(boards)[0, rules.move("C4")])


def test_there_is_room_for_a_board_full_of_moves(wander):
    """Every move that brings back a position that is still known is refused, and no other."""
    rules = Go(3)  # the longest game has 18 moves
    boards = rules.begin(300)
    known = [position_key(boards.stones.flatten(1), 3)]
    for step in range(60):
        if step:
            boards = wander(rules, boards, 1, seed=step)
            known.append(boards.key)
        boards = going_on(rules, boards)
        assert int(boards.moves.max()) <= 9 and (boards.taken.flatten(1).amax(1) <= boards.moves).all()
        legal = rules.legal(boards)
        for move in range(9):
            after = rules.play(boards, torch.full((300,), move))
            back = torch.arange(len(known))[:, None] >= len(known) - 1 - boards.moves[None]  # (T, B)
            again = ((torch.stack(known) == after.key) & back).any(0)
            blank = rules.set_up(boards.stones, boards.turn)  # where nothing is known but this position
            free = rules.legal(blank)[:, move]
            assert torch.equal(legal[:, move], free & ~again)


def test_what_has_room_forgets_nothing(wander):
    rules = Go(5)
    boards = wander(rules, rules.begin(20), 25)
    boards = boards[~boards.over]
    same = going_on(rules, boards)
    for name in ("history", "taken", "fresh", "moves", "turn", "stones"):
        assert torch.equal(getattr(same, name), getattr(boards, name))
