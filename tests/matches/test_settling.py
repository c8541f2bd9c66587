"""Which stones are dead: where it can be seen at a glance, and where a policy is asked."""

from __future__ import annotations

import pytest
import torch

from deepen.games import Go
from deepen.matches.settling import dead_stones, survival, taking


def board(*rows, turn=1):
    marks = torch.tensor([[".XO".index(c) for c in row] for row in rows])
    stones = torch.where(marks == 2, -1, marks).to(torch.int8)
    rules = Go(len(rows))
    return rules, rules.set_up(stones[None], torch.tensor([turn], dtype=torch.int8))


def words(rules, marked):
    return {rules.word(place) for place in marked.flatten().nonzero()[:, 0].tolist() if place < rules.places}


# Black owns the columns A to C, white D to G; white's stone at A7 and black's at F2 and F3 are dead.
WALLS = ("O.XO...", "..XO...", ".XXO...", "..XOO..", "..XO...", "..XO.X.", "..XO.X.")
# Whoever plays C7 or B5 first loses the five stones in the corner, or the nine around them.
SEKI = ("XX.OX..", "XXOOX..", "X.OOX..", "OOOXX..", "XXXX...", ".......", ".......")


@pytest.mark.parametrize("turn", [1, -1])
def test_stones_behind_the_others_walls_are_dead(turn):
    rules, boards = board(*WALLS, turn=turn)
    assert words(rules, dead_stones(rules, boards)) == {"A7", "F1", "F2"}


def test_living_stones_live_and_an_empty_board_has_none():
    rules, boards = board(".X.XO", "XXXXO", "OOOOO", ".O.O.", "O.O.O")
    assert not dead_stones(rules, boards).any()
    assert survival(rules, boards).flatten()[boards.stones.flatten() != 0].min() == 1
    assert not dead_stones(rules, rules.begin(1)).any()


def test_nobody_begins_in_a_seki():
    rules, boards = board(*SEKI)
    left = survival(rules, boards).flatten()[boards.stones.flatten() != 0]
    assert left.min() > 0.9 and not dead_stones(rules, boards).any()


def test_it_is_the_same_each_time_and_after_the_end():
    rules, boards = board(*WALLS)
    over = rules.play(rules.play(boards, torch.tensor([49])), torch.tensor([49]))
    assert bool(over.over)
    assert torch.equal(survival(rules, boards), survival(rules, over))


def test_a_chain_is_dead_or_alive_as_a_whole():
    rules, boards = board(*WALLS)
    left = survival(rules, boards)
    dead = dead_stones(rules, boards)
    chain = boards.chain[0]
    for name in chain[chain >= 0].unique():
        assert len(dead[chain == name].unique()) == 1
        assert bool(dead[chain == name][0]) == (float(left[chain == name].mean()) < 0.5)


def test_a_policy_decides_who_lives():
    """Who plays B5, the middle of three, first decides whether black has two eyes."""
    rules, boards = board("...XO", "XXXXO", "OOOOO", ".O.O.", "O.O.O")

    def playing(black, white):
        def policy(said):
            likely = torch.full((len(said), 26), 1e-9)
            for row, turn in enumerate(said.turn.tolist()):
                likely[row, rules.move(black if turn == 1 else white)] = 1.0
            return likely

        return policy

    assert not dead_stones(rules, boards, playing("B5", "A5")).any()
    found = dead_stones(rules, boards, playing("A5", "B5"))
    assert torch.equal(found, boards.stones[0] == 1)


def test_moves_that_take_what_is_dead():
    rules, boards = board(*WALLS)
    dead = dead_stones(rules, boards)
    theirs = dead & (boards.stones[0] == -1)
    assert words(rules, taking(rules, boards, theirs)[0]) == {"A6", "B7"}
    rules, boards = board(*WALLS, turn=-1)
    theirs = dead & (boards.stones[0] == 1)
    found = taking(rules, boards, theirs)[0]
    # G1 is a liberty of F1 too, but a stone there could be taken at once.
    assert words(rules, found) == {"E1", "E2", "F3", "G2"} and not bool(found[-1])


def test_where_there_is_no_safe_move_to_take_what_is_dead():
    rows = (".X.XO", "XXXXO", "OOOOO", ".OOO.", ".OO.O")  # nothing but A1 and A2 fills no eye
    rules, boards = board(*rows)
    white = boards.stones[0] == -1
    assert words(rules, taking(rules, boards, white)[0]) == {"A1", "A2"}
    rules, boards = board(*rows[:3], ".O.O.", "O.O.O")
    assert words(rules, taking(rules, boards, boards.stones[0] == -1)[0]) == set()


def test_where_every_liberty_is_unsafe_another_move_comes_first():
    rules, boards = board("..X.XO", "XXXXXO", "OOOOOO", ".OOOOO", ".OO.OO", "OOOOO.")
    assert words(rules, taking(rules, boards, boards.stones[0] == -1)[0]) == {"A6", "B6"}
